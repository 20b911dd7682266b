import * as v from "valibot";
import type { Interval, MarketId, Symbol, UnixMs } from "../../core/mod.ts";
import { momentInputSchema } from "../moment.ts";
import { interval, market, read, symbols, traderId } from "./members.ts";
import type { ReadFrom } from "./read-from.ts";

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

/** Reads a request of execute-trader. Throws {@link InvalidInput}. */
export function readExecuteRequest(value: unknown): ExecuteRequest {
  const optional = {
    market: v.optional(market),
    symbols: v.optional(symbols),
    interval: v.optional(interval),
    closeTime: v.optional(momentInputSchema),
  };
  const {
    market: of,
    symbols: named,
    interval: given,
    closeTime,
    traderId: id,
  } = read(v.object({ traderId, ...optional }), value);
  return { traderId: id, market: of, symbols: named, interval: given, closeTime };
}
