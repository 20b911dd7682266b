import type { Interval, Kline, MarketId, MarketSource, OpenTimeRange, Symbol, UnixMs } from "../core/mod.ts";

/** An exchange's market that the doctor asks itself, to compare it with what a server holds. Its calls reject with a reason in words. */
export interface ExchangeBeside {
  /** The intervals that it answers. */
  readonly intervals: readonly Interval[];
  /** The exchange's clock. */
  time(): Promise<UnixMs>;
  /** Klines as the exchange has them, at its time `asOf`; and rows that aren't believed, with the reason. */
  klines(
    series: { readonly symbol: Symbol; readonly interval: Interval; readonly range: OpenTimeRange },
    asOf: UnixMs,
  ): Promise<{ readonly klines: readonly Kline[]; readonly refused: readonly string[] }>;
}

/** Finds the exchange of a market; undefined where prices with this source can't be compared with any. */
export type ExchangesBeside = (market: MarketId, source: MarketSource) => ExchangeBeside | undefined;
