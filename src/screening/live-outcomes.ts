import {
  addCandles,
  candlesBetween,
  emptyKline,
  type Interval,
  marketOf,
  nextOpenTime,
  type OpenTimeRange,
  openTimeOf,
  type PastBlock,
  type PastKlines,
  type StopSignal,
  type Symbol,
  type UnixMs,
} from "../core/mod.ts";
import { type MarketReader, type MarketStore, type Series, settledCandles } from "../store/mod.ts";
import { type CandlePlaces, outcomesOf } from "../strategy/mod.ts";
import type { OutcomeOptions, OutcomeSource } from "../traders/mod.ts";
import { emptyOutcome, type FollowedSignal, SIGNAL_HORIZONS, type SignalOutcome } from "../wire/mod.ts";

/** Minutes of the history that one call reads at most; signals that need more are pending until the next call. */
const MAX_PAST_MINUTES = 300_000;

/** An outcome whose candles can't be had any more is given up when so many candles have closed since its last one. */
export const GIVE_UP_CANDLES = 10;

/** Signals between two turns of the event loop: each takes some microseconds. */
const SIGNALS_A_TURN = 100;

const LONGEST: number = SIGNAL_HORIZONS.at(-1) ?? 0;
const MINUTE_MS = 60_000;

/** What outcomes are computed from. */
export interface LiveOutcomesParts {
  readonly markets: MarketReader;
  /** The history, with what is in memory. */
  readonly past: PastKlines;
}

/** The candles after a signal, and how many of them are known without a gap. */
interface CandlesAfter {
  readonly candles: CandlePlaces;
  readonly known: number;
}

/** What a call may still read. */
interface Budget {
  minutes: number;
  readonly onMinutes: ((minutes: number) => void) | undefined;
  readonly signal: StopSignal | undefined;
}

/** The outcomes of live signals, from closed and certain candles only: those in memory, or else the minutes of the history. */
export class LiveOutcomes implements OutcomeSource {
  readonly #markets: MarketReader;
  readonly #past: PastKlines;

  constructor({ markets, past }: LiveOutcomesParts) {
    this.#markets = markets;
    this.#past = past;
  }

  async outcomes(
    signals: readonly FollowedSignal[],
    { signal, onMinutes }: OutcomeOptions = {},
  ): Promise<SignalOutcome[][]> {
    const budget: Budget = { minutes: MAX_PAST_MINUTES, onMinutes, signal };
    const all: SignalOutcome[][] = [];
    for (const [index, one] of signals.entries()) {
      if (signal?.aborted === true) throw signal.reason;
      if (index > 0 && index % SIGNALS_A_TURN === 0) await new Promise((resolve) => setTimeout(resolve, 0));
      all.push(await this.#outcomesOf(one, budget));
    }
    return all;
  }

  async #outcomesOf(signal: FollowedSignal, budget: Budget): Promise<SignalOutcome[]> {
    const { symbol, interval, closeTime } = signal;
    const openTime = openTimeOf(interval, closeTime);
    const store = this.#storeOf(symbol);
    // Nothing is known of the market yet, or a market's name is new here.
    if (store === undefined || store.symbols().length === 0) return pending();
    const over = Math.floor(candlesBetween(interval, openTime, openTimeOf(interval, store.marketTime))) - 1;
    const wanted = SIGNAL_HORIZONS.filter((horizon) => horizon <= over).at(-1) ?? 0;
    if (wanted === 0) return pending();
    const series = store.series(symbol, interval);
    const held = series === undefined ? undefined : inMemory(series, store.marketTime, openTime, wanted);
    if (held !== undefined && held.known >= wanted) return told(signal, held, over, false);
    const isInReach = series !== undefined && over <= store.capacity;
    if (isInReach) return told(signal, held, over, false);
    const range = { from: nextOpenTime(interval, openTime), to: addCandles(interval, openTime, wanted + 1) };
    const minutes = (range.to - range.from) / MINUTE_MS;
    if (minutes > budget.minutes && budget.minutes < MAX_PAST_MINUTES) return told(signal, held, over, false);
    budget.minutes -= minutes;
    const read = await this.#fromPast(symbol, interval, range, wanted, budget);
    return told(signal, held !== undefined && held.known > read.known ? held : read, over, true);
  }

  #storeOf(symbol: Symbol): MarketStore | undefined {
    return this.#markets.stores.find((store) => store.hasSymbol(symbol)) ?? this.#markets.of(marketOf(symbol));
  }

  /** The same candles rolled up from minutes. `range`: the open times of the first candle and of the one after the last. */
  async #fromPast(
    symbol: Symbol,
    interval: Interval,
    { from, to }: OpenTimeRange,
    candles: number,
    { onMinutes, signal }: Budget,
  ): Promise<CandlesAfter> {
    const range = { from, to: (to - MINUTE_MS) as UnixMs };
    const [first] = await this.#past.settled(symbol, range);
    const certainTo = first?.from === from ? first.to + MINUTE_MS : from;
    const known = Math.min(candles, Math.floor(candlesBetween(interval, from, openTimeOf(interval, certainTo))));
    const places = emptyPlaces(candles);
    if (known === 0) return { candles: places, known };
    const end = addCandles(interval, from, known);
    onMinutes?.((end - from) / MINUTE_MS);
    for await (const block of this.#past.read(symbol, { from, to: (end - MINUTE_MS) as UnixMs }, signal)) {
      addMinutes(places, interval, from, block);
    }
    if (signal?.aborted === true) throw signal.reason;
    return { candles: places, known };
  }
}

/** The candles after a signal's that are in memory, up to the first one that isn't certain. */
function inMemory(series: Series, marketTime: UnixMs, openTime: UnixMs, candles: number): CandlesAfter {
  const { interval, ring } = series;
  const from = nextOpenTime(interval, openTime);
  const [first] = settledCandles(series, marketTime, { from, to: addCandles(interval, openTime, candles) });
  const places = emptyPlaces(candles);
  if (first === undefined || first.from !== from) return { candles: places, known: 0 };
  const kline = emptyKline();
  for (let position = ring.position(from); position < ring.length; position += 1) {
    ring.read(position, kline);
    if (kline.openTime > first.to) break;
    put(places, candlesBetween(interval, openTime, kline.openTime), kline);
  }
  return { candles: places, known: candlesBetween(interval, openTime, first.to) };
}

/** Adds minutes to the candles that they are of. */
function addMinutes(places: CandlePlaces, interval: Interval, from: UnixMs, { length, columns }: PastBlock): void {
  for (let row = 0; row < length; row += 1) {
    const openTime = openTimeOf(interval, columns.openTime[row] as number);
    const place = candlesBetween(interval, from, openTime) + 1;
    put(places, place, {
      high: Math.max(places.high[place] || Number.NEGATIVE_INFINITY, columns.high[row] as number),
      low: Math.min(places.low[place] || Number.POSITIVE_INFINITY, columns.low[row] as number),
      close: columns.close[row] as number,
    });
  }
}

function put(
  { high, low, close }: CandlePlaces,
  place: number,
  candle: { readonly high: number; readonly low: number; readonly close: number },
): void {
  high[place] = candle.high;
  low[place] = candle.low;
  close[place] = candle.close;
}

/** Places for the signal's own candle and those after it. */
function emptyPlaces(candles: number): CandlePlaces {
  const empty = (): Float64Array => new Float64Array(candles + 1).fill(Number.NaN);
  return { high: empty(), low: empty(), close: empty() };
}

/** `over`: candles after the signal's that are over. `isAll`: nothing more can be had than these candles. */
function told(
  { price }: FollowedSignal,
  after: CandlesAfter | undefined,
  over: number,
  isAll: boolean,
): SignalOutcome[] {
  const { candles, known } = after ?? { candles: emptyPlaces(LONGEST), known: 0 };
  return outcomesOf(candles, { price, place: 0, known }, SIGNAL_HORIZONS, 0).map((outcome) => {
    if (outcome.horizon <= known) return { ...outcome, state: "known" };
    const isGivenUp = isAll && over >= outcome.horizon + GIVE_UP_CANDLES;
    return emptyOutcome(outcome.horizon, isGivenUp ? "unknown" : "pending");
  });
}

function pending(): SignalOutcome[] {
  return SIGNAL_HORIZONS.map((horizon) => emptyOutcome(horizon, "pending"));
}
