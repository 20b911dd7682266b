import * as v from "valibot";
import {
  INTERVALS,
  type Interval,
  isSymbolText,
  parseSymbol,
  type Symbol,
  type Wildcard,
  wildcardIn,
} from "../core/mod.ts";
import type { PreviewRequest, ScreenRequest } from "./answers.ts";
import { MAX_COOLDOWN_CANDLES } from "./cooldown.ts";
import { listOf } from "./foreign.ts";
import { momentInputSchema } from "./moment.ts";
import { wholeNumber } from "./whole-number.ts";

/** The longest code of a filter, in UTF-16 units. */
const MAX_CODE_LENGTH = 32_768;

/** The most symbols that one request may name. */
export const MAX_SYMBOLS = 5_000;

/** The most closes that a preview looks back over. */
const MAX_CLOSES = 500;

/** Misses that an answer lists at most, and unless a request says otherwise. */
const MAX_MISSES = 50;
export const USUAL_MISSES = 10;

const CODE = "expected the body of a filter, such as return ticker.priceChangePercent > 5;";

/** The code of a filter. */
export const codeSchema: v.GenericSchema<unknown, string> = v.pipe(
  v.string(CODE),
  v.nonEmpty(CODE),
  v.maxLength(MAX_CODE_LENGTH),
  v.description("the filter: the body of a function that returns true for a match; docs/filters.md describes it"),
);

const entriesOf = (served: readonly Interval[]) => ({
  code: codeSchema,
  timeframes: v.optional(
    v.pipe(
      listOf(
        intervalOf(served),
        INTERVALS.length,
        undefined,
        `expected a list of intervals, some of ${served.join(", ")}`,
      ),
      v.minLength(1, "expected the intervals that the filter reads, or no timeframes: then its code says which"),
      v.description("the intervals that the filter reads; those that its code names unless given"),
    ),
  ),
  symbols: v.optional(
    v.pipe(
      listOf(
        v.pipe(
          v.string(),
          v.check(
            (text) => wildcardIn(text) !== undefined || isSymbolText(text),
            "expected letters and digits such as BTCUSDT",
          ),
          v.transform((text): Symbol | Wildcard => wildcardIn(text) ?? parseSymbol(text)),
        ),
        MAX_SYMBOLS,
        undefined,
        'expected a list of symbols such as ["BTCUSDT"]',
      ),
      v.description("all of the server's first market unless given; BYBIT:* or *:* for those of others"),
    ),
  ),
  interval: v.optional(
    v.pipe(intervalOf(served), v.description("whose close it is; the shortest of the timeframes unless given")),
  ),
  closeTime: v.optional(
    v.pipe(momentInputSchema, v.description("the last millisecond of a candle; of the last one unless given")),
  ),
  facts: v.optional(v.pipe(v.boolean(), v.description("whether matches come with facts; true unless given"))),
});

/** All intervals pass: one that there is and that isn't served is answered as such. What is no interval learns which are served. */
const intervalOf = (served: readonly Interval[]) => v.picklist(INTERVALS, `expected one of ${served.join(", ")}`);

/** A request for a screen, read: its symbols are some. */
export interface ReadScreenRequest extends ScreenRequest {
  readonly symbols?: readonly (Symbol | Wildcard)[] | undefined;
}

/** A request for a preview, read. */
export interface ReadPreviewRequest extends PreviewRequest {
  readonly symbols?: readonly (Symbol | Wildcard)[] | undefined;
}

/** What `POST /misses` is asked. */
export interface MissesRequest extends Omit<ScreenRequest, "facts"> {
  /** So many misses at most, from 1 to 50; 10 unless given. */
  readonly limit?: number | undefined;
}

/** A request for misses, read. */
export interface ReadMissesRequest extends Omit<ReadScreenRequest, "facts"> {
  readonly limit?: number | undefined;
}

/** The body of `POST /screen` of a server with these intervals. */
export function screenRequestSchema(served: readonly Interval[]): v.GenericSchema<unknown, ReadScreenRequest> {
  return v.strictObject(entriesOf(served));
}

/** The body of `POST /preview` of a server with these intervals. */
export function previewRequestSchema(served: readonly Interval[]): v.GenericSchema<unknown, ReadPreviewRequest> {
  return v.strictObject({
    ...entriesOf(served),
    closes: v.pipe(wholeNumber(1, MAX_CLOSES), v.description("how many closes back")),
    cooldownCandles: v.optional(
      v.pipe(
        wholeNumber(0, MAX_COOLDOWN_CANDLES),
        v.description(
          "candles after a match for which the same symbol gives no other one, as with a trader; 0 unless given",
        ),
      ),
    ),
  });
}

/** The body of `POST /misses` of a server with these intervals. */
export function missesRequestSchema(served: readonly Interval[]): v.GenericSchema<unknown, ReadMissesRequest> {
  const { facts: _, ...entries } = entriesOf(served);
  return v.strictObject({
    ...entries,
    limit: v.optional(
      v.pipe(
        wholeNumber(1, MAX_MISSES),
        v.description(`so many misses at most, the narrowest; ${USUAL_MISSES} unless given`),
      ),
    ),
  });
}
