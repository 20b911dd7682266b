import {
  type MarketGaps,
  type MarketSink,
  nextOpenTime,
  openTimeOf,
  reasonOf,
  type Symbol,
  type UnixMs,
} from "../../core/mod.ts";
import type { Asker } from "./asking/asker.ts";
import type { Lane } from "./asking/governor.ts";
import type { Followed } from "./followed.ts";
import type { Following } from "./following.ts";
import type { MarketTime } from "./market-time.ts";
import { Overdue } from "./overdue.ts";

/** What {@link Doubts} needs of the feed that it works for. */
export interface DoubtsContext {
  readonly following: Following;
  readonly gaps: MarketGaps;
  readonly rest: Asker;
  readonly time: MarketTime;
  /** Where events go. */
  readonly sink: MarketSink;
  /** Asks for what is missing of a symbol. */
  repair(symbol: Symbol, lane: Lane): void;
  /** The exchange should be asked what time it is. */
  askTimeSoon(): void;
  /** The streams of the connections that are up, connection by connection. */
  carried(): Iterable<ReadonlySet<string>>;
  warn(message: string): void;
}

/** Puts series in doubt where something may be missing, and has REST asked for it. */
export class Doubts {
  readonly #context: DoubtsContext;
  readonly #overdue: Overdue = new Overdue();
  #signal: AbortSignal = new AbortController().signal;
  /** Closes that REST was asked for because the stream hadn't brought them in time. */
  closesAsked = 0;

  constructor(context: DoubtsContext) {
    this.#context = context;
  }

  /** No question is asked after this signal is aborted. */
  until(signal: AbortSignal): void {
    this.#signal = signal;
  }

  /** Once a minute and symbol, when its next candle begins: whether the stream skipped something or lost a close. */
  nextCandle(followed: Followed): void {
    if (this.#isMissing(followed)) this.#context.repair(followed.symbol, "repair");
  }

  /** A close didn't come in time. Where the stream went on, the store knows what it lacks; else all is open from there on. */
  late(followed: Followed, from: UnixMs, isHeard: boolean): void {
    const { time, repair, askTimeSoon } = this.#context;
    this.closesAsked += 1;
    if (!isHeard) this.#doubt(followed, from, "no close");
    const over = nextOpenTime("1m", followed.askedClose as UnixMs);
    if (time.now >= over) {
      repair(followed.symbol, "repair");
      return;
    }
    this.#overdue.add(followed.symbol, over);
    askTimeSoon();
  }

  /** A symbol that doesn't trade: a longer candle of it that is over meanwhile is in doubt until REST was asked. */
  idle({ symbol, delistedAt }: Followed): void {
    if (delistedAt !== undefined) return;
    const { gaps, time, sink, repair } = this.#context;
    for (const interval of gaps.intervals) {
      const from = gaps.missing(symbol, interval, time.now)[0]?.from;
      if (from === undefined) continue;
      sink({ type: "gap", symbol, interval, from, reason: "over without a close" });
      repair(symbol, "repair");
    }
  }

  /** Market time moved: closes that were due by our stopwatch only may be due by it as well. */
  moved(): void {
    for (const symbol of this.#overdue.take(this.#context.time.now)) this.#context.repair(symbol, "repair");
  }

  /** No connection was vouching for these streams when one went down: from the candle that was open on, nothing is certain. */
  lost(streams: readonly string[], reason: string): void {
    const lost = new Set(streams);
    for (const followed of this.#context.following.all()) {
      if (!followed.klineStreams.some((stream) => lost.has(stream))) continue;
      followed.cuts += 1;
      if (followed.lastOpenTime !== undefined) this.#doubt(followed, followed.lastOpenTime, reason);
    }
  }

  /** A connection carries these streams: what their symbols lack is asked for, beginning with what time it is there. */
  async lookAfter(streams: Iterable<string>): Promise<void> {
    const { following, rest, time, repair, warn } = this.#context;
    const carried = new Set(streams);
    const mine = (): Followed[] =>
      following.all().filter((one) => one.klineStreams.some((stream) => carried.has(stream)));
    const lacks = (followed: Followed): boolean => !followed.isWarm || this.#isMissing(followed);
    if (!mine().some(lacks)) return;
    try {
      const { serverTime, askedAt } = await rest.time("repair", this.#signal);
      time.learn(serverTime, askedAt);
    } catch (cause) {
      if (this.#signal.aborted) return;
      warn(reasonOf(cause));
    }
    // What is history isn't known before it is sure what time it is: then all are looked after.
    if (!time.isSure) return;
    for (const followed of mine()) {
      if (lacks(followed)) repair(followed.symbol, followed.isWarm ? "repair" : "warm-up");
    }
  }

  /** It is sure what time it is: a checkpoint may be from a run whose clock was ahead. */
  sure(): void {
    this.#context.sink({ type: "clock", marketTime: this.#context.time.now });
    this.#lookAfterAll();
  }

  /** The market's clock was set back: what was settled beyond its present moment has yet to come. */
  turnedBack(before: UnixMs): void {
    const { following, sink, time } = this.#context;
    this.#overdue.clear();
    sink({ type: "clock", marketTime: time.now });
    for (const followed of following.all()) {
      followed.turnBack(time.now);
      if (followed.delistedAt === undefined) this.#doubt(followed, time.now, `the clock was ahead, at ${before}`);
    }
    this.#lookAfterAll();
  }

  #lookAfterAll(): void {
    for (const streams of this.#context.carried()) void this.lookAfter(streams);
  }

  #isMissing({ symbol }: Followed): boolean {
    const { gaps, time } = this.#context;
    return gaps.intervals.some((interval) => gaps.missing(symbol, interval, time.now).length > 0);
  }

  #doubt({ symbol }: Followed, from: UnixMs, reason: string): void {
    const { gaps, sink } = this.#context;
    for (const interval of ["1m", "1s"] as const) {
      if (!gaps.intervals.includes(interval)) continue;
      sink({ type: "gap", symbol, interval, from: openTimeOf(interval, from), reason });
    }
  }
}
