import type { Kline, OpenTimeRange, Symbol } from "../../core/mod.ts";

/** A stretch of minutes, with all klines that the exchange has in it. */
export interface SettledStretch extends OpenTimeRange {
  readonly klines: readonly Kline[];
}

/** Klines from the exchange's REST API, for minutes that no dump has: the last days, and holes. */
export interface PastRest {
  /** For people. */
  readonly name: string;
  /**
   * The closed 1m klines of a range, in stretches, of which some may be left out where the exchange doesn't say. Rejects with a VyxError
   * where the exchange can't be asked.
   */
  klines(symbol: Symbol, range: OpenTimeRange, signal: AbortSignal): AsyncIterable<SettledStretch>;
}
