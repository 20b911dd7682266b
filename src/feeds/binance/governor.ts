import { assert, boundedWait, type Clock, type Millis, millis, type StopSignal, type UnixMs } from "../../core/mod.ts";
import type { BanMemory } from "./ban-file.ts";

/** Who asks, the most urgent first: whoever comes later in this list waits for all before it. */
export const LANES = ["repair", "user", "audit", "warm-up"] as const;

/** One of {@link LANES}. */
export type Lane = (typeof LANES)[number];

const MINUTE_MS = 60_000;

/** The share of the exchange's weight limit that we spend at most; the rest is left to others behind the same address. */
export const DEFAULT_WEIGHT_SHARE = 0.8;

/** Questions that wait for leave at most. The repair asks for eight at a time and the audit for one, so more is a mistake. */
const MAX_WAITING = 1_000;

/** A long stop is slept in slices, in milliseconds: the local clock may be set meanwhile, and timers count 2^31 ms at most. */
const SLEEP_SLICE_MS = 60_000;

interface Waiting {
  readonly weight: number;
  readonly lane: Lane;
  readonly go: () => void;
}

/**
 * One for all REST calls: gives leave to spend request weight, lane by lane, within a share of the exchange's limit per
 * clock minute. Believes the exchange's own count (`X-MBX-USED-WEIGHT-1M`) over its own, and stops every lane until the
 * moment that a 429 or 418 named. Going on after a 429 brings bans of 2 minutes to 3 days (Binance spot API, 2026-07), so
 * after a stop or a pause one call tries it alone, and the others follow when it was answered well.
 */
export class WeightGovernor {
  /** Weight that an address may spend in a clock minute, as exchangeInfo tells. */
  limitPerMinute = 6_000;
  readonly #clock: Clock;
  readonly #share: number;
  readonly #queue: Waiting[] = [];
  #minute = 0;
  #used = 0;
  #stoppedUntil = 0;
  /** Until when the exchange itself told us to stop. */
  #toldUntil = 0;
  #pumping = false;
  /** Calls that have leave and no answer yet. */
  #underWay = 0;
  /** Since a stop or a pause no call has been answered well. */
  #isTrying = false;
  #spent = 0;
  #stops = 0;
  readonly #bans: BanMemory | undefined;

  /** `bans` remembers across restarts until when nobody may ask. */
  constructor(clock: Clock, share: number = DEFAULT_WEIGHT_SHARE, bans?: BanMemory) {
    this.#clock = clock;
    this.#share = share;
    this.#bans = bans;
    this.#stoppedUntil = this.#toldUntil = bans?.until(clock.now()) ?? 0;
    this.#isTrying = this.#stoppedUntil > 0;
  }

  /** Weight spent since the start. */
  get spent(): number {
    return this.#spent;
  }

  /** Weight that the present clock minute has cost, by our own count or the exchange's, whichever is higher. */
  get usedThisMinute(): number {
    this.#turnMinute();
    return this.#used;
  }

  /** How often the exchange told us to stop (429, 418). */
  get stops(): number {
    return this.#stops;
  }

  /** Until when every lane is stopped, if it is. */
  get stoppedUntil(): UnixMs | undefined {
    return this.#stoppedUntil > this.#clock.now() ? (this.#stoppedUntil as UnixMs) : undefined;
  }

  /** Whether the exchange asked for the present stop; if not, it is a wait of our own. */
  get isToldToStop(): boolean {
    return this.#toldUntil > this.#clock.now();
  }

  /**
   * Resolves when a call of this weight may go out; whoever got leave tells {@link answered} how it ended. Rejects when the
   * signal is aborted before.
   */
  leave(weight: number, lane: Lane, signal: StopSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    assert(this.#queue.length < MAX_WAITING, "whoever asks waits for the answer before asking again");
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        const at = this.#queue.indexOf(waiting);
        if (at >= 0) this.#queue.splice(at, 1);
        reject(signal.reason);
      };
      const waiting: Waiting = {
        weight,
        lane,
        go: () => {
          signal.removeEventListener("abort", stop);
          resolve();
        },
      };
      signal.addEventListener("abort", stop, { once: true });
      const rank = LANES.indexOf(lane);
      const behind = this.#queue.findIndex((other) => LANES.indexOf(other.lane) > rank);
      this.#queue.splice(behind < 0 ? this.#queue.length : behind, 0, waiting);
      void this.#pump();
    });
  }

  /** A call that got leave at this time has ended: `isWell` unless the exchange refused it, had trouble or didn't answer. */
  answered(leftAt: UnixMs, isWell: boolean): void {
    this.#underWay -= 1;
    // What left before the stop and was answered late says nothing about the time after it.
    if (isWell && leftAt >= this.#stoppedUntil) this.#isTrying = false;
    void this.#pump();
  }

  /** The exchange told how much weight this minute has cost so far. */
  observe(usedThisMinute: number): void {
    this.#turnMinute();
    if (usedThisMinute > this.#used) this.#used = usedThisMinute;
  }

  /** The exchange told us to stop for this long; that outlives this process. */
  stop(span: Millis): void {
    this.#stops += 1;
    this.pause(span);
    this.#toldUntil = this.#clock.now() + boundedWait(span);
    this.#bans?.remember(this.stoppedUntil ?? this.#clock.now());
  }

  /** Nobody asks for this long, up to the three days that a ban may last: it has turned out to be of no use just now. */
  pause(span: Millis): void {
    this.#stoppedUntil = Math.max(this.#stoppedUntil, this.#clock.now() + boundedWait(span));
    this.#isTrying = true;
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
        const wait = this.#waitFor(next.weight);
        if (wait > 0) {
          await this.#clock.sleep(millis(Math.min(SLEEP_SLICE_MS, wait)));
          continue;
        }
        if (this.#isTrying && this.#underWay > 0) return;
        this.#queue.shift();
        this.#underWay += 1;
        this.#used += next.weight;
        this.#spent += next.weight;
        next.go();
      }
    } finally {
      this.#pumping = false;
    }
  }

  #waitFor(weight: number): number {
    const now = this.#clock.now();
    if (this.#stoppedUntil > now) return this.#stoppedUntil - now;
    this.#turnMinute();
    const budget = this.limitPerMinute * this.#share;
    // A call that alone exceeds the budget may go out as the first of a minute, or it never would.
    if (this.#used === 0 || this.#used + weight <= budget) return 0;
    return (this.#minute + 1) * MINUTE_MS - now;
  }

  #turnMinute(): void {
    const minute = Math.floor(this.#clock.now() / MINUTE_MS);
    if (minute === this.#minute) return;
    this.#minute = minute;
    this.#used = 0;
  }
}
