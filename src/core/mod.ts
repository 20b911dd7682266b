export type { Bound } from "./bound.ts";
export { BodyTooLarge, boundedBody } from "./bounded-body.ts";
export { CantListen } from "./cant-listen.ts";
export { readDecimal } from "./decimal.ts";
export { DecimalSum } from "./decimal-sum.ts";
export { assert, InvalidInput, oneLine, reasonOf, unreachable, VyxError } from "./errors.ts";
export {
  type GapEvent,
  type HistoryEvent,
  type KlineEvent,
  type MarketEvent,
  type OpenTimeRange,
  SYMBOL_STATUSES,
  type SymbolInfo,
  type SymbolStatus,
} from "./events.ts";
export { FairQueue, type JobLength, MAX_OVERTAKING, type QueueBounds } from "./fair-queue.ts";
export { Histogram } from "./histogram.ts";
export {
  addCandles,
  candlesBetween,
  closeTimeOf,
  earliestOpenTime,
  INTERVALS,
  type Interval,
  isInterval,
  isOpenTime,
  nextOpenTime,
  openTimeOf,
  parseInterval,
  previousOpenTime,
} from "./interval.ts";
export {
  emptyKline,
  isAmount,
  isPrice,
  KLINE_COLUMNS,
  type Kline,
  type KlineColumn,
  klineFault,
} from "./kline.ts";
export { judgeKline, judgeOpenTime, type KlineQuestion, type KlineRefusal } from "./kline-judge.ts";
export type {
  Clock,
  Feed,
  FeedFigures,
  FeedState,
  FeedStatus,
  MarketGaps,
  MarketSink,
  MarketSource,
  StopSignal,
  SymbolTrouble,
} from "./ports.ts";
export { hashText, type Random, seededRandom } from "./random.ts";
export { Refusals } from "./refusals.ts";
export { boundedWait, LONGEST_RETRY_AFTER_MS, readRetryAfter } from "./retry-after.ts";
export { CHILD_OF, intervalsToKeep, MAX_CHILDREN, RollUp } from "./rollup.ts";
export { differingColumns, isSameFigure } from "./same-figures.ts";
export { isSymbolText, parseSymbol, type Symbol } from "./symbol.ts";
export { type Ticker, type TickerFigures, tickerFromKlines, tickerOf } from "./ticker.ts";
export {
  isMarketMoment,
  LAST_MOMENT_MS,
  type Millis,
  millis,
  parseMoment,
  type UnixMs,
  unixMs,
  wrongUnitOf,
} from "./time.ts";
export { withoutAddresses } from "./without-addresses.ts";
