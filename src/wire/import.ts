import * as v from "valibot";
import { INTERVALS, type Interval, isSymbolText, type Kline, parseSymbol, type Symbol } from "../core/mod.ts";
import { type AnswerSchema, klineSchema } from "./answer-schemas.ts";

/** The most klines in one request: they fit in the largest body that a route takes, 64 KiB, however many digits they have. */
export const MAX_IMPORTED_KLINES = 150;

/** What `POST /import` takes: closed klines of one series, oldest first, without a hole. */
export interface ImportedKlines {
  readonly symbol: Symbol;
  readonly interval: Interval;
  readonly klines: readonly Kline[];
}

/** The check of {@link ImportedKlines}. */
export const importedKlinesSchema: AnswerSchema<ImportedKlines> = v.strictObject({
  symbol: v.pipe(
    v.string(),
    v.check(isSymbolText, "expected a symbol such as BTCUSDT"),
    v.transform((text) => parseSymbol(text)),
  ),
  interval: v.picklist(INTERVALS, "expected an interval such as 1m"),
  klines: v.pipe(
    v.array(klineSchema),
    v.minLength(1, "expected at least one kline"),
    v.maxLength(MAX_IMPORTED_KLINES, `expected at most ${MAX_IMPORTED_KLINES} klines`),
  ),
});
