import * as v from "valibot";
import {
  closeTimeOf,
  type Interval,
  InvalidInput,
  isOpenTime,
  type MarketId,
  type Symbol,
  type UnixMs,
} from "../../core/mod.ts";
import { type AnswerSchema, count, figure, momentSchema } from "../answer-schemas.ts";
import { listOf } from "../foreign.ts";
import { momentInputSchema } from "../moment.ts";
import { horizonEntries, type WireHorizon } from "../outcome-entries.ts";
import { market, symbols, triggerInterval } from "./members.ts";
import { SIGNAL_HORIZONS } from "./outcomes.ts";
import { MAX_FEES_PERCENT, type TraderPerformance } from "./performance.ts";

/** The most closes of a baseline, and stretches that they are told in. */
export const MAX_PERFORMANCE_CLOSES = 10_000;

/** The most signals that a server is sent to compare with a baseline. */
export const MAX_COMPARED_SIGNALS = 10_000;

/** What `POST /performance` takes. */
export interface ComparisonRequest {
  readonly market: MarketId;
  readonly interval: Interval;
  /** Null for all of the market. */
  readonly symbols: readonly string[] | null;
  /**
   * Stretches of closes of the interval without a gap, oldest first: the first and the last close of each, in Unix milliseconds, or ISO 8601
   * with a zone.
   */
  readonly closes: readonly (readonly [from: number | string, to: number | string])[];
  /** For each horizon the return in percent, without fees; null where it isn't known. */
  readonly signals: readonly { readonly closeTime: number | string; readonly returns: readonly (number | null)[] }[];
  readonly feesPercent: number;
}

/** A request for a comparison, read. */
export interface ReadComparisonRequest extends ComparisonRequest {
  readonly symbols: readonly Symbol[] | null;
  readonly closes: readonly (readonly [from: UnixMs, to: UnixMs])[];
  readonly signals: readonly { readonly closeTime: UnixMs; readonly returns: readonly (number | null)[] }[];
}

/** What `POST /performance` answers. */
export interface ComparisonAnswer extends Pick<TraderPerformance, "symbols" | "baselineFrom"> {
  readonly outcomes: readonly WireHorizon[];
}

/** The body of `POST /performance`. */
export const comparisonRequestSchema: v.GenericSchema<unknown, ReadComparisonRequest> = v.strictObject({
  market: v.pipe(market, v.description("the market of the symbols")),
  interval: v.pipe(triggerInterval, v.description("whose closes they are")),
  symbols: v.pipe(v.nullable(symbols), v.description("null for all of the market")),
  closes: v.pipe(
    listOf(
      v.strictTuple([momentInputSchema, momentInputSchema]),
      MAX_PERFORMANCE_CLOSES,
      `expected at most ${MAX_PERFORMANCE_CLOSES} stretches`,
    ),
    v.minLength(1, "expected a stretch of closes at least"),
    v.description("stretches of closes without a gap, oldest first: the first and the last close of each"),
  ),
  signals: v.pipe(
    listOf(
      v.strictObject({
        closeTime: v.pipe(momentInputSchema, v.description("of the candle whose close the signal was")),
        returns: v.pipe(
          v.array(v.nullable(figure)),
          v.length(SIGNAL_HORIZONS.length, `expected a return for each of ${SIGNAL_HORIZONS.join(", ")} candles`),
          v.description("in percent, after 1, 4, 16 and 96 candles; null where it isn't known"),
        ),
      }),
      MAX_COMPARED_SIGNALS,
      `expected at most ${MAX_COMPARED_SIGNALS} signals`,
    ),
    v.description("the signals, each with its returns"),
  ),
  feesPercent: v.pipe(
    v.number(),
    v.minValue(0),
    v.maxValue(MAX_FEES_PERCENT),
    v.description("what buying and selling cost together, in percent: subtracted from each return"),
  ),
});

/**
 * Closes, oldest first, as stretches without a gap.
 *
 * @example
 * stretchesOf("1m", [59_999, 119_999, 239_999]); // [[59999, 119999], [239999, 239999]]
 */
export function stretchesOf(interval: Interval, closes: readonly UnixMs[]): [UnixMs, UnixMs][] {
  const stretches: [UnixMs, UnixMs][] = [];
  for (const close of closes) {
    const last = stretches.at(-1);
    if (last !== undefined && closeTimeOf(interval, last[1] + 1) === close) last[1] = close;
    else stretches.push([close, close]);
  }
  return stretches;
}

/** The closes of stretches. Throws {@link InvalidInput} where they aren't closes of the interval, oldest first, or too many. */
export function closesIn({ interval, closes }: Pick<ReadComparisonRequest, "interval" | "closes">): UnixMs[] {
  const all: UnixMs[] = [];
  for (const [from, to] of closes) {
    const isClose = isOpenTime(interval, from + 1) && isOpenTime(interval, to + 1);
    if (!isClose || to < from || from <= (all.at(-1) ?? -1)) {
      throw new InvalidInput(`closes: expected closes of ${interval}, oldest first: the last milliseconds of candles`);
    }
    for (let close = from; close <= to; close = closeTimeOf(interval, close + 1)) {
      if (all.length === MAX_PERFORMANCE_CLOSES)
        throw new InvalidInput(`closes: expected at most ${MAX_PERFORMANCE_CLOSES} closes`);
      all.push(close);
    }
  }
  return all;
}

/** `POST /performance`. */
export const comparisonSchema: AnswerSchema<ComparisonAnswer> = v.object({
  outcomes: v.array(v.object(horizonEntries)),
  symbols: v.pipe(count, v.description("symbols of the baseline")),
  baselineFrom: v.pipe(v.nullable(momentSchema), v.description("the first of the closes that the baseline covers")),
});
