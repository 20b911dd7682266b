import * as v from "valibot";
import type { Interval, Symbol } from "../../core/mod.ts";
import type { WireKline, WireTicker } from "../kline.ts";
import { limit, read, symbol } from "./members.ts";
import type { ReadFrom } from "./read-from.ts";

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

/** Reads a request of get-klines. Throws {@link InvalidInput}. */
export function readKlinesRequest(value: unknown): KlinesRequest {
  const timeframe = v.picklist(TIMEFRAMES, `expected one of ${TIMEFRAMES.join(", ")}`);
  const readFor = v.optional(
    v.pipe(v.string(), v.regex(/^.{1,128}$/, "expected the id of a trader or user, at most 128 characters")),
  );
  const schema = v.object({ symbol, timeframe, limit: limit(DEFAULT_KLINES, MAX_KLINES), readFor });
  return { readFor: undefined, ...read(schema, value) };
}
