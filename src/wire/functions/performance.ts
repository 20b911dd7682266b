import * as v from "valibot";
import { BARE_MARKET, type Interval, MARKET_IDS, type MarketId, type UnixMs } from "../../core/mod.ts";
import { type AnswerSchema, count, figure, interval, momentSchema } from "../answer-schemas.ts";
import { horizonEntries, returnEntries, type WireHorizon } from "../outcome-entries.ts";
import { read, textsOf, type URLSearchParamsLike } from "./members.ts";

/** The highest fees, in percent. */
export const MAX_FEES_PERCENT = 10;

/** The outcomes of live signals within one horizon, beside the baseline. */
export interface PerformanceHorizon extends WireHorizon {
  /** `unknown`: signals whose outcome never will be known. */
  readonly signals: WireHorizon["signals"] & { readonly unknown: number };
}

/** `GET traders/{id}/performance`: what became of the signals of one version of a trader. */
export interface TraderPerformance {
  readonly traderId: string;
  readonly version: number;
  readonly market: MarketId;
  readonly interval: Interval;
  /** The symbols that the version watches; all of its market's are "all". */
  readonly universe: "all" | readonly string[];
  /** The first and the last close whose signals are counted; null where there is none. */
  readonly from: UnixMs | null;
  readonly to: UnixMs | null;
  /** Closes that the version ran at, from `from` to `to`. */
  readonly closes: number;
  /** Signals of these closes. */
  readonly signals: number;
  /** Symbols of the baseline, and the first close that it covers; null where the server has no candles for one. */
  readonly symbols: number;
  readonly baselineFrom: UnixMs | null;
  readonly horizons: readonly number[];
  readonly feesPercent: number;
  readonly outcomes: readonly PerformanceHorizon[];
  /** In sentences: what isn't counted, and why. */
  readonly notes: readonly string[];
}

/** Which version is asked for. */
export interface PerformanceQuery {
  /** The trader's present one unless given. */
  readonly version: number | undefined;
  /** What buying and selling cost together, in percent. */
  readonly feesPercent: number;
}

/** Reads the query of `GET traders/{id}/performance`. Throws InvalidInput. */
export function readPerformanceQuery(query: URLSearchParamsLike): PerformanceQuery {
  const schema = v.strictObject({
    version: v.optional(
      v.pipe(v.string(), v.regex(/^[1-9]\d{0,8}$/, "expected a version, a whole number from 1"), v.transform(Number)),
    ),
    feesPercent: v.optional(
      v.pipe(
        v.string(),
        v.regex(/^\d{1,2}(\.\d{1,6})?$/, `expected 0 to ${MAX_FEES_PERCENT}, such as 0.2`),
        v.transform(Number),
        v.maxValue(MAX_FEES_PERCENT, `expected 0 to ${MAX_FEES_PERCENT}, such as 0.2`),
      ),
      "0",
    ),
  });
  const { version, feesPercent } = read(schema, textsOf(query));
  return { version, feesPercent };
}

const horizonSchema: AnswerSchema<PerformanceHorizon> = v.object({
  ...horizonEntries,
  signals: v.object({
    ...returnEntries,
    pending: v.pipe(count, v.description("signals whose candles are still to come")),
    unknown: v.pipe(count, v.description("signals whose outcome never will be known")),
  }),
});

/** `GET traders/{id}/performance`. */
export const performanceSchema: AnswerSchema<TraderPerformance> = v.object({
  traderId: v.string(),
  version: count,
  market: v.optional(v.picklist(MARKET_IDS), BARE_MARKET),
  interval,
  universe: v.union([v.literal("all"), v.array(v.string())]) as v.GenericSchema<TraderPerformance["universe"]>,
  from: v.pipe(v.nullable(momentSchema), v.description("the first close whose signals are counted")),
  to: v.pipe(v.nullable(momentSchema), v.description("the last close whose signals are counted")),
  closes: v.pipe(count, v.description("closes that the version ran at")),
  signals: count,
  symbols: v.pipe(count, v.description("symbols of the baseline")),
  baselineFrom: v.pipe(v.nullable(momentSchema), v.description("the first close that the baseline covers")),
  horizons: v.array(count),
  feesPercent: figure,
  outcomes: v.array(horizonSchema),
  notes: v.array(v.string()),
});
