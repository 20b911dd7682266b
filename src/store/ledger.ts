import { type Interval, nextOpenTime, type OpenTimeRange, previousOpenTime, type UnixMs } from "../core/mod.ts";

/** Later than any candle: the open end of a doubt that grows with the market. */
const FOREVER: UnixMs = Number.MAX_SAFE_INTEGER as UnixMs;

/** Earlier than any candle. */
const NEVER: UnixMs = -FOREVER as UnixMs;

/** Whether it is one of the two bounds that a ledger has in place of a moment. */
export function isNoMoment(time: number): boolean {
  return time === FOREVER || time === NEVER;
}

/** The most separate doubts with an end that one series remembers; one more, and the two nearest become one. Merging only widens. */
const MAX_DOUBTS = 64;

/** All that a ledger knows, as plain figures that JSON keeps: for a checkpoint. */
export interface LedgerState extends OpenTimeRange {
  readonly firstReached: UnixMs;
  readonly resumedAt: UnixMs;
  readonly doubts: readonly OpenTimeRange[];
}

/**
 * What is certain about one series. Certain is a stretch of open times that the exchange was asked for, or that its
 * stream delivered without a break; within it lie doubts: candles that a cut, a skipped open time or a missing close
 * left uncertain. A history answer settles what it covers. What a settled stretch doesn't hold, the exchange doesn't have.
 */
export class Ledger {
  readonly #interval: Interval;
  #from: UnixMs = FOREVER;
  #to: UnixMs = NEVER;
  /** The first candle that the stream brought before anything was settled. */
  #firstReached: UnixMs = FOREVER;
  /** The first candle that the stream brought after an open-ended doubt began. */
  #resumedAt: UnixMs = FOREVER;
  #doubts: { from: UnixMs; to: UnixMs }[] = [];

  constructor(interval: Interval) {
    this.#interval = interval;
  }

  /** The first open time that is certain; later than any candle when nothing was ever settled. */
  get from(): UnixMs {
    return this.#from;
  }

  /** The last open time that is known of. */
  get to(): UnixMs {
    return this.#to;
  }

  /** Whether all candles that open from `from` to `to` are known, be it that they exist or that they don't. */
  isCertain(from: number, to: number): boolean {
    if (from < this.#from || to > this.#to) return false;
    for (const doubt of this.#doubts) {
      if (doubt.from <= to && doubt.to >= from) return false;
    }
    return true;
  }

  /** Whether nothing from `from` on is in doubt. */
  isSettledSince(from: number): boolean {
    return from >= this.#from && (this.#doubts.length === 0 || this.#doubts.every((doubt) => doubt.to < from));
  }

  /** The doubts, oldest first. */
  get doubts(): readonly OpenTimeRange[] {
    return this.#doubts;
  }

  get state(): LedgerState {
    const [firstReached, resumedAt] = [this.#firstReached, this.#resumedAt];
    return {
      from: this.#from,
      to: this.#to,
      firstReached,
      resumedAt,
      doubts: this.#doubts.map((doubt) => ({ ...doubt })),
    };
  }

  /** Knows from now on what another ledger of the same interval knew. */
  restore(state: LedgerState): void {
    this.#from = state.from;
    this.#to = state.to;
    this.#firstReached = state.firstReached;
    this.#resumedAt = state.resumedAt;
    this.#doubts = state.doubts.map((doubt) => ({ ...doubt }));
  }

  /** The stream delivered a candle that opens here; what it skipped is in doubt. */
  reach(openTime: UnixMs): void {
    if (openTime <= this.#to) return;
    if (this.#to === NEVER) this.#firstReached = openTime;
    else this.#doubtBetween(this.#to, openTime);
    if (this.#resumedAt === FOREVER) this.#resumedAt = openTime;
    this.#to = openTime;
  }

  /** Takes back certainty from `from` to `to`. */
  doubt(from: UnixMs, to: UnixMs = FOREVER): void {
    if (to === FOREVER) this.#resumedAt = FOREVER;
    this.#doubts.push({ from, to });
    if (this.#doubts.length > 1) this.#doubts = joined(this.#doubts);
  }

  /** The exchange answered for every candle that opens from `from` to `to`; `to` is the present candle or an earlier one. */
  settle(from: UnixMs, to: UnixMs): void {
    if (this.#from === FOREVER) {
      this.#from = from;
      if (this.#firstReached !== FOREVER && this.#firstReached > to) this.#doubtBetween(to, this.#firstReached);
    } else if (from > this.#to) {
      this.#doubtBetween(this.#to, from);
    } else if (from < this.#from) {
      this.#doubtBetween(to, this.#from);
      this.#from = from;
    }
    const reachesStream =
      to >= (this.#resumedAt === FOREVER ? this.#to : previousOpenTime(this.#interval, this.#resumedAt));
    if (to > this.#to) this.#to = to;
    this.#subtract(from, to, reachesStream);
  }

  /** One candle turned out to be known after all: its close came late. */
  confirm(openTime: UnixMs): void {
    if (this.#doubts.length > 0) this.#subtract(openTime, openTime, false);
  }

  /** The ring forgot what opens before `first`: nothing can be said of it any more. */
  forget(first: UnixMs): void {
    if (this.#from < first) this.#from = first;
    if (this.#doubts.length > 0 && (this.#doubts[0] as OpenTimeRange).from < first) {
      this.#doubts = this.#doubts
        .filter((doubt) => doubt.to >= first)
        .map((doubt) => ({ from: Math.max(doubt.from, first) as UnixMs, to: doubt.to }));
    }
  }

  /** What opens at `present` or later hasn't come to be yet: it is in doubt, and nothing of it is remembered. */
  turnBack(present: UnixMs): void {
    const last = previousOpenTime(this.#interval, present);
    if (this.#firstReached > last) this.#firstReached = FOREVER;
    if (this.#from > last) {
      this.#from = FOREVER;
      if (this.#firstReached === FOREVER) this.#to = NEVER;
    }
    this.#to = Math.min(this.#to, last) as UnixMs;
    this.#doubts = this.#doubts
      .filter(({ from }) => from <= last)
      .map(({ from, to }) => ({ from, to: Math.min(to, last) as UnixMs }));
    this.doubt(present);
  }

  /** Takes a range off the doubts; `endsOpenDoubt`: the stream that runs on from its end vouches for what follows. */
  #subtract(from: UnixMs, to: UnixMs, endsOpenDoubt: boolean): void {
    const rest: { from: UnixMs; to: UnixMs }[] = [];
    for (const doubt of this.#doubts) {
      if (doubt.to < from || doubt.from > to) {
        rest.push(doubt);
        continue;
      }
      if (doubt.from < from) rest.push({ from: doubt.from, to: previousOpenTime(this.#interval, from) });
      if (doubt.to > to && !(doubt.to === FOREVER && endsOpenDoubt)) {
        rest.push({ from: nextOpenTime(this.#interval, to), to: doubt.to });
      }
    }
    this.#doubts = rest;
  }

  /** Doubts what lies between two candles, if anything does. */
  #doubtBetween(earlier: UnixMs, later: UnixMs): void {
    const from = nextOpenTime(this.#interval, earlier);
    if (from < later) this.doubt(from, previousOpenTime(this.#interval, later));
  }
}

/**
 * Doubts that overlap become one, but for the one without an end: it goes as soon as an answer reaches the stream that came
 * after it, and what is in doubt for a reason of its own, such as a close that was lost since, must not go with it.
 */
function joined(doubts: { from: UnixMs; to: UnixMs }[]): { from: UnixMs; to: UnixMs }[] {
  doubts.sort((a, b) => a.from - b.from);
  const kept: { from: UnixMs; to: UnixMs }[] = [];
  const endless = doubts.find((doubt) => doubt.to === FOREVER);
  for (const doubt of doubts) {
    if (doubt.to === FOREVER) continue;
    const last = kept.at(-1);
    if (last !== undefined && doubt.from <= last.to) last.to = Math.max(last.to, doubt.to) as UnixMs;
    else kept.push({ ...doubt });
  }
  while (kept.length > MAX_DOUBTS) {
    let nearest = 1;
    for (let at = 2; at < kept.length; at += 1) {
      if (distance(kept, at) < distance(kept, nearest)) nearest = at;
    }
    (kept[nearest - 1] as { to: UnixMs }).to = (kept[nearest] as OpenTimeRange).to;
    kept.splice(nearest, 1);
  }
  if (endless === undefined) return kept;
  const later = kept.findIndex((doubt) => doubt.from > endless.from);
  return kept.toSpliced(later < 0 ? kept.length : later, 0, endless);
}

function distance(doubts: readonly OpenTimeRange[], at: number): number {
  return (doubts[at] as OpenTimeRange).from - (doubts[at - 1] as OpenTimeRange).to;
}
