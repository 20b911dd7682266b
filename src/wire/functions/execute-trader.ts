import * as v from "valibot";
import { INTERVALS, type Interval, MARKET_IDS, type MarketId, type Symbol, type UnixMs } from "../../core/mod.ts";
import { type AnswerSchema, count, momentSchema } from "../answer-schemas.ts";
import { momentInputSchema } from "../moment.ts";
import { interval, market, read, symbols, traderId } from "./members.ts";
import { type ReadFrom, readFromSchema } from "./read-from.ts";

/** A request of execute-trader. */
export interface ExecuteRequest {
  readonly traderId: string;
  /** The trader's own; any other is refused. */
  readonly market: MarketId | undefined;
  readonly symbols: readonly Symbol[] | undefined;
  readonly interval: Interval | undefined;
  readonly closeTime: UnixMs | undefined;
}

/** What execute-trader answers. `signals`: how many of the matches this run stored. */
export interface ExecuteTraderAnswer {
  readonly traderId: string;
  readonly market: MarketId;
  readonly interval: Interval;
  readonly closeTime: UnixMs;
  readonly matches: readonly string[];
  readonly signals: number;
  readonly symbolsChecked: number;
  /** Symbols that weren't checked at this close. `final`: running it again won't help, else their candles may still come. */
  readonly skipped: readonly { readonly symbol: string; readonly reason: string; readonly final: boolean }[];
  readonly errors: readonly { readonly symbol: string; readonly message: string }[];
  readonly executedAt: UnixMs;
  readonly executionTimeMs: number;
  /** Which market that is: binance, recorded or simulated; a source that can't know gives its own name. */
  readonly source: string;
  readonly readFrom: ReadFrom;
}

const request = v.object({
  traderId: v.pipe(traderId, v.description("the trader that runs")),
  market: v.optional(v.pipe(market, v.description("the trader's own market; any other is refused"))),
  symbols: v.optional(v.pipe(symbols, v.description("some of the trader's symbols; all of them unless given"))),
  interval: v.optional(
    v.pipe(interval, v.description("whose close it is; the trader's trigger interval unless given")),
  ),
  closeTime: v.optional(
    v.pipe(momentInputSchema, v.description("the last millisecond of a candle; of its market's last one unless given")),
  ),
});

/** The body of `POST execute-trader`, as the contract shows it. */
export const executeRequestSchema: v.GenericSchema = request;

/** Reads a request of execute-trader. Throws {@link InvalidInput}. */
export function readExecuteRequest(value: unknown): ExecuteRequest {
  const { market: of, symbols: named, interval: given, closeTime, traderId: id } = read(request, value);
  return { traderId: id, market: of, symbols: named, interval: given, closeTime };
}

/** What execute-trader answers, as the contract shows it. A function, so that pages don't carry it. */
export function executeAnswerSchema(): AnswerSchema<ExecuteTraderAnswer> {
  return v.object({
    traderId: v.string(),
    market: v.picklist(MARKET_IDS),
    interval: v.picklist(INTERVALS),
    closeTime: momentSchema,
    matches: v.pipe(v.array(v.string()), v.description("symbols")),
    signals: v.pipe(count, v.description("how many of the matches this run stored")),
    symbolsChecked: count,
    skipped: v.pipe(
      v.array(v.object({ symbol: v.string(), reason: v.string(), final: v.boolean() })),
      v.description("symbols that weren't checked; `final`: running this close again won't help"),
    ),
    errors: v.pipe(
      v.array(v.object({ symbol: v.string(), message: v.string() })),
      v.description("symbols for which the filter failed"),
    ),
    executedAt: momentSchema,
    executionTimeMs: count,
    source: v.pipe(v.string(), v.description("the market's data source: binance, recorded or simulated, for example")),
    readFrom: readFromSchema,
  });
}
