import * as v from "valibot";
import {
  INTERVALS,
  type Interval,
  isSymbolText,
  MARKET_IDS,
  type MarketId,
  parseSymbol,
  type Symbol,
  type UnixMs,
} from "../core/mod.ts";
import { type AnswerSchema, count, figure, interval, momentSchema, symbol } from "./answer-schemas.ts";
import { MAX_COOLDOWN_CANDLES } from "./cooldown.ts";
import { listOf } from "./foreign.ts";
import { momentInputSchema } from "./moment.ts";
import { horizonEntries, outcomeEntries, type WireHorizon, type WireOutcome } from "./outcome-entries.ts";
import { codeSchema, MAX_SYMBOLS } from "./screen-requests.ts";
import { wholeNumber } from "./whole-number.ts";

/** The content type of an answer of JSON lines. */
export const NDJSON_TYPE = "application/x-ndjson";

/** The longest horizon, in candles, and the most horizons at a time. */
const MAX_HORIZON = 1_000;
const MAX_HORIZONS = 8;

/** The most symbols of a universe by volume, and the most days that their volume is added up over. */
const MAX_TOP = 5_000;
const MAX_TOP_DAYS = 365;

/** The highest fees, in percent. */
const MAX_FEES_PERCENT = 10;

/** Which symbols a backtest asks about. */
export type BacktestUniverseAsked = "all" | readonly Symbol[] | { readonly top: number; readonly days: number };

/** The body of `POST /backtest`, read. */
export interface ReadBacktestRequest {
  readonly code: string;
  readonly market?: MarketId | undefined;
  readonly interval?: Interval | undefined;
  readonly timeframes?: readonly Interval[] | undefined;
  readonly from: UnixMs;
  readonly to?: UnixMs | undefined;
  readonly universe: BacktestUniverseAsked;
  readonly horizons: readonly number[];
  readonly cooldownCandles: number;
  readonly facts: boolean;
  readonly feesPercent: number;
}

/** What `POST /backtest` takes. All but the code and the beginning may be left out. */
export interface BacktestRequest {
  /** The body of a filter. */
  readonly code: string;
  /** The server's first market unless given. */
  readonly market?: MarketId | undefined;
  /** Whose closes they are; the shortest of the timeframes unless given. */
  readonly interval?: Interval | undefined;
  /** The intervals that the filter reads; those that its code names unless given. */
  readonly timeframes?: readonly Interval[] | undefined;
  /** Closes from this moment on, up to `to`: Unix milliseconds, or ISO 8601 with a time zone. To the newest unless given. */
  readonly from: number | string;
  readonly to?: number | string | undefined;
  /** All symbols of the history unless given; `{top, days}`: those with the most quote volume in the days before each close's day. */
  readonly universe?: "all" | readonly string[] | { readonly top: number; readonly days: number } | undefined;
  /** Candles after a signal, up to 8 numbers from 1 to 1,000; 1, 4, 16 and 96 unless given. */
  readonly horizons?: readonly number[] | undefined;
  /** Candles after a signal without another one of the same symbol, 0 to 1,000; 0 unless given. */
  readonly cooldownCandles?: number | undefined;
  /** Whether signals come with facts; they do unless it is false. */
  readonly facts?: boolean | undefined;
  /** What buying and selling cost together, in percent, 0 to 10; 0 unless given. */
  readonly feesPercent?: number | undefined;
}

/** The body of `POST /backtest`. A function, so that pages don't carry it. */
export function backtestRequestSchema(): v.GenericSchema<unknown, ReadBacktestRequest> {
  const intervalSchema = v.picklist(INTERVALS, `expected one of ${INTERVALS.slice(1).join(", ")}`);
  return v.strictObject({
    code: codeSchema,
    market: v.optional(v.pipe(v.picklist(MARKET_IDS), v.description("the server's first market unless given"))),
    interval: v.optional(
      v.pipe(intervalSchema, v.description("whose closes they are; the shortest of the timeframes unless given")),
    ),
    timeframes: v.optional(
      v.pipe(
        listOf(intervalSchema, INTERVALS.length),
        v.minLength(1, "expected the intervals that the filter reads, or no timeframes: then its code says which"),
        v.description("the intervals that the filter reads; those that its code names unless given"),
      ),
    ),
    from: v.pipe(momentInputSchema, v.description("closes from this moment on")),
    to: v.optional(v.pipe(momentInputSchema, v.description("closes up to this moment; to the newest unless given"))),
    universe: v.optional(
      v.pipe(
        universeSchema(),
        v.description("the symbols: all that the history has, also delisted ones, unless given"),
      ),
      "all",
    ),
    horizons: v.optional(
      v.pipe(
        horizonsSchema(),
        v.description("candles after a signal within which its outcome is told; 1, 4, 16, 96 unless given"),
      ),
      [1, 4, 16, 96],
    ),
    cooldownCandles: v.optional(
      v.pipe(
        wholeNumber(0, MAX_COOLDOWN_CANDLES),
        v.description("candles after a signal for which the same symbol gives no other one; 0 unless given"),
      ),
      0,
    ),
    facts: v.optional(v.pipe(v.boolean(), v.description("whether signals come with facts; true unless given")), true),
    feesPercent: v.optional(
      v.pipe(
        v.number(),
        v.minValue(0, `expected 0 to ${MAX_FEES_PERCENT}`),
        v.maxValue(MAX_FEES_PERCENT, `expected 0 to ${MAX_FEES_PERCENT}`),
        v.description("what buying and selling cost together, in percent: subtracted from each return; 0 unless given"),
      ),
      0,
    ),
  });
}

function universeSchema(): v.GenericSchema<unknown, BacktestUniverseAsked> {
  const symbolSchema = v.pipe(
    v.string(),
    v.check(isSymbolText, "expected letters and digits such as BTCUSDT"),
    v.transform((text): Symbol => parseSymbol(text)),
  );
  return v.union(
    [
      v.literal("all"),
      v.pipe(listOf(symbolSchema, MAX_SYMBOLS), v.minLength(1)),
      v.strictObject({
        top: v.pipe(wholeNumber(1, MAX_TOP), v.description("so many symbols, those with the most quote volume")),
        days: v.pipe(wholeNumber(1, MAX_TOP_DAYS), v.description("in so many days before each close's day")),
      }),
    ],
    'expected "all", a list of symbols such as ["BTCUSDT"], or {"top": 50, "days": 30}: the 50 with the most quote volume in the 30 days before each close\'s day',
  );
}

function horizonsSchema(): v.GenericSchema<unknown, readonly number[]> {
  return v.pipe(
    listOf(wholeNumber(1, MAX_HORIZON), MAX_HORIZONS, `expected ${MAX_HORIZONS} horizons at most`),
    v.minLength(1, "expected a horizon at least, in candles"),
    v.transform((horizons): number[] => [...new Set(horizons)].sort((one, other) => one - other)),
  );
}

/** A signal that a trader with the filter would have given. */
export interface WireBacktestSignal {
  readonly symbol: Symbol;
  readonly closeTime: UnixMs;
  readonly price: number;
  readonly facts?: Readonly<Record<string, unknown>> | undefined;
  readonly outcomes: readonly WireOutcome[];
}

/** What a backtest found. */
export interface WireBacktestResult {
  readonly market: string;
  readonly interval: Interval;
  readonly timeframes: readonly Interval[];
  readonly from: UnixMs;
  readonly to: UnixMs;
  readonly closes: number;
  readonly universe: "all" | readonly string[] | { readonly top: number; readonly days: number };
  readonly symbols: number;
  readonly horizons: readonly number[];
  readonly cooldownCandles: number;
  readonly windows: Readonly<Record<string, number>>;
  readonly checked: number;
  readonly skipped: Readonly<Record<"candles" | "older" | "ticker" | "young", number>>;
  readonly errors: number;
  readonly firstErrors: readonly { readonly closeTime: UnixMs; readonly symbol: string; readonly message: string }[];
  readonly matches: number;
  readonly signals: number;
  readonly cooling: number;
  readonly feesPercent: number;
  readonly outcomes: readonly WireHorizon[];
  readonly engine: string;
  readonly why: string;
  readonly exact: boolean;
  readonly notes: readonly string[];
}

const outcomeSchema: AnswerSchema<WireOutcome> = v.object(outcomeEntries);

/** A signal among the lines of `POST /backtest`. */
export const backtestSignalSchema: AnswerSchema<WireBacktestSignal> = v.object({
  symbol,
  closeTime: momentSchema,
  price: v.pipe(figure, v.description("the close of the signal's candle")),
  facts: v.optional(v.record(v.string(), v.unknown())),
  outcomes: v.array(outcomeSchema),
});

const horizonSchema: AnswerSchema<WireHorizon> = v.object(horizonEntries);

/** The result among the lines of `POST /backtest`. */
export const backtestResultSchema: AnswerSchema<WireBacktestResult> = v.object({
  market: v.string(),
  interval,
  timeframes: v.array(interval),
  from: v.pipe(momentSchema, v.description("the first close")),
  to: v.pipe(momentSchema, v.description("the last close")),
  closes: count,
  universe: v.union([v.literal("all"), v.array(v.string()), v.object({ top: count, days: count })]) as v.GenericSchema<
    WireBacktestResult["universe"]
  >,
  symbols: count,
  horizons: v.array(count),
  cooldownCandles: count,
  windows: v.pipe(v.record(v.string(), count), v.description("klines of each interval that the filter saw at most")),
  checked: v.pipe(count, v.description("symbols × closes at which the filter was asked")),
  skipped: v.pipe(
    v.object({ candles: count, older: count, ticker: count, young: count }),
    v.description(
      "those at which it wasn't: a candle isn't there or not certain, older klines are missing, its ticker can't be computed, the symbol was too young for an indicator",
    ),
  ),
  errors: count,
  firstErrors: v.array(v.object({ closeTime: momentSchema, symbol: v.string(), message: v.string() })),
  matches: count,
  signals: count,
  cooling: v.pipe(count, v.description("matches that the cooldown leaves out")),
  feesPercent: figure,
  outcomes: v.array(horizonSchema),
  engine: v.string(),
  why: v.string(),
  exact: v.pipe(v.boolean(), v.description("whether each close shows what a live run saw; if not, notes say why")),
  notes: v.array(v.string()),
});

/** One line of the answer to `POST /backtest`: has one of these members. */
export interface BacktestLine {
  readonly progress?: { readonly minutes: number; readonly of: number } | undefined;
  readonly signal?: WireBacktestSignal | undefined;
  readonly result?: WireBacktestResult | undefined;
  readonly problem?: { readonly code: string; readonly detail: string } | undefined;
}

/** One line of the answer to `POST /backtest`. */
export const backtestLineSchema: AnswerSchema<BacktestLine> = v.pipe(
  v.object({
    progress: v.optional(v.object({ minutes: count, of: count })),
    signal: v.optional(backtestSignalSchema),
    result: v.optional(backtestResultSchema),
    problem: v.optional(v.object({ code: v.string(), detail: v.string() })),
  }),
  v.description("one line; each has one of the members. The last one has the result, or the problem that ended it"),
);
