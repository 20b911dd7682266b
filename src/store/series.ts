import {
  addCandles,
  candlesBetween,
  contradictingColumns,
  differingColumns,
  earliestOpenTime,
  emptyKline,
  type Interval,
  type Kline,
  type KlineColumn,
  nextOpenTime,
  type OpenTimeRange,
  openTimeOf,
  previousOpenTime,
  type Symbol,
  type UnixMs,
} from "../core/mod.ts";
import { Ledger, type LedgerState } from "./ledger.ts";
import { KlineRing, type KlineSource } from "./ring.ts";

/** What became of a kline that was offered to a series. The refusals are also the label values of the store's counters. */
export type PutOutcome =
  /** A candle that wasn't there. */
  | "added"
  /** A newer state of a candle that was there. */
  | "updated"
  /** The same state again, or one that knows less. */
  | "same"
  /** A closed candle whose unknown figures became known, and all others are the same: no restatement. */
  | "completed"
  /** An open state of a candle that already closed, or an older state than the one we have. */
  | "stale"
  /** A second close with other figures: the first stays, in doubt, until the exchange is asked. */
  | "contradiction"
  /** Older than the ring reaches. */
  | "too_old";

/** Which klines of a series are wanted. `limit` counts the newest, or the oldest from `startTime` on if that is given. */
export interface KlineQuery {
  readonly limit: number;
  /** Open times, both included. */
  readonly startTime?: number | undefined;
  readonly endTime?: number | undefined;
  /** Leaves klines out that aren't final. */
  readonly closedOnly?: boolean | undefined;
}

/** The positions `first` … `end` − 1 of a ring that answer a query, and what they leave open. */
export interface KlineSelection {
  readonly first: number;
  readonly end: number;
  /** Settled, and no candle of the asked range is missing. */
  readonly complete: boolean;
  /** Nothing of the asked range is in doubt: a candle that isn't among them doesn't exist on the exchange. */
  readonly settled: boolean;
}

/** What a series may have to take in before it is read. */
export interface Overdue {
  readonly isOverdue: boolean;
  catchUp(): void;
}

/** A series that is fed directly takes everything in at once. */
const NEVER: Overdue = { isOverdue: false, catchUp: () => {} };

/** What a series lacks that lacks nothing. */
const WHOLE: readonly OpenTimeRange[] = [];

/**
 * The klines of one symbol and interval: a ring, the ledger of what is certain, and a version that moves whenever
 * anything that a reader could see changes. Knows nothing of other intervals.
 */
export class Series {
  readonly symbol: Symbol;
  readonly interval: Interval;
  readonly ledger: Ledger;
  /** Moves with every change but those of the newest kline while it is open; so not with what only the present price moves. */
  certainties = 0;
  /** Moves when anything but the newest kline changed; who keeps older rows must read them again. */
  rewrites = 0;
  #lastEventTime = 0;
  /** No market has a candle before this one, so that there is none is certain. */
  readonly #earliest: UnixMs;
  readonly #had: Kline = emptyKline();
  readonly #ring: KlineRing;
  #version = 0;
  readonly #overdue: Overdue;

  /** `overdue`: what its open kline may lag behind. Of all that can be read here, only `ring` and `version` depend on it. */
  constructor(symbol: Symbol, interval: Interval, capacity: number, overdue: Overdue = NEVER) {
    this.symbol = symbol;
    this.interval = interval;
    this.ledger = new Ledger(interval);
    this.#ring = new KlineRing(capacity);
    this.#earliest = earliestOpenTime(interval);
    this.#overdue = overdue;
  }

  /** The klines that are held, with the newest state of the open one. */
  get ring(): KlineRing {
    if (this.#overdue.isOverdue) this.#overdue.catchUp();
    return this.#ring;
  }

  /** Moves with every visible change, never back. */
  get version(): number {
    if (this.#overdue.isOverdue) this.#overdue.catchUp();
    return this.#version;
  }

  /** The open time of the newest kline, or undefined while there is none. */
  get last(): UnixMs | undefined {
    return this.ring.length === 0 ? undefined : this.ring.openTimeAt(this.ring.length - 1);
  }

  /** The open time of the oldest kline, or undefined while there is none. */
  get first(): UnixMs | undefined {
    return this.ring.length === 0 ? undefined : this.ring.openTimeAt(0);
  }

  /** Whether a kline opens at this moment. */
  has(openTime: number): boolean {
    const position = this.ring.position(openTime);
    return position < this.ring.length && this.ring.openTimeAt(position) === openTime;
  }

  /** Whether a kline that opens at this moment came in this run. The state of an open candle in a checkpoint is old. */
  wasHeard(openTime: number): boolean {
    return this.has(openTime) && this.ring.sourceAt(this.ring.position(openTime)) !== "checkpoint";
  }

  /** Whether the kline that opens at this moment is there and final. */
  isClosedAt(openTime: number): boolean {
    return this.has(openTime) && this.ring.isClosedAt(this.ring.position(openTime));
  }

  /**
   * Offers one state of a kline. A closed kline is never reopened, and none of its figures changes but from unknown to known.
   * `eventTime` orders the open states of the newest kline, and their volume those of one event time: not all exchanges send a
   * count of trades. Leave it out where the state is derived and in order by itself.
   */
  put(kline: Readonly<Kline>, source: KlineSource, eventTime: number = Number.POSITIVE_INFINITY): PutOutcome {
    const ring = this.ring;
    const last = ring.length - 1;
    const lastOpenTime = last < 0 ? Number.NEGATIVE_INFINITY : ring.openTimeAt(last);
    if (kline.openTime > lastOpenTime) {
      if (last >= 0 && !ring.isClosedAt(last)) this.ledger.doubt(lastOpenTime as UnixMs, lastOpenTime as UnixMs);
      this.#insert(ring.length, kline, source);
      this.#lastEventTime = Number.isFinite(eventTime) ? eventTime : 0;
      this.#move();
      return "added";
    }
    const position = kline.openTime === lastOpenTime ? last : ring.position(kline.openTime);
    if (ring.openTimeAt(position) !== kline.openTime) return this.#putBetween(position, kline, source);
    if (ring.isClosedAt(position)) return this.#compareClosed(position, kline, source);
    const newest = position === last;
    if (!kline.closed && !newest) return "stale";
    const had = ring.read(position, this.#had);
    if (!kline.closed && eventTime < this.#lastEventTime) return "stale";
    if (!kline.closed && eventTime === this.#lastEventTime && kline.volume < had.volume) return "stale";
    const changed = !sameFigures(had, kline) || kline.closed;
    ring.write(position, kline, source);
    if (newest && Number.isFinite(eventTime)) this.#lastEventTime = eventTime;
    if (!newest) {
      this.rewrites += 1;
      if (kline.closed) this.ledger.confirm(kline.openTime);
    }
    if (!changed) return "same";
    if (kline.closed || !newest) this.certainties += 1;
    this.#version += 1;
    return "updated";
  }

  /**
   * Takes in REST's closed klines from `klines[first]` on, as many as lie in one hole of the ring and as there is room for,
   * in one move: a page of deep history would else push the younger klines aside once for each of its rows. Returns how
   * many; none where the first is held, is newer than all that is held, or is open: those are for `put`.
   */
  fillHole(klines: readonly Readonly<Kline>[], first: number): number {
    const ring = this.ring;
    const position = ring.position(klines[first]?.openTime ?? Number.POSITIVE_INFINITY);
    if (position === ring.length) return 0;
    const holeEnd = ring.openTimeAt(position);
    const room = ring.capacity - ring.length;
    const isNext = (kline: Readonly<Kline> | undefined): boolean => kline?.closed === true && kline.openTime < holeEnd;
    let count = 0;
    while (count < room && isNext(klines[first + count])) count += 1;
    if (count === 0) return 0;
    ring.insertRun(position, klines.slice(first, first + count), "rest");
    this.rewrites += 1;
    this.#move();
    return count;
  }

  /**
   * The exchange restates a closed kline: the new figures are taken over and marked. Returns the
   * columns that differ; none when there is nothing to restate.
   */
  restate(kline: Readonly<Kline>, source: KlineSource): readonly KlineColumn[] {
    if (!kline.closed || !this.isClosedAt(kline.openTime)) return [];
    const position = this.ring.position(kline.openTime);
    const had = this.ring.read(position, this.#had);
    const columns = differingColumns(had, kline);
    if (columns.length === 0) return columns;
    this.ring.restate(position, kline, source);
    this.rewrites += 1;
    this.#move();
    return columns;
  }

  /** How many klines the exchange restated, of those that are held. */
  restated(): number {
    let count = 0;
    for (let position = 0; position < this.ring.length; position += 1) if (this.ring.isRestatedAt(position)) count += 1;
    return count;
  }

  /** The exchange was asked for a range, and its answer was complete. */
  settle(from: UnixMs, to: UnixMs): void {
    this.ledger.settle(from, to);
    // An answer from before a candle's close says nothing of its final state; one that lost its close stays in doubt.
    const ring = this.ring;
    for (let position = ring.position(from); position < ring.length - 1; position += 1) {
      const openTime = ring.openTimeAt(position);
      if (openTime > to) break;
      if (!ring.isClosedAt(position)) this.ledger.doubt(openTime, openTime);
    }
    const first = this.first;
    if (first !== undefined && this.ring.length === this.ring.capacity) this.ledger.forget(first);
    this.#move();
  }

  /** From here on (up to `to`, if it ends), something may be missing. */
  doubt(from: UnixMs, to?: UnixMs): void {
    this.ledger.doubt(from, to);
    this.#move();
  }

  /** Whether something is held that can't be known at market time `now`: a later candle, or the end of the present one. */
  isAheadOf(now: UnixMs): boolean {
    const present = openTimeOf(this.interval, now);
    return (this.last ?? present) > present || this.isClosedAt(present) || this.ledger.to > present;
  }

  /** The market is in the candle that opens at `present`: drops that candle and all later ones; they will come again. */
  turnBack(present: UnixMs): void {
    this.ring.cut(this.ring.position(present));
    this.ledger.turnBack(present);
    this.#lastEventTime = 0;
    this.rewrites += 1;
    this.#move();
  }

  /**
   * Takes over what a checkpoint kept of this series; it must be empty. Returns the open time from which on nothing is
   * known: the candle that was open then, or the one after all that was certain. Undefined when the file knew nothing.
   */
  restore(cells: Float64Array, marks: Uint8Array, ledger: LedgerState): UnixMs | undefined {
    this.ring.take(cells, marks);
    this.ledger.restore(ledger);
    if (this.ring.length < marks.length) this.ledger.forget(this.ring.openTimeAt(0));
    this.#move();
    const last = this.last;
    if (last === undefined)
      return this.ledger.from > this.ledger.to ? undefined : nextOpenTime(this.interval, this.ledger.to);
    if (!this.ring.isClosedAt(this.ring.length - 1)) return last;
    return nextOpenTime(this.interval, Math.max(last, this.ledger.to));
  }

  /** Which klines answer a query. */
  select(query: KlineQuery): KlineSelection {
    const ring = this.ring;
    let first = query.startTime === undefined ? 0 : ring.position(query.startTime);
    let end = query.endTime === undefined ? ring.length : ring.position(query.endTime + 1);
    // Klines that aren't final stand at the end, but for one that lost its close; that one leaves a doubt, and goes too.
    while (query.closedOnly === true && end > first && !ring.isClosedAt(end - 1)) end -= 1;
    if (end < first) end = first;
    const cut = end - first > query.limit;
    if (cut && query.startTime !== undefined) end = first + query.limit;
    else if (cut) first = end - query.limit;
    if (ring.length === 0) return { first, end, complete: false, settled: this.#isSettledEmpty(query) };
    const { from, to } = this.#asked(query, first, end, cut);
    const settled = this.#isCertain(from, to);
    return { first, end, complete: settled && this.#isWhole(from, to), settled };
  }

  /**
   * Whether the newest `limit` klines are all that the exchange has of them, without doubt: `settled` of a selection that asks for them, for
   * a fraction of the work.
   */
  isSettled(limit: number): boolean {
    const { ring, ledger } = this;
    if (ring.length === 0) return this.#isSettledEmpty({ limit });
    const first = Math.max(0, ring.length - limit);
    // A full series without doubts, as nearly all of a warm server's are, needs no calendar.
    if (first > 0 && ledger.doubts.length === 0) return this.#isCertain(ring.openTimeAt(first), ring.openTimeAt(first));
    const { from, to } = this.#asked({ limit }, first, ring.length, first > 0);
    return this.#isCertain(from, to);
  }

  /** Whether all that the exchange has from this open time on is held, without doubt. */
  reachesBackTo(openTime: number): boolean {
    const { first, last } = this;
    if (first === undefined || last === undefined) return false;
    return this.ledger.isCertain(openTime, Math.max(openTime, last));
  }

  /** Whether the exchange has or may have klines older than the oldest. */
  get mayHaveOlder(): boolean {
    const { first } = this;
    if (first === undefined) return true;
    const before = previousOpenTime(this.interval, first);
    return !this.ledger.isCertain(before, before);
  }

  /** The candles that are missing between the oldest and the newest kline, by the calendar. */
  holes(): OpenTimeRange[] {
    const holes: OpenTimeRange[] = [];
    for (let position = 1; position < this.ring.length; position += 1) {
      const expected = nextOpenTime(this.interval, this.ring.openTimeAt(position - 1));
      const found = this.ring.openTimeAt(position);
      if (expected < found) holes.push({ from: expected, to: addCandles(this.interval, found, -1) });
    }
    return holes;
  }

  /** How many klines came from each source. */
  sources(): Record<KlineSource, number> {
    const counts = { stream: 0, rest: 0, rollup: 0, checkpoint: 0 };
    for (let position = 0; position < this.ring.length; position += 1) counts[this.ring.sourceAt(position)] += 1;
    return counts;
  }

  /**
   * The ranges of the newest `capacity` candles that aren't certain at market time `now`, oldest first, apart from each other. They are
   * counted back from the newest that is known of, as {@link isSettled} counts them: a symbol that stopped trading has none since.
   */
  missing(now: UnixMs): readonly OpenTimeRange[] {
    const present = openTimeOf(this.interval, now);
    const { from, to, doubts } = this.ledger;
    const isKnown = from <= present;
    const newest = isKnown ? Math.min(present, nextOpenTime(this.interval, Math.max(this.last ?? to, to))) : present;
    const reach = addCandles(this.interval, newest as UnixMs, -(this.ring.capacity - 1));
    const oldest = Math.max(reach, this.#earliest) as UnixMs;
    if (!isKnown) return [{ from: oldest, to: present }];
    const uncertain: OpenTimeRange[] = [...doubts];
    // A candle that is over and was never called final: nothing came after it that would have shown it.
    const last = this.last;
    if (last !== undefined && last < present && !this.isClosedAt(last)) uncertain.push({ from: last, to: last });
    if (from > oldest) uncertain.push({ from: oldest, to: addCandles(this.interval, from, -1) });
    return uncertain.length === 0 ? WHOLE : apart(this.interval, uncertain, oldest, present);
  }

  /** The range that an answer speaks for: what was asked, less what the limit cut off. */
  #asked(query: KlineQuery, first: number, end: number, cut: boolean): { from: number; to: number } {
    const { startTime, endTime = Number.MAX_SAFE_INTEGER } = query;
    if (end === first) return { from: startTime ?? query.endTime ?? 0, to: endTime };
    const oldest = this.ring.openTimeAt(first);
    const newest = this.ring.openTimeAt(end - 1);
    if (startTime !== undefined) return { from: Math.min(startTime, oldest), to: cut ? newest : endTime };
    // A symbol that hasn't traded lately has its newest kline long before the newest candle that is known of.
    const byLimit = addCandles(this.interval, Math.max(newest, this.#knownTo(query)), -(query.limit - 1));
    return { from: cut ? oldest : Math.min(byLimit, oldest), to: endTime };
  }

  /** Whether the exchange was asked for all that a query means, and has none of it. */
  #isSettledEmpty(query: KlineQuery): boolean {
    const { startTime, endTime = Number.MAX_SAFE_INTEGER } = query;
    if (this.ledger.from > this.ledger.to) return false;
    return this.#isCertain(startTime ?? addCandles(this.interval, this.#knownTo(query), -(query.limit - 1)), endTime);
  }

  /** The newest candle of the asked range of which is known whether the exchange has it. */
  #knownTo({ endTime }: KlineQuery): number {
    const { to } = this.ledger;
    return endTime === undefined || endTime >= to ? to : openTimeOf(this.interval, endTime);
  }

  /** Whether every candle that opens from `from` to `to`, within what the ring spans, is there. */
  #isWhole(from: number, to: number): boolean {
    const ring = this.ring;
    const low = Math.max(from, ring.openTimeAt(0));
    const high = Math.min(to, ring.openTimeAt(ring.length - 1));
    if (low > high) return true;
    const window = openTimeOf(this.interval, low as UnixMs);
    const earliest = window < low ? nextOpenTime(this.interval, window) : window;
    const latest = openTimeOf(this.interval, high as UnixMs);
    const expected = earliest > latest ? 0 : candlesBetween(this.interval, earliest, latest) + 1;
    return ring.position(high + 1) - ring.position(low) === expected;
  }

  /** Certain from the candle that opens at or after `from` up to `to`, or up to the newest candle if `to` lies beyond it. */
  #isCertain(from: number, to: number): boolean {
    if (Math.max(from, this.#earliest) < this.ledger.from) return false;
    return this.ledger.doubts.every((doubt) => doubt.to < from || doubt.from > to);
  }

  #putBetween(position: number, kline: Readonly<Kline>, source: KlineSource): PutOutcome {
    if (position === 0 && this.ring.length === this.ring.capacity) return "too_old";
    this.#insert(position, kline, source);
    if (kline.closed) this.ledger.confirm(kline.openTime);
    this.rewrites += 1;
    this.#move();
    return "added";
  }

  #insert(position: number, kline: Readonly<Kline>, source: KlineSource): void {
    const forgot = this.ring.insert(position, kline, source);
    if (source !== "rest") this.ledger.reach(kline.openTime);
    if (forgot) this.ledger.forget(this.ring.openTimeAt(0));
  }

  #move(): void {
    this.#version += 1;
    this.certainties += 1;
  }

  #compareClosed(position: number, kline: Readonly<Kline>, source: KlineSource): PutOutcome {
    if (!kline.closed) return "stale";
    const had = this.ring.read(position, this.#had);
    if (contradictingColumns(had, kline).length > 0) {
      this.doubt(kline.openTime, kline.openTime);
      return "contradiction";
    }
    const learned = differingColumns(had, kline).filter((column) => Number.isNaN(had[column]));
    if (learned.length === 0) return "same";
    this.#complete(position, kline, learned, source);
    return "completed";
  }

  #complete(position: number, kline: Readonly<Kline>, learned: readonly KlineColumn[], source: KlineSource): void {
    const whole: Kline = { ...this.#had };
    for (const column of learned) (whole[column] as number) = kline[column];
    if (this.ring.isRestatedAt(position)) this.ring.restate(position, whole, source);
    else this.ring.write(position, whole, source);
    this.rewrites += 1;
    this.#move();
  }
}

/** The ranges within `oldest` and `newest`, oldest first; those that overlap or touch are one. */
function apart(
  interval: Interval,
  ranges: readonly OpenTimeRange[],
  oldest: UnixMs,
  newest: UnixMs,
): readonly OpenTimeRange[] {
  const joined: { from: UnixMs; to: UnixMs }[] = [];
  for (const range of ranges.toSorted((a, b) => a.from - b.from)) {
    const from = Math.max(range.from, oldest) as UnixMs;
    const to = Math.min(range.to, newest) as UnixMs;
    if (from > to) continue;
    const before = joined.at(-1);
    if (before === undefined || from > nextOpenTime(interval, before.to)) joined.push({ from, to });
    else before.to = Math.max(before.to, to) as UnixMs;
  }
  return joined;
}

/** Whether two states of one candle show the same. */
function sameFigures(a: Readonly<Kline>, b: Readonly<Kline>): boolean {
  return (
    a.close === b.close &&
    a.volume === b.volume &&
    isSame(a.trades, b.trades) &&
    isSame(a.quoteVolume, b.quoteVolume) &&
    a.high === b.high &&
    a.low === b.low &&
    a.open === b.open &&
    isSame(a.takerBuyVolume, b.takerBuyVolume) &&
    isSame(a.takerBuyQuoteVolume, b.takerBuyQuoteVolume) &&
    a.closeTime === b.closeTime
  );
}

/** Whether two figures are equal, or both unknown. */
function isSame(a: number, b: number): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b));
}
