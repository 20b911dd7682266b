import * as v from "valibot";
import { INTERVALS, type Interval, type Symbol, type UnixMs } from "../core/mod.ts";
import { type AnswerSchema, count, figure, interval, momentSchema } from "./answer-schemas.ts";
import { listOf } from "./foreign.ts";
import { symbol, traderId } from "./functions/members.ts";
import { momentInputSchema } from "./moment.ts";
import { codeSchema } from "./screen-requests.ts";
import { wholeNumber } from "./whole-number.ts";

/** As large as a version may be asked for. */
const MAX_VERSION = 999_999_999;

/** The body of `POST /explain`, read. One of code and trader is there. */
export interface ReadExplainRequest {
  readonly code?: string | undefined;
  readonly traderId?: string | undefined;
  readonly traderVersion?: number | undefined;
  readonly symbol: Symbol;
  readonly closeTime?: UnixMs | undefined;
  readonly interval?: Interval | undefined;
  readonly timeframes?: readonly Interval[] | undefined;
}

/** What `POST /explain` takes: either `code` or `traderId`, and the symbol. */
export interface ExplainRequest {
  /** The body of a filter. */
  readonly code?: string | undefined;
  /** A trader of the caller's: its filter, intervals and cooldown. Needs the scope `trade`, too. */
  readonly traderId?: string | undefined;
  /**
   * The version of the trader that gave the signal at `closeTime`; the present one unless given. Then `closeTime` may lie within a candle: the last
   * close of the version's interval before it is explained.
   */
  readonly traderVersion?: number | undefined;
  readonly symbol: string;
  /** The last millisecond of a candle: Unix milliseconds, or ISO 8601 with a time zone. The newest close unless given. */
  readonly closeTime?: number | string | undefined;
  /** Whose close it is; the shortest of the timeframes unless given. */
  readonly interval?: Interval | undefined;
  /** The intervals that the filter reads; those that its code names unless given. */
  readonly timeframes?: readonly Interval[] | undefined;
}

/** The body of `POST /explain` of a server with these intervals. */
export function explainRequestSchema(served: readonly Interval[]): v.GenericSchema<unknown, ReadExplainRequest> {
  const intervalAsked = v.picklist(INTERVALS, `expected one of ${served.join(", ")}`);
  return v.pipe(
    v.strictObject({
      code: v.optional(v.pipe(codeSchema, v.description("the body of a filter; either this or traderId"))),
      traderId: v.optional(
        v.pipe(traderId, v.description("a trader of the caller's, in place of code; needs the scope trade, too")),
      ),
      traderVersion: v.optional(
        v.pipe(
          wholeNumber(1, MAX_VERSION),
          v.description("the version of the trader that gave a signal; the present one unless given"),
        ),
      ),
      symbol: v.pipe(symbol, v.description("the symbol that the filter is explained for")),
      closeTime: v.optional(
        v.pipe(momentInputSchema, v.description("the last millisecond of a candle; of the last one unless given")),
      ),
      interval: v.optional(
        v.pipe(intervalAsked, v.description("whose close it is; the shortest of the timeframes unless given")),
      ),
      timeframes: v.optional(
        v.pipe(
          listOf(intervalAsked, INTERVALS.length),
          v.minLength(1, "expected the intervals that the filter reads, or no timeframes: then its code says which"),
          v.description("the intervals that the filter reads; those that its code names unless given"),
        ),
      ),
    }),
    v.check(
      ({ code, traderId }) => (code === undefined) !== (traderId === undefined),
      "expected either code or traderId",
    ),
    v.check(
      ({ traderId, interval, timeframes }) =>
        traderId === undefined || (interval === undefined && timeframes === undefined),
      "a trader has its own interval and timeframes: expected traderId without them",
    ),
    v.check(
      ({ traderId, traderVersion }) => traderId !== undefined || traderVersion === undefined,
      "a version is a trader's: expected traderVersion with traderId only",
    ),
  );
}

/** A value that a condition hangs on. */
export interface WireSeenValue {
  readonly text: string;
  readonly value: string | number | boolean | null;
  readonly is?: string | undefined;
}

/** A condition of a filter, and what it came to. */
export interface WireCondition {
  readonly text: string;
  readonly line: number;
  readonly column: number;
  readonly verdict: boolean | null;
  readonly values: readonly WireSeenValue[];
  readonly times: number;
  readonly distance?: number | undefined;
  readonly share?: number | undefined;
}

/** `POST /explain`. */
export interface ExplainAnswer {
  readonly symbol: string;
  readonly interval: Interval;
  readonly closeTime: UnixMs;
  readonly match: boolean | null;
  readonly facts: Readonly<Record<string, unknown>> | null;
  readonly conditions: readonly WireCondition[];
  readonly windows: readonly {
    readonly interval: Interval;
    readonly klines: number;
    readonly from: UnixMs | null;
    readonly to: UnixMs | null;
    readonly settled: boolean;
  }[];
  readonly missing: readonly {
    readonly reason: string;
    readonly interval?: Interval | undefined;
    readonly wanted?: number | undefined;
  }[];
  readonly error: {
    readonly message: string;
    readonly line?: number | undefined;
    readonly column?: number | undefined;
  } | null;
  readonly trader?: { readonly id: string; readonly version: number; readonly cooldownCandles: number } | undefined;
  readonly cooling?: { readonly since: UnixMs; readonly until: UnixMs } | undefined;
  readonly engine: string;
  readonly why: string;
  readonly notes: readonly string[];
}

/** A condition of an explanation. */
export function conditionSchema(): v.GenericSchema<unknown, WireCondition> {
  return v.object({
    text: v.pipe(v.string(), v.description("as it stands in the code")),
    line: count,
    column: count,
    verdict: v.pipe(v.nullable(v.boolean()), v.description("null where the filter didn't get to it")),
    values: v.array(
      v.object({
        text: v.string(),
        value: v.nullable(v.union([v.string(), v.boolean(), figure])),
        is: v.pipe(
          v.optional(v.string()),
          v.description("what a value is that JSON doesn't have, such as NaN or undefined"),
        ),
      }),
    ),
    times: v.pipe(count, v.description("how often it was evaluated; verdict and values are the last ones")),
    distance: v.pipe(
      v.optional(figure),
      v.description("of a comparison of two numbers: the left one minus the right one"),
    ),
    share: v.pipe(
      v.optional(figure),
      v.description("the distance's size as a share of the side that is farther from 0: 0.04 is 4 %"),
    ),
  });
}

/** `POST /explain`. A function, so that pages without explanations don't carry it. */
export function explainSchema(): AnswerSchema<ExplainAnswer> {
  return v.object({
    symbol: v.string(),
    interval,
    closeTime: momentSchema,
    match: v.pipe(v.nullable(v.boolean()), v.description("null where the symbol was skipped or the filter failed")),
    facts: v.pipe(v.nullable(v.record(v.string(), v.unknown())), v.description("what the filter says of a match")),
    conditions: v.pipe(
      v.array(conditionSchema()),
      v.description("in the order of the code, a condition before its parts; empty where notes say why"),
    ),
    windows: v.pipe(
      v.array(
        v.object({
          interval,
          klines: count,
          from: v.pipe(v.nullable(momentSchema), v.description("open time of the first kline")),
          to: v.pipe(v.nullable(momentSchema), v.description("close time of the last kline")),
          settled: v.pipe(v.boolean(), v.description("whether nothing in it may still change")),
        }),
      ),
      v.description("the closed klines that the filter saw"),
    ),
    missing: v.pipe(
      v.array(v.object({ reason: v.string(), interval: v.optional(interval), wanted: v.optional(count) })),
      v.description("why the symbol is skipped, as a screen says it"),
    ),
    error: v.pipe(
      v.nullable(v.object({ message: v.string(), line: v.optional(count), column: v.optional(count) })),
      v.description("how the filter failed"),
    ),
    trader: v.optional(v.object({ id: v.string(), version: count, cooldownCandles: count })),
    cooling: v.pipe(
      v.optional(v.object({ since: momentSchema, until: momentSchema })),
      v.description(
        "an earlier signal whose cooldown keeps a match from being one: its close, and the last close within",
      ),
    ),
    engine: v.string(),
    why: v.pipe(v.string(), v.description("why this engine took the filter")),
    notes: v.pipe(v.array(v.string()), v.description("in sentences: what isn't exact, and what is left out")),
  });
}
