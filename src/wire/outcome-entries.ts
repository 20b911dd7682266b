import * as v from "valibot";
import { type AnswerSchema, count, figure } from "./answer-schemas.ts";

/** What became of the price within some candles after a signal, in percent; all null while that isn't known. */
export interface WireOutcome {
  readonly horizon: number;
  readonly returnPercent: number | null;
  readonly bestPercent: number | null;
  readonly bestAfter: number | null;
  readonly worstPercent: number | null;
  readonly worstAfter: number | null;
}

/** What many returns have in common; null where there are none. */
export interface WireReturns {
  readonly count: number;
  readonly hitRate: number | null;
  readonly meanPercent: number | null;
  readonly lowerQuartilePercent: number | null;
  readonly medianPercent: number | null;
  readonly upperQuartilePercent: number | null;
}

/** The outcomes of one horizon beside the baseline. */
export interface WireHorizon {
  readonly horizon: number;
  readonly signals: WireReturns & { readonly pending: number };
  readonly baseline: WireReturns;
  readonly edge: {
    readonly differencePercent: number | null;
    readonly lowPercent: number | null;
    readonly highPercent: number | null;
    readonly confidence: number;
    readonly days: number;
    readonly verdict: string;
    readonly says: string;
  };
}

/** A schema for each member of an answer. */
type EntriesOf<T> = { readonly [Name in keyof T]: AnswerSchema<T[Name]> };

const known = v.nullable(figure);

/** The members of {@link WireOutcome}. */
export const outcomeEntries: EntriesOf<WireOutcome> = {
  horizon: v.pipe(count, v.description("in candles after the signal's")),
  returnPercent: v.pipe(known, v.description("to the last close, less the fees; null while it isn't known")),
  bestPercent: v.pipe(known, v.description("to the highest high; null too where nothing was traded")),
  bestAfter: v.pipe(known, v.description("the candle of that high, from 1")),
  worstPercent: v.pipe(known, v.description("to the lowest low, likewise")),
  worstAfter: known,
};

/** The members of {@link WireReturns}. */
export const returnEntries: EntriesOf<WireReturns> = {
  count,
  hitRate: v.pipe(known, v.description("the share of returns above 0")),
  meanPercent: known,
  lowerQuartilePercent: known,
  medianPercent: known,
  upperQuartilePercent: known,
};

/** The members of {@link WireHorizon}. */
export const horizonEntries: EntriesOf<WireHorizon> = {
  horizon: count,
  signals: v.object({ ...returnEntries, pending: count }),
  baseline: v.pipe(
    v.object(returnEntries),
    v.description("all closes of all symbols at which the filter was asked, signals or not"),
  ),
  edge: v.object({
    differencePercent: v.pipe(known, v.description("the mean of the signals less that of the baseline")),
    lowPercent: v.pipe(known, v.description("the interval of the difference; null where too few days have signals")),
    highPercent: known,
    confidence: v.pipe(figure, v.description("of this interval, so that those of all horizons together have 99 %")),
    days: count,
    verdict: v.pipe(v.string(), v.description("edge seen, no edge seen, or worse than the baseline")),
    says: v.string(),
  }),
};
