import { type Clock, LAST_MOMENT_MS, type Stopwatch, type UnixMs } from "../../core/mod.ts";
import { REST, Witnesses } from "./witnesses.ts";

/** How much further than the stopwatch an event may move the market's clock by itself, in milliseconds: what delays differ by. */
const SLACK_MS = 5_000;

/** The event that was the least late sets the stopwatch for so long, in milliseconds; the two clocks drift apart meanwhile. */
const LEAD_FOR_MS = 600_000;

/** Events older than the newest by more than this, in milliseconds, are claims that the clock stands too far on. */
const BEHIND_MS = 60_000;

/** Older than the newest by more than this, in milliseconds, an event is refused while its claim has no witnesses. */
const TOO_OLD_MS = 600_000;

/** Our clock can witness the exchange's when they differ by less than this, in milliseconds. */
const OURS_AGREES_MS = 60_000;

/** Ages are judged by our clock when it differs from the exchange's by less than this and the uncertainty of the measurement. */
const TRUSTED_MS = 5_000;

/**
 * Where no stream says anything, as in a market that doesn't trade, REST is believed alone once it has said the same for this long, in
 * milliseconds: streams that contradict it speak sooner.
 */
const REST_ALONE_AFTER_MS = 8_000;

/** The market's clock runs too fast when it gets on by so many times the stopwatch's time, over so long by the stopwatch, in milliseconds. */
const FAST_TIMES = 3;
const FAST_FOR_MS = 10_000;

/** Where the market's clock was doubted or set anew, what follows from it. Called synchronously. */
export interface MarketTimeHandlers {
  /** An event claims another time: REST should be asked. Called for each claim. */
  claimed(): void;
  /** Two witnesses agree on what time it is: history can be asked for. Once. */
  sure(): void;
  /** The clock was set back to `now`: what was concluded from the later time is in doubt. */
  turnedBack(before: UnixMs): void;
  /** Something about the clocks that people should know. */
  warn(message: string): void;
  /** The exchange's clock runs this many times as fast as ours, and so events of it may be refused. Once. */
  runsFast(times: number): void;
}

/**
 * What time it is in the market: the exchange's clock, as far as it can be believed. No single frame moves it further than the time
 * that has passed by our stopwatch; a leap ahead or a way back needs witnesses, several symbols or REST. It stands still while
 * nobody says anything.
 */
export class MarketTime {
  readonly #clock: Clock;
  readonly #speed: number;
  /** In milliseconds of market time: it runs faster than the machine's where the exchange does. */
  readonly #stopwatch: Stopwatch;
  readonly #handlers: MarketTimeHandlers;
  readonly #witnesses: Witnesses = new Witnesses();
  #now: UnixMs = 0 as UnixMs;
  /** By how much an event was ahead of our stopwatch at most, of late, and since when: late events don't set it back. */
  #lead = { ms: 0, since: 0 };
  #isSure = false;
  /** The newest believed event, REST's answers not counted. */
  #eventTime = 0;
  #calls = 0;
  /** Since when its speed is measured: where it stood then, by the stopwatch. Undefined when it was found to run fast. */
  #measured: { readonly now: number; readonly since: number } | undefined = { now: 0, since: 0 };
  /** When REST first said what time it is, by our stopwatch. */
  #firstAskedAt = 0;
  /** The exchange's clock less our stopwatch, by REST's last answer, and how far off that may be, in milliseconds. */
  #offset: { readonly ms: number; readonly withinMs: number } | undefined;

  /**
   * `stopwatch`: milliseconds that only go forward, for how much time has passed. The local clock, which people and programs may
   * set, only says how far it is from the exchange's. `speed`: market seconds per second; 1 unless a stand-in exchange plays faster.
   */
  constructor(clock: Clock, stopwatch: Stopwatch, handlers: MarketTimeHandlers, speed = 1) {
    this.#clock = clock;
    this.#speed = speed;
    this.#stopwatch = () => stopwatch() * speed;
    this.#handlers = handlers;
  }

  /** The newest moment that is believed; 0 before there was any. */
  get now(): UnixMs {
    return this.#now;
  }

  /** Whether two witnesses agree on what time it is; before that, closed candles can't be told from open ones. */
  get isSure(): boolean {
    return this.#isSure;
  }

  /** Where the clock stands if it went on as our stopwatch did since the event that was the least late. */
  get byStopwatch(): UnixMs {
    if (this.#now === 0) return this.#now;
    return Math.max(this.#now, Math.round(this.#stopwatch() + this.#lead.ms)) as UnixMs;
  }

  /** Our clock, as it is set now, less the exchange's in milliseconds, by REST's last answer; undefined before there was one. */
  get clockOffsetMs(): number | undefined {
    return this.#offset === undefined ? undefined : this.#clock.now() - (this.#stopwatch() + this.#offset.ms);
  }

  /**
   * How old the newest event is by the exchange's clock, in milliseconds, and 0 where that lies within what can be measured.
   * Undefined where our clock differs too much from the exchange's, or no event has come.
   */
  get lagMs(): number | undefined {
    const offset = this.#offset;
    if (offset === undefined || this.#eventTime === 0) return undefined;
    if (Math.abs(this.clockOffsetMs ?? 0) > TRUSTED_MS + offset.withinMs) return undefined;
    return Math.max(0, this.#stopwatch() + offset.ms - offset.withinMs - this.#eventTime);
  }

  /**
   * How far the newest event has fallen behind, in milliseconds of the stopwatch: behind the exchange's clock as {@link lagMs} tells, or,
   * where that isn't known, behind where the stopwatch has got to since the event that was the least late. 0 before any event.
   */
  get behindMs(): number {
    if (this.#eventTime === 0) return 0;
    return Math.max(0, this.lagMs ?? this.byStopwatch - this.#eventTime) / this.#speed;
  }

  /** Judges an event of a symbol by its time. `frame` numbers the frames. False where the event isn't to be believed. */
  believes(eventTime: UnixMs, symbol: string, frame: number): boolean {
    if (!(Math.abs(eventTime) <= LAST_MOMENT_MS)) return false;
    if (this.#now === 0 ? this.#isOursAt(eventTime) : this.#isWithinReach(eventTime)) {
      this.#confirm(eventTime);
      return true;
    }
    if (this.#isWitnessed(eventTime, symbol, String(frame))) {
      this.#set(eventTime);
      this.#beSure();
      this.#noteEvent(eventTime);
      return true;
    }
    this.#handlers.claimed();
    return this.#now > 0 && eventTime <= this.#now && eventTime >= this.#now - TOO_OLD_MS * this.#speed;
  }

  /** REST said what time it is. The answer was asked for at `askedAt` by the stopwatch, and has come now. */
  learn(serverTime: UnixMs, askedAt: number): void {
    if (!(Math.abs(serverTime) <= LAST_MOMENT_MS)) return;
    const tripMs = this.#stopwatch() / this.#speed - askedAt;
    const slackMs = (SLACK_MS + tripMs) * this.#speed;
    this.#calls += 1;
    const call = `call ${this.#calls}`;
    if (this.#now === 0) {
      this.#firstAskedAt = this.#stopwatch();
      this.#set(serverTime);
      this.#isWitnessed(serverTime, REST, call);
      if (this.#isOursAt(serverTime)) this.#beSure();
    } else if (serverTime <= this.byStopwatch + SLACK_MS * this.#speed && serverTime >= this.#now - slackMs) {
      this.#move(serverTime);
      if (this.#isSure) this.#witnesses.clear();
      else if (this.#stopwatch() - this.#firstAskedAt >= REST_ALONE_AFTER_MS * this.#speed) this.#beSure();
    } else if (this.#isWitnessed(serverTime, REST, call, this.#isOursAt(this.#now))) {
      this.#set(serverTime);
    } else {
      // No other witness agrees, so it says nothing about our clock either.
      return;
    }
    const withinMs = (tripMs / 2) * this.#speed;
    this.#offset = { ms: serverTime + withinMs - this.#stopwatch(), withinMs };
  }

  /** An event fits the clock as it is. */
  #confirm(eventTime: UnixMs): void {
    this.#move(eventTime);
    this.#noteEvent(eventTime);
    this.#witnesses.clear();
    this.#beSure();
  }

  #isWithinReach(eventTime: number): boolean {
    return eventTime <= this.byStopwatch + SLACK_MS * this.#speed && eventTime >= this.#now - BEHIND_MS * this.#speed;
  }

  #isOursAt(time: number): boolean {
    return Math.abs(time - this.#clock.now()) <= OURS_AGREES_MS;
  }

  /** `needsSymbol`: where our own clock agrees with the market's, REST alone doesn't outvote both, however often it is asked. */
  #isWitnessed(time: number, source: string, frame: string, needsSymbol = false): boolean {
    const at = this.#stopwatch();
    return this.#witnesses.hear({ source, frame, offsetMs: time - at, at }, needsSymbol);
  }

  #move(time: UnixMs): void {
    if (time <= this.#now) return;
    this.#now = time;
    const since = this.#stopwatch();
    const ms = time - since;
    this.#measure(since);
    if (ms >= this.#lead.ms || since - this.#lead.since > LEAD_FOR_MS * this.#speed) this.#lead = { ms, since };
  }

  /** Measures how fast it runs since it was last set. */
  #measure(at: number): void {
    if (this.#measured === undefined) return;
    const { now, since } = this.#measured;
    const spanMs = at - since;
    if (spanMs < FAST_FOR_MS * this.#speed) return;
    const times = (this.#now - now) / spanMs;
    const isFast = now > 0 && times >= FAST_TIMES;
    this.#measured = isFast ? undefined : { now: this.#now, since: at };
    if (isFast) this.#handlers.runsFast(Math.round(times * this.#speed));
  }

  #noteEvent(eventTime: number): void {
    if (eventTime > this.#eventTime) this.#eventTime = eventTime;
  }

  /** Sets the clock to what witnesses say. */
  #set(time: UnixMs): void {
    const before = this.#now;
    this.#now = time;
    const since = this.#stopwatch();
    this.#lead = { ms: time - since, since };
    if (this.#measured !== undefined) this.#measured = { now: time, since };
    if (before === 0) {
      this.#warnOfOurs(time);
      return;
    }
    this.#witnesses.clear();
    this.#handlers.warn(`the exchange's clock is set from ${iso(before)} to ${iso(time)}: several witnesses say so`);
    this.#beSure();
    if (time >= before) return;
    this.#eventTime = Math.min(this.#eventTime, time);
    this.#handlers.turnedBack(before);
  }

  #warnOfOurs(time: UnixMs): void {
    const aheadMs = time - this.#clock.now();
    if (Math.abs(aheadMs) <= OURS_AGREES_MS) return;
    const way = aheadMs > 0 ? "ahead of" : "behind";
    this.#handlers.warn(
      `the exchange's clock, ${iso(time)}, is ${Math.round(Math.abs(aheadMs) / 1_000)} s ${way} this machine's: ages aren't judged by ours`,
    );
  }

  #beSure(): void {
    if (this.#isSure) return;
    this.#isSure = true;
    this.#handlers.sure();
  }
}

function iso(moment: number): string {
  return new Date(moment).toISOString();
}
