import * as v from "valibot";
import { INTERVALS, type Interval, isSymbolText, type Kline, parseSymbol, type Symbol } from "../core/mod.ts";
import { type AnswerSchema, klineSchema } from "./answer-schemas.ts";
import { listOf } from "./foreign.ts";
import { klineOf } from "./kline.ts";

/** The most klines in one request: they fit in the largest body that a route takes, 64 KiB, however many digits they have. */
export const MAX_IMPORTED_KLINES = 150;

/** What `POST /import` takes: closed klines of one series, oldest first, without a hole. */
export interface ImportedKlines {
  readonly symbol: Symbol;
  readonly interval: Interval;
  /** A figure that is null in the request is NaN here. */
  readonly klines: readonly Kline[];
}

/** The check of {@link ImportedKlines}. */
export const importedKlinesSchema: AnswerSchema<ImportedKlines> = v.strictObject({
  symbol: v.pipe(
    v.string(),
    v.check(isSymbolText, "expected a symbol such as BTCUSDT"),
    v.transform((text) => parseSymbol(text)),
    v.description("whose klines they are"),
  ),
  interval: v.pipe(v.picklist(INTERVALS, "expected an interval such as 1m"), v.description("their interval")),
  klines: v.pipe(
    listOf(klineSchema, MAX_IMPORTED_KLINES, `expected at most ${MAX_IMPORTED_KLINES} klines`),
    v.minLength(1, "expected at least one kline"),
    v.transform((klines) => klines.map(klineOf)),
    v.description("closed klines without a hole, oldest first"),
  ),
});

/** What `POST /import` answers. */
export interface ImportAnswer {
  /** Klines that weren't there before. */
  readonly added: number;
  /** Klines that weren't taken, and how many for which reason. */
  readonly refused: number;
  readonly reasons: Readonly<Record<string, number>>;
  /** The first of them: its place in the request, and why. */
  readonly firstRefused: { readonly index: number; readonly openTime: number; readonly reason: string } | null;
}

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** The check of {@link ImportAnswer}. */
export const importAnswerSchema: AnswerSchema<ImportAnswer> = v.object({
  added: v.pipe(count, v.description("klines that weren't there before")),
  refused: v.pipe(count, v.description("klines that weren't taken")),
  reasons: v.pipe(v.record(v.string(), count), v.description("how many were refused for which reason")),
  firstRefused: v.pipe(
    v.nullable(v.object({ index: count, openTime: v.number(), reason: v.string() })),
    v.description("the first of them, by its place in the request"),
  ),
});
