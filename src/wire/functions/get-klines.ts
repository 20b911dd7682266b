import * as v from "valibot";
import type { Interval, Symbol } from "../../core/mod.ts";
import { type AnswerSchema, count, figure, interval, klineSchema, tickerSchema } from "../answer-schemas.ts";
import type { WireKline, WireTicker } from "../kline.ts";
import { limit, read, symbol } from "./members.ts";
import { type ReadFrom, readFromSchema } from "./read-from.ts";

/** The intervals that get-klines knows. */
const TIMEFRAMES = ["1m", "3m", "5m", "15m", "30m", "1h", "4h", "1d"] as const;

/** The most klines that get-klines gives, and what it gives unasked. */
const MAX_KLINES = 500;
const DEFAULT_KLINES = 100;

/** A request of get-klines. */
export interface KlinesRequest {
  readonly symbol: Symbol;
  readonly timeframe: Interval;
  readonly limit: number;
  /** The id of a trader or user whose source answers; only with the service key. The caller when left out. */
  readonly readFor: string | undefined;
}

/** What get-klines answers. `cached`: from memory, as everything here. `latency` in milliseconds. */
export interface GetKlinesAnswer {
  readonly klines: readonly WireKline[];
  readonly ticker: WireTicker | null;
  readonly symbol: string;
  readonly timeframe: Interval;
  readonly count: number;
  readonly cached: boolean;
  readonly latency: number;
  readonly readFrom: ReadFrom;
  /** As in the request. */
  readonly readFor?: string | undefined;
}

/** The body of `POST get-klines`. */
export const klinesRequestSchema: v.GenericSchema<
  unknown,
  Omit<KlinesRequest, "readFor"> & { readFor?: string | undefined }
> = v.object({
  symbol: v.pipe(symbol, v.description("a symbol of any market of the server")),
  timeframe: v.pipe(
    v.picklist(TIMEFRAMES, `expected one of ${TIMEFRAMES.join(", ")}`),
    v.description("the interval of the klines"),
  ),
  limit: v.pipe(limit(DEFAULT_KLINES, MAX_KLINES), v.description("how many klines, the newest")),
  readFor: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^.{1,128}$/, "expected the id of a trader or user, at most 128 characters"),
      v.description("during a migration, with the service key only: the trader or user whose source answers"),
    ),
  ),
});

/** Reads a request of get-klines. Throws {@link InvalidInput}. */
export function readKlinesRequest(value: unknown): KlinesRequest {
  return { readFor: undefined, ...read(klinesRequestSchema, value) };
}

/** What get-klines answers, as the contract shows it. A function, so that pages don't carry it. */
export function klinesAnswerSchema(): AnswerSchema<GetKlinesAnswer> {
  return v.object({
    klines: v.array(klineSchema),
    ticker: v.nullable(tickerSchema),
    symbol: v.string(),
    timeframe: interval,
    count,
    cached: v.pipe(v.boolean(), v.description("whether the klines are from memory")),
    latency: v.pipe(figure, v.description("how long it took, in milliseconds")),
    readFrom: readFromSchema,
    readFor: v.exactOptional(v.pipe(v.string(), v.description("as in the request"))),
  });
}
