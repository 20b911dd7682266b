export type { CallOptions } from "./asker.ts";
export { backtest } from "./backtest.ts";
export {
  type Client,
  createClient,
  type KlineSeriesOptions,
  type KlinesQuery,
  type MarketQuery,
  type SeriesQuery,
  type SymbolsMeant,
  type SymbolsQuery,
  type TickersQuery,
} from "./client.ts";
export { ClientError, type ClientErrorCode } from "./client-error.ts";
export { comparison } from "./comparison.ts";
export { type AskedDestination, Destinations } from "./destinations.ts";
export { explain } from "./explain.ts";
export type { HistoryProgress, HistoryQuery } from "./kline-history.ts";
export { systemClock, systemRandom } from "./machine.ts";
export { nearestMisses } from "./misses.ts";
export type { ClientOptions } from "./options.ts";
export { outcomes } from "./outcomes.ts";
export { type AskedPriceAlert, PriceAlerts } from "./price-alerts.ts";
export type { SignalCalls, SignalsQuery } from "./signal-calls.ts";
export { signalsCsv } from "./signals-csv.ts";
export type { KlineSeries, SeriesState } from "./stream/kline-series.ts";
export type { EpochMessage, GapMessage, StreamMessage } from "./stream/message.ts";
export { type BinaryFormat, packed } from "./stream/packed.ts";
export type { SocketConstructor } from "./stream/socket.ts";
export type { SubscribeOptions, Subscription } from "./stream/subscription.ts";
export type { NewTrader, TraderCalls, TraderChange, TradersQuery } from "./trader-calls.ts";
