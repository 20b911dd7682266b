import {
  assert,
  CHILD_OF,
  contradictingColumns,
  emptyKline,
  type HistoryEvent,
  type Interval,
  type Kline,
  type KlineColumn,
  nextOpenTime,
  openTimeOf,
  previousOpenTime,
  type Symbol,
  type UnixMs,
} from "../core/mod.ts";
import type { LedgerState } from "./ledger.ts";
import { Rolled } from "./rolled.ts";
import { type Overdue, type PutOutcome, Series } from "./series.ts";

/** How long a candle must have been over, in market time, before another answer about it is a restatement. */
const RESTATED_AFTER_MS = 10_000;

/** What a symbol's series report. Klines are reused: copy what you keep. */
export interface SymbolListener {
  /** A kline appeared or changed. */
  kline(series: Series, kline: Readonly<Kline>): void;
  /** A closed kline was taken over anew, with the columns that differed. */
  restated(series: Series, kline: Readonly<Kline>, columns: readonly KlineColumn[]): void;
}

/** One series as a checkpoint kept it: the ring's columns and marks (see KlineRing.copyOut), and the ledger. */
export interface KeptSeries {
  readonly interval: Interval;
  readonly cells: Float64Array;
  readonly marks: Uint8Array;
  readonly ledger: LedgerState;
}

/**
 * All series of one symbol, and how they hang together: 1m feeds 3m … 1h, 1h feeds 2h … 1d, 1d feeds 3d, 1w and 1M.
 *
 * Most of what a stream sends moves the open minute. The longer candles follow when somebody reads them, or calls {@link catchUp}: until
 * then they are {@link Overdue}. They are what they would be had they followed each state at once, as an open candle is made from its
 * closed children and the newest state alone. Whatever else happens to the symbol makes them catch up first.
 */
export class SymbolMarket implements Overdue {
  readonly symbol: Symbol;
  readonly #series: Map<Interval, Series> = new Map();
  readonly #rolledFrom: Map<Interval, Rolled[]> = new Map();
  readonly #listener: SymbolListener;
  /** Klines that open before this are history that was read up; from here on they are news. Infinity before the first one. */
  #liveFrom: number = Number.POSITIVE_INFINITY;
  /** Whether there is anything older than that. */
  #hasHistory = false;
  /** The series that the others are rolled up from: 1m. Nothing is rolled up from 1s. */
  readonly #base: Series;
  readonly #baseRow: Kline = emptyKline();
  /** The open minute whose states are all that changes, and how many of them in a row were seen to be followed; see {@link #calm}. */
  #calmAt: UnixMs | undefined;
  #calmStates = 0;
  isOverdue = false;

  constructor(symbol: Symbol, intervals: readonly Interval[], capacity: number, listener: SymbolListener) {
    this.symbol = symbol;
    this.#listener = listener;
    for (const interval of intervals) {
      const childInterval = CHILD_OF[interval];
      const child = childInterval === undefined ? undefined : this.#series.get(childInterval);
      const series = new Series(symbol, interval, capacity, child === undefined ? undefined : this);
      this.#series.set(interval, series);
      if (child === undefined) continue;
      const siblings = this.#rolledFrom.get(child.interval) ?? [];
      siblings.push(new Rolled(series, child));
      this.#rolledFrom.set(child.interval, siblings);
    }
    const [shortest] = this.#series.keys();
    const [rolledUp = shortest] = this.#rolledFrom.keys();
    const base = rolledUp === undefined ? undefined : this.#series.get(rolledUp);
    assert(base !== undefined, "a symbol has a series");
    this.#base = base;
  }

  /** Rolls the newest state of the open minute up, unless that was done already, and reports the longer klines that change. */
  catchUp(): void {
    if (!this.isOverdue) return;
    this.isOverdue = false;
    const { ring } = this.#base;
    if (!this.#roll(this.#base, ring.read(ring.length - 1, this.#baseRow))) this.#calmStates = 0;
  }

  /**
   * So many states of the open minute in a row could be followed by every longer candle. The first one may have built those anew; the
   * second went the way that all further ones go.
   */
  #calm(openTime: UnixMs, states: number): void {
    this.#calmAt = openTime;
    this.#calmStates = states;
  }

  /** After a close, calm goes on with the next minute, unless it begins a longer candle: that has to be made. */
  #calmAfter(openTime: UnixMs, isCalm: boolean): void {
    const next = nextOpenTime(this.#base.interval, openTime);
    const parents = this.#rolledFrom.get(this.#base.interval) ?? [];
    const isWithin = parents.every(({ series }) => openTimeOf(series.interval, next) !== next);
    this.#calm(next, isCalm && isWithin ? 2 : 0);
  }

  /** Whether the series is rolled up from another, or another from it. */
  #isRelated({ interval }: Series): boolean {
    return this.#rolledFrom.has(interval) || CHILD_OF[interval] !== undefined;
  }

  /** Something else than the open minute changes. */
  #disturb(): void {
    this.catchUp();
    this.#calmStates = 0;
  }

  series(interval: Interval): Series | undefined {
    return this.#series.get(interval);
  }

  all(): Iterable<Series> {
    return this.#series.values();
  }

  /** The open time from which klines are news, for a checkpoint; undefined while nothing was heard. */
  get newsFrom(): UnixMs | undefined {
    return Number.isFinite(this.#liveFrom) ? (this.#liveFrom as UnixMs) : undefined;
  }

  /**
   * Takes over what a checkpoint kept; all series must be empty. Intervals that aren't kept any more are passed over. From
   * the candle on that was open then, everything is in doubt, and news as soon as it is known. So are older holes
   * from `newsFrom` on: clients received a gap for them.
   */
  restore(kept: readonly KeptSeries[], newsFrom: number = Number.POSITIVE_INFINITY): void {
    const doubtful: [Series, UnixMs][] = [];
    for (const { interval, cells, marks, ledger } of kept) {
      const series = this.#series.get(interval);
      const from = series?.restore(cells, marks, ledger);
      if (series === undefined || from === undefined) continue;
      doubtful.push([series, from]);
      this.#hasHistory = true;
      if (interval === "1m") this.#liveFrom = Math.min(from, newsFrom);
    }
    for (const [series, from] of doubtful) this.#doubtFrom(series, from);
  }

  /** A stream sent a state of a kline. */
  update(series: Series, kline: Readonly<Kline>, eventTime: number): PutOutcome {
    const openTime = kline.openTime;
    const isBase = series === this.#base;
    const isCalm = isBase && this.#calmStates > 0 && openTime === this.#calmAt;
    const wasCalm = isCalm && this.#calmStates > 1;
    if (this.#isRelated(series) && (!isCalm || kline.closed)) this.#disturb();
    const last = series.last;
    if (this.#liveFrom === Number.POSITIVE_INFINITY) this.#liveFrom = openTime;
    const outcome = series.put(kline, "stream", eventTime);
    if (outcome === "completed") this.#completeParents(series, [openTime]);
    if (outcome !== "added" && outcome !== "updated") return outcome;
    if (wasCalm && !kline.closed) this.isOverdue = true;
    else if (last === undefined || openTime >= last) {
      const couldFollow = this.#roll(series, kline);
      if (isBase && kline.closed) this.#calmAfter(openTime, couldFollow && wasCalm);
      else if (isBase) this.#calm(openTime, couldFollow ? this.#calmStates + 1 : 0);
    } else this.#settleParents(series, openTime, openTime);
    this.#report(series, kline);
    return outcome;
  }

  /** The exchange answered for a range: its klines are all that exist there. Returns how many contradict a close we have. */
  history(series: Series, { from, to, klines, askedAt }: HistoryEvent): number {
    this.#disturb();
    const news: Kline[] = [];
    const contradictions: Kline[] = [];
    const completed: UnixMs[] = [];
    const rolledTo = this.#rolledTo(series);
    const liveFrom = openTimeOf(series.interval, this.#liveFrom);
    const firstBefore = series.first ?? Number.POSITIVE_INFINITY;
    for (let at = 0; at < klines.length; ) {
      const filled = series.fillHole(klines, at);
      if (filled > 0) {
        for (const kline of klines.slice(at, at + filled)) if (kline.openTime >= liveFrom) news.push(kline);
        at += filled;
        continue;
      }
      const kline = klines[at] as Kline;
      at += 1;
      // The open state from a stream or a roll-up is at least as new as one that was asked for.
      if (!kline.closed && (series.last ?? -1) >= kline.openTime && series.wasHeard(kline.openTime)) continue;
      if (!kline.closed && kline.openTime <= rolledTo) continue;
      const outcome = series.put(kline, "rest");
      if (outcome === "contradiction") contradictions.push(kline);
      if (outcome === "completed") completed.push(kline.openTime);
      if (kline.openTime >= liveFrom && (outcome === "added" || outcome === "updated")) news.push(kline);
    }
    const oldest = klines[0]?.openTime;
    if (oldest !== undefined && (!Number.isFinite(liveFrom) || oldest < liveFrom)) this.#hasHistory = true;
    if ((series.first ?? Number.POSITIVE_INFINITY) < firstBefore) this.#doubtBeginnings(series);
    series.settle(from, to);
    const restated = contradictions.filter(
      (kline) => askedAt !== undefined && askedAt - kline.closeTime >= RESTATED_AFTER_MS,
    );
    for (const kline of contradictions) if (!restated.includes(kline)) series.doubt(kline.openTime, kline.openTime);
    // The stream sent it, REST doesn't have it, and it is over: one of the two is wrong.
    const last = series.last;
    if (last !== undefined && last >= from && last <= to && !series.isClosedAt(last) && isOver(series, last, askedAt)) {
      series.doubt(last, last);
    }
    this.#completeParents(series, completed);
    // What it lacks of candles that were over when it was asked for won't come any more.
    const overTo = isOver(series, to, askedAt) ? to : undefined;
    this.#settleParents(series, from, Math.max(to, series.last ?? to), overTo);
    for (const kline of restated) this.#restate(series, kline);
    for (const kline of news) this.#report(series, kline);
    return contradictions.length;
  }

  /**
   * Takes a closed kline over anew. The longer candles that hold it, and the shorter ones that it holds, can't be right
   * any more either: each of them is asked of the exchange, as nobody knows which of its neighbours changed too.
   */
  #restate(series: Series, kline: Readonly<Kline>): void {
    const columns = series.restate(kline, "rest");
    if (columns.length === 0) return;
    this.#listener.restated(series, kline, columns);
    for (const rolled of this.#rolledFrom.get(series.interval) ?? []) {
      const window = openTimeOf(rolled.series.interval, kline.openTime);
      if (rolled.series.isClosedAt(window)) rolled.series.doubt(window, window);
      else if (rolled.series.has(window)) this.#rebuild(rolled, series, window);
    }
    const childInterval = CHILD_OF[series.interval];
    const child = childInterval === undefined ? undefined : this.#series.get(childInterval);
    if (child?.first === undefined || child.first >= nextOpenTime(series.interval, kline.openTime)) return;
    child.doubt(kline.openTime, previousOpenTime(child.interval, nextOpenTime(series.interval, kline.openTime)));
  }

  /** Figures of closed children that were unknown became known: so may those of the longer candles that hold them. */
  #completeParents(child: Series, openTimes: readonly UnixMs[]): void {
    if (openTimes.length === 0) return;
    for (const rolled of this.#rolledFrom.get(child.interval) ?? []) {
      const { series } = rolled;
      const windows = new Set(openTimes.map((openTime) => openTimeOf(series.interval, openTime)));
      const completed: UnixMs[] = [];
      for (const window of windows) {
        if (!series.has(window) || !this.#canRoll(series, child, window)) continue;
        const row = rolled.rebuild(window);
        if (row === undefined) continue;
        if (!series.isClosedAt(window)) this.#putRolled(rolled, row);
        else if (series.put(row, "rollup") === "completed") completed.push(window);
      }
      this.#completeParents(series, completed);
    }
  }

  /** An open candle whose children changed behind its back. */
  #rebuild(rolled: Rolled, child: Series, window: UnixMs): void {
    const row = this.#canRoll(rolled.series, child, window) ? rolled.rebuild(window) : undefined;
    if (row === undefined) this.#doubtWindow(rolled.series, window);
    else this.#putRolled(rolled, row);
  }

  /** From an open time on, a series and all that is rolled up from it may lack something. */
  doubt(series: Series, from: UnixMs): void {
    this.#disturb();
    this.#doubtFrom(series, from);
  }

  #doubtFrom(series: Series, from: UnixMs): void {
    series.doubt(from);
    for (const rolled of this.#rolledFrom.get(series.interval) ?? []) {
      this.#doubtFrom(rolled.series, openTimeOf(rolled.series.interval, from));
    }
  }

  /**
   * The market's clock turned out to be at `now`: what is held of later moments goes, and with it the present candle of each
   * series that holds such things or is rolled up from one that does.
   */
  turnBack(now: UnixMs): void {
    this.#disturb();
    const turned = new Set<Interval>();
    for (const series of this.#series.values()) {
      const child = CHILD_OF[series.interval];
      if (!series.isAheadOf(now) && (child === undefined || !turned.has(child))) continue;
      turned.add(series.interval);
      series.turnBack(openTimeOf(series.interval, now));
      for (const rolled of this.#rolledFrom.get(series.interval) ?? []) rolled.forget();
    }
    if (this.#liveFrom > now && this.#liveFrom !== Number.POSITIVE_INFINITY) this.#liveFrom = now;
  }

  /** Nothing more will come of this symbol: candles that aren't final by now stay in doubt. */
  ended(): void {
    this.#disturb();
    for (const series of this.#series.values()) {
      if (series.last !== undefined && !series.isClosedAt(series.last)) series.doubt(series.last, series.last);
    }
  }

  /** The newest kline of a series changed: the candles above it follow. Returns whether all could, and none is put in doubt. */
  #roll(child: Series, kline: Readonly<Kline>): boolean {
    const parents = this.#rolledFrom.get(child.interval);
    if (parents === undefined) return true;
    let haveAll = true;
    for (const rolled of parents) {
      if (!this.#isBeginningKnown(rolled.series, child, openTimeOf(rolled.series.interval, kline.openTime))) continue;
      const row = rolled.follow(kline);
      if (row === undefined) this.#doubtWindow(rolled.series, kline.openTime);
      if (row === undefined || !this.#putRolled(rolled, row)) haveAll = false;
    }
    return haveAll;
  }

  /** Returns whether it is the newest of its series, and those above it followed. */
  #putRolled(rolled: Rolled, row: Kline): boolean {
    const series = rolled.series;
    const outcome = series.put(row, "rollup");
    if (!series.ledger.isCertain(row.openTime, row.openTime)) series.settle(row.openTime, row.openTime);
    if (outcome === "completed") this.#completeParents(series, [row.openTime]);
    if (outcome !== "added" && outcome !== "updated") return false;
    const isNewest = row.openTime === series.last;
    const haveAll = isNewest && this.#roll(series, row);
    if (!isNewest) this.#settleParents(series, row.openTime, row.openTime);
    if (row.openTime >= openTimeOf(series.interval, this.#liveFrom)) this.#report(series, row);
    return haveAll;
  }

  /** The candle that holds `openTime` can't be built from its children now. */
  #doubtWindow(series: Series, openTime: UnixMs): void {
    const window = openTimeOf(series.interval, openTime);
    if (series.ledger.isSettledSince(window)) this.#doubtFrom(series, window);
  }

  /** Children from `from` to `to` were filled in or settled: builds every candle above them that can be built now. */
  #settleParents(child: Series, from: number, to: number, overTo?: UnixMs): void {
    for (const rolled of this.#rolledFrom.get(child.interval) ?? []) {
      const { interval } = rolled.series;
      let run: { readonly from: UnixMs; readonly to: UnixMs } | undefined;
      for (const window of windowsWithKlines(rolled.series, child, from, to)) {
        const isBuilt = this.#isBuilt(rolled, child, window, overTo);
        if (run !== undefined && !(isBuilt && nextOpenTime(interval, run.to) === window)) {
          this.#settleRolled(rolled.series, child, run.from, run.to);
          run = undefined;
        }
        if (isBuilt) run = { from: run?.from ?? window, to: window };
      }
      if (run !== undefined) this.#settleRolled(rolled.series, child, run.from, run.to);
    }
  }

  /**
   * Whether a longer candle is there, built from children that are all certain. One without any child isn't:
   * the exchange is asked separately whether it exists, as a wrong "nothing" would hide it for good.
   */
  #isBuilt(rolled: Rolled, child: Series, window: UnixMs, overTo?: UnixMs): boolean {
    if (!this.#canRoll(rolled.series, child, window)) return false;
    if (rolled.series.isClosedAt(window)) return this.#isConfirmed(rolled, window);
    const row = rolled.rebuild(window);
    if (row === undefined) return false;
    const isOpen = !row.closed;
    this.#putRolled(rolled, row);
    if (
      !isOpen ||
      overTo === undefined ||
      nextOpenTime(child.interval, overTo) < nextOpenTime(rolled.series.interval, window)
    ) {
      return true;
    }
    // It is over, and its last children don't exist: the exchange is asked how it ended.
    rolled.series.doubt(window, window);
    return false;
  }

  /**
   * Whether a closed candle needn't be asked for: it isn't in doubt, or its children give the same. Those that were restated meanwhile don't,
   * and then the exchange says what became of it.
   */
  #isConfirmed(rolled: Rolled, window: UnixMs): boolean {
    const { series } = rolled;
    if (series.ledger.isCertain(window, window)) return true;
    const row = rolled.rebuild(window);
    const held = series.ring.read(series.ring.position(window), this.#baseRow);
    return row !== undefined && contradictingColumns(held, row).length === 0;
  }

  /**
   * Candles whose children are certain are certain. For a ledger, a settled stretch that reaches all that is known of ends a doubt without an
   * end, as the stream vouches for what comes. Here that is the children's stream: later candles stay in doubt for as long as it is.
   */
  #settleRolled(series: Series, child: Series, from: UnixMs, to: UnixMs): void {
    series.settle(from, to);
    const next = nextOpenTime(series.interval, to);
    if (next > series.ledger.to && !child.ledger.isSettledSince(next)) this.#doubtWindow(series, next);
    this.#settleParents(series, from, to);
  }

  /** Whether all that a longer candle is made of is certain, so far as it has come to be. */
  #canRoll(series: Series, child: Series, window: UnixMs): boolean {
    const next = nextOpenTime(series.interval, window);
    const areChildrenCertain = child.ledger.isCertain(window, Math.min(next - 1, child.ledger.to));
    return areChildrenCertain && this.#isBeginningKnown(series, child, window);
  }

  /**
   * Whether the children of a longer candle are known from its beginning. They may not be where the very first child that the
   * exchange has opens within the candle: the symbol was listed then, or what we read begins then, as a recording does. The
   * exchange itself is asked for such a candle, and has it or not. A symbol that has nothing older than what the stream
   * brought was listed while we listened.
   */
  #isBeginningKnown(series: Series, child: Series, window: UnixMs): boolean {
    const { first } = child;
    if (first === undefined || first <= window || !this.#hasHistory) return true;
    return first >= nextOpenTime(series.interval, window) || series.has(window);
  }

  /** History brought a child older than all before it: that there is no longer candle around it may be an older answer. */
  #doubtBeginnings(child: Series): void {
    if (child.first === undefined) return;
    for (const { series } of this.#rolledFrom.get(child.interval) ?? []) {
      const window = openTimeOf(series.interval, child.first);
      const isAbsent = !series.has(window) && series.ledger.isCertain(window, window);
      if (isAbsent && !this.#isBeginningKnown(series, child, window)) series.doubt(window, window);
    }
  }

  /** The open time up to which a roll-up from certain children is the better source than an open row from REST. */
  #rolledTo(series: Series): number {
    const childInterval = CHILD_OF[series.interval];
    const child = childInterval === undefined ? undefined : this.#series.get(childInterval);
    if (child === undefined || child.last === undefined) return Number.NEGATIVE_INFINITY;
    const window = openTimeOf(series.interval, child.last);
    return child.ledger.isCertain(window, child.last) && this.#isBeginningKnown(series, child, window)
      ? window
      : Number.NEGATIVE_INFINITY;
  }

  #report(series: Series, kline: Readonly<Kline>): void {
    this.#listener.kline(series, kline);
  }
}

/**
 * The longer candles from `from` to `to` that can be built from what is held, oldest first: those that are in their own ring,
 * and those with a child in the other one. It walks what is held, never the calendar, so it takes no more steps than two
 * rings have klines, however many years lie between.
 */
function windowsWithKlines(series: Series, child: Series, from: number, to: number): UnixMs[] {
  const { interval, ring } = series;
  const certainFrom = child.ledger.from;
  if (certainFrom > to) return [];
  const window = openTimeOf(interval, Math.max(from, certainFrom));
  // A candle whose first children aren't certain can't be built.
  const least = window < certainFrom ? nextOpenTime(interval, window) : window;
  const windows = new Set<UnixMs>();
  for (let at = child.ring.position(least); at < child.ring.length; at += 1) {
    const parent = openTimeOf(interval, child.ring.openTimeAt(at));
    if (parent > to) break;
    windows.add(parent);
  }
  for (let at = ring.position(least); at < ring.length && ring.openTimeAt(at) <= to; at += 1) {
    windows.add(ring.openTimeAt(at));
  }
  return [...windows].sort((a, b) => a - b);
}

/** Whether a candle had ended when the exchange was asked. */
function isOver(series: Series, openTime: UnixMs, askedAt: UnixMs | undefined): boolean {
  return askedAt !== undefined && nextOpenTime(series.interval, openTime) <= askedAt;
}
