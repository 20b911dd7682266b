import type { OpenTimeRange } from "./events.ts";
import type { Interval } from "./interval.ts";
import type { Kline } from "./kline.ts";
import type { StopSignal } from "./ports.ts";
import type { Symbol } from "./symbol.ts";

/** What an exchange answered about a range. */
export interface ExchangePastAnswer {
  /** Closed klines of the range, oldest first. */
  readonly klines: readonly Kline[];
  /** Where they are all that the exchange has: oldest first and apart from each other. */
  readonly settled: readonly OpenTimeRange[];
}

/** An exchange's own history, asked for readers who want more than is kept here. Each question costs of the exchange's request budget. */
export interface ExchangePast {
  /** The most candles of an interval that one answer speaks for; 0 where the exchange doesn't have it. */
  rowsOf(interval: Interval): number;
  /** Asks once for a range of at most {@link rowsOf} candles. Rejects when the exchange can't be asked or refuses. */
  klines(symbol: Symbol, interval: Interval, range: OpenTimeRange, signal: StopSignal): Promise<ExchangePastAnswer>;
}
