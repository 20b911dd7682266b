import {
  addCandles,
  candlesBetween,
  type Interval,
  nextOpenTime,
  openTimeOf,
  type PastBlock,
  type Symbol,
  type UnixMs,
} from "../../core/mod.ts";
import { coolingUntil } from "../cooldown.ts";
import { dayOf } from "../day.ts";
import type { Facts, PreparedFilter } from "../filter.ts";
import { pastTicker } from "../past-ticker.ts";
import { bytesOf, MAX_STOPPED_SYMBOLS, Screening, type ScreeningParts } from "../screen.ts";
import { type BacktestPlan, tickersFromOf } from "./backtest.ts";
import { closesRun } from "./live-signals.ts";
import { type Outcome, outcomesOf, percentOf } from "./outcomes.ts";
import { type SymbolPast, SymbolPastView } from "./symbol-past.ts";

/** So many closes are gone through between two looks at the clock. */
const CLOSES_A_LOOK = 16;

/** A step that found this much as JSON ends, so that it is handed over in a few milliseconds; bytes. */
const MAX_STEP_BYTES: number = 128 * 1024;

/** A match that would have been a signal, and what became of its price. */
export interface BacktestSignal {
  readonly symbol: Symbol;
  readonly closeTime: UnixMs;
  /** The close of the signal's candle, in the quote asset. */
  readonly price: number;
  readonly facts?: Facts | undefined;
  /** One for each horizon. */
  readonly outcomes: readonly Outcome[];
}

/** Why a filter couldn't be asked at closes. */
export interface BacktestSkips {
  /** A candle isn't there, or something before the close isn't certain. */
  candles: number;
  /** Older klines that a live run saw aren't there. */
  older: number;
  /** Its ticker at the close can't be computed. */
  ticker: number;
  /** The symbol was younger than an indicator needs. */
  young: number;
}

/** What is counted over all symbols. */
export interface BacktestTally {
  readonly skips: BacktestSkips;
  checked: number;
  matches: number;
  signals: number;
  cooling: number;
  errors: number;
  /** Runs in which the filter ran into a bound of time or memory. */
  stopped: number;
  /** Counts a close that is skipped because a candle is missing or uncertain. */
  miss(closeTime: UnixMs): void;
  /** Takes the first failures. */
  fail(closeTime: UnixMs, symbol: Symbol, message: string): void;
  /** A return of the baseline or of a signal within a horizon, by the index of the horizon. */
  addBaseline(horizon: number, closeTime: UnixMs, percent: number): void;
  addSignal(horizon: number, closeTime: UnixMs, percent: number): void;
}

/** A symbol that is to be gone through. */
export interface BacktestSymbol extends SymbolPast {
  /** The days of the range, from that of the first close on, on which it belongs to the universe: 1 where it does; all unless given. */
  readonly days?: Uint8Array | undefined;
}

/** What a step found. */
export interface SymbolStep {
  readonly signals: readonly BacktestSignal[];
  /** `block`: the next block is wanted. `done`: the symbol is gone through. */
  readonly next: "step" | "block" | "done";
}

interface PendingSignal {
  readonly place: number;
  readonly closeTime: UnixMs;
  readonly price: number;
  readonly facts: Facts | undefined;
  readonly bytes: number;
}

/** A filter at each close of a range, on one symbol. The klines come block by block, and are gone through in steps. */
export class SymbolBacktest {
  readonly #plan: BacktestPlan;
  readonly #symbol: BacktestSymbol;
  readonly #tally: BacktestTally;
  readonly #view: SymbolPastView;
  readonly #screening: Screening;
  readonly #tickersFrom: readonly Interval[];
  readonly #stopwatch: () => number;
  /** Places of the closes, and behind them those of the longest horizon. */
  readonly #places: number;
  readonly #high: Float64Array;
  readonly #low: Float64Array;
  readonly #close: Float64Array;
  /** The last close up to each place. */
  readonly #last: Float64Array;
  /** How many places up to each one aren't certain. */
  readonly #doubts: Uint32Array;
  /** 1 where the filter was asked, or would have been at a close that counts for a trader's baseline. */
  readonly #asked: Uint8Array;
  /** 1 for the closes that a trader ran at: these alone count, and the filter isn't asked at any close. Undefined where it is asked at each. */
  readonly #run: Uint8Array | undefined;
  readonly #pending: PendingSignal[] = [];
  #block: PastBlock | undefined;
  #row = 0;
  #isLastBlock = false;
  /** The place that closes next, and its open time. */
  #place = 0;
  #openTime: UnixMs;
  /** The first place whose outcomes weren't looked at. */
  #settledPlace = 0;
  #quietUntil = Number.NEGATIVE_INFINITY;

  constructor(
    plan: BacktestPlan,
    symbol: BacktestSymbol,
    tally: BacktestTally,
    { runner, stopwatch }: Omit<ScreeningParts, "view">,
    readsTicker: boolean,
  ) {
    this.#plan = plan;
    this.#symbol = symbol;
    this.#tally = tally;
    this.#view = new SymbolPastView(symbol, { keep: plan.keep, from: plan.readFrom, capacity: plan.capacity });
    // A close has no bound of its own, so nothing looks at the time within one.
    this.#screening = new Screening({ view: this.#view, runner, stopwatch: () => 0 });
    this.#stopwatch = stopwatch;
    this.#tickersFrom = readsTicker ? [tickersFromOf(plan.interval)] : [];
    this.#places = plan.closes + (plan.horizons.at(-1) as number);
    this.#high = new Float64Array(this.#places);
    this.#low = new Float64Array(this.#places);
    this.#close = new Float64Array(this.#places);
    this.#last = new Float64Array(this.#places);
    this.#doubts = new Uint32Array(this.#places);
    this.#asked = new Uint8Array(plan.closes);
    const placeOf = (closeTime: UnixMs): number => candlesBetween(plan.interval, plan.firstClose + 1, closeTime + 1);
    this.#run = plan.live === undefined ? undefined : closesRun(plan.live, plan.closes, placeOf);
    this.#openTime = openTimeOf(plan.interval, plan.firstClose);
  }

  /** Hands the next block over, once a step asked for one. Without one there are no more. */
  take(block: PastBlock | undefined): void {
    this.#block = block;
    this.#row = 0;
    this.#isLastBlock = block === undefined;
  }

  /** Goes on for about so many milliseconds. */
  step(filter: PreparedFilter, sliceMs: number): SymbolStep {
    const signals: BacktestSignal[] = [];
    const endsAt = this.#stopwatch() + sliceMs;
    let bytes = 0;
    let sinceLook = 0;
    while (this.#place < this.#places) {
      const next = nextOpenTime(this.#plan.interval, this.#openTime);
      if (!this.#fill(next)) return { signals, next: "block" };
      this.#endPlace(filter, next);
      this.#place += 1;
      this.#openTime = next;
      bytes += this.#settle(this.#place - (this.#plan.horizons.at(-1) as number), signals);
      sinceLook += 1;
      if (bytes > MAX_STEP_BYTES || this.#tally.stopped >= MAX_STOPPED_SYMBOLS) return { signals, next: "step" };
      if (sinceLook < CLOSES_A_LOOK) continue;
      sinceLook = 0;
      if (this.#stopwatch() > endsAt) return { signals, next: "step" };
    }
    return { signals, next: "done" };
  }

  /** Takes the minutes of the present place. False where more of them may be in the next block. */
  #fill(end: number): boolean {
    const block = this.#block;
    if (block !== undefined) {
      this.#row = this.#view.take(block, this.#row, end);
      if (this.#row < block.length) return true;
      this.#block = undefined;
    }
    return this.#isLastBlock;
  }

  /** All minutes of the present place are there. */
  #endPlace(filter: PreparedFilter, end: UnixMs): void {
    const { interval, closes } = this.#plan;
    const place = this.#place;
    this.#view.reach(end);
    const newest = this.#view.fold(interval).newest;
    const isThere = newest?.openTime === this.#openTime;
    this.#high[place] = isThere ? newest.high : Number.NaN;
    this.#low[place] = isThere ? newest.low : Number.NaN;
    this.#close[place] = isThere ? newest.close : Number.NaN;
    this.#last[place] = isThere ? newest.close : (this.#last[place - 1] ?? Number.NaN);
    this.#doubts[place] = (this.#doubts[place - 1] ?? 0) + (this.#view.isCertainSince(this.#openTime) ? 0 : 1);
    if (place >= closes || !this.#isInUniverse(end - 1)) return;
    if (this.#run === undefined) this.#ask(filter, (end - 1) as UnixMs, isThere);
    else if (this.#run[place] === 1) this.#count((end - 1) as UnixMs, isThere);
  }

  #isInUniverse(closeTime: number): boolean {
    const { days } = this.#symbol;
    return days === undefined || days[dayOf(closeTime) - dayOf(this.#plan.firstClose)] === 1;
  }

  /** Counts a close that a trader ran at for the baseline, as far as the candle is there. */
  #count(closeTime: UnixMs, isThere: boolean): void {
    if (!isThere || !this.#view.isCertainSince(this.#openTime)) {
      this.#tally.miss(closeTime);
      return;
    }
    this.#tally.checked += 1;
    this.#asked[this.#place] = 1;
  }

  /** Runs the filter at a close, as a live run did. */
  #ask(filter: PreparedFilter, closeTime: UnixMs, isThere: boolean): void {
    const tally = this.#tally;
    const { symbol } = this.#symbol;
    const found = this.#screening.close(filter, this.#plan, [symbol], closeTime, {
      symbol: 0,
      stopped: 0,
      deadline: Number.POSITIVE_INFINITY,
      pauseAt: Number.POSITIVE_INFINITY,
      tickerAt: (one) => pastTicker(this.#view, this.#tickersFrom, one, closeTime),
    });
    const [skip] = found.skipped;
    if (skip !== undefined) {
      if (skip.wanted !== undefined) tally.skips.young += 1;
      else if (skip.lacksTicker === true) tally.skips.ticker += 1;
      else if (skip.isCut === true) tally.skips.older += 1;
      else tally.miss(closeTime);
      return;
    }
    // A live run waits for the candle that closed, also where the filter doesn't read its interval.
    if (!isThere) {
      tally.miss(closeTime);
      return;
    }
    tally.checked += 1;
    tally.stopped += found.stopped;
    this.#asked[this.#place] = 1;
    const [error] = found.errors;
    if (error !== undefined) tally.fail(closeTime, symbol, error.message);
    const [match] = found.matches;
    if (match === undefined) return;
    tally.matches += 1;
    if (closeTime <= this.#quietUntil) {
      tally.cooling += 1;
      return;
    }
    tally.signals += 1;
    this.#quietUntil = coolingUntil(this.#plan.interval, closeTime, this.#plan.cooldownCandles);
    this.#pending.push({
      place: this.#place,
      closeTime,
      price: this.#close[this.#place] as number,
      facts: match.facts,
      bytes: bytesOf(match) + BYTES_AN_OUTCOME * this.#plan.horizons.length,
    });
  }

  /** Looks at the outcomes of all places before this one; at the end, of those too whose candles aren't there yet. Gives back bytes. */
  #settle(before: number, signals: BacktestSignal[]): number {
    const end = this.#place === this.#places ? this.#plan.closes : before;
    let bytes = 0;
    for (; this.#settledPlace < end; this.#settledPlace += 1) {
      const place = this.#settledPlace;
      if (this.#asked[place] === 1) this.#addBaseline(place);
      const pending = this.#pending[0];
      if (pending?.place !== place) continue;
      this.#pending.shift();
      signals.push(this.#signalOf(pending));
      bytes += pending.bytes;
    }
    return bytes;
  }

  #addBaseline(place: number): void {
    const { horizons, feesPercent, interval, firstClose } = this.#plan;
    const closeTime = addCandles(interval, firstClose + 1, place) - 1;
    const price = this.#close[place] as number;
    const known = this.#knownAfter(place);
    for (const [index, horizon] of horizons.entries()) {
      if (horizon > known) return;
      const percent = percentOf(this.#last[place + horizon] as number, price) - feesPercent;
      this.#tally.addBaseline(index, closeTime as UnixMs, percent);
    }
  }

  #signalOf({ place, closeTime, price, facts }: PendingSignal): BacktestSignal {
    const { horizons, feesPercent } = this.#plan;
    const candles = { high: this.#high, low: this.#low, close: this.#close };
    const outcomes = outcomesOf(candles, { price, place, known: this.#knownAfter(place) }, horizons, feesPercent);
    for (const [index, { returnPercent }] of outcomes.entries()) {
      if (returnPercent !== null) this.#tally.addSignal(index, closeTime, returnPercent);
    }
    return { symbol: this.#symbol.symbol, closeTime, price, ...(facts === undefined ? {} : { facts }), outcomes };
  }

  /** How many of the places after this one are certain, up to the longest horizon that is. */
  #knownAfter(place: number): number {
    const { horizons } = this.#plan;
    let known = 0;
    for (const horizon of horizons) {
      if (this.#doubts[place + horizon] !== this.#doubts[place]) break;
      known = horizon;
    }
    return known;
  }
}

/** About what an outcome is as JSON. */
const BYTES_AN_OUTCOME = 120;
