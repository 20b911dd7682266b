export { amountOf, changeOf } from "./amount.ts";
export type { Bound } from "./bound.ts";
export { BodyTooLarge, boundedBody } from "./bounded-body.ts";
export { CantListen } from "./cant-listen.ts";
export { countOf } from "./count-of.ts";
export { type Counterpart, namedAfter } from "./counterpart.ts";
export { readDecimal, readOptionalCount, readOptionalDecimal, UNREADABLE } from "./decimal.ts";
export { DUMP_COLUMNS, dumpMoment } from "./dump.ts";
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
export type { ExchangePast, ExchangePastAnswer } from "./exchange-past.ts";
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
export { isLightJson, type JsonBounds } from "./json-weight.ts";
export {
  ANY_UNKNOWN,
  copyKline,
  emptyKline,
  KLINE_COLUMNS,
  type Kline,
  type KlineColumn,
  klineFault,
  OPTIONAL_COLUMNS,
  type OptionalColumn,
  readRow,
  writeRow,
} from "./kline.ts";
export { judgeKline, judgeOpenTime, type KlineQuestion, type KlineRefusal } from "./kline-judge.ts";
export {
  BARE_MARKET,
  exchangeNameOf,
  exchangeSourceOf,
  isMarketId,
  MARKET_IDS,
  MARKET_NAMES,
  MARKET_TABLE,
  type MarketId,
  parseMarket,
} from "./market-table.ts";
export { MinuteRollUp } from "./minute-roll-up.ts";
export { didYouMean, fuller, isAbbreviation, nearest } from "./nearest.ts";
export { decimalsText, exactText, roundedText, tidyNumber } from "./number-text.ts";
export { PAST_BLOCK_ROWS, type PastBlock, type PastFile, type PastKlines, type PastSymbol } from "./past-klines.ts";
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
  Stopwatch,
  SymbolTrouble,
  WarmUp,
} from "./ports.ts";
export { MARKET_SOURCES } from "./ports.ts";
export { hashText, type Random, seededRandom } from "./random.ts";
export { Refusals } from "./refusals.ts";
export { boundedWait, LONGEST_RETRY_AFTER_MS, readRetryAfter } from "./retry-after.ts";
export { CHILD_OF, intervalsToKeep, MAX_CHILDREN, RollUp } from "./rollup.ts";
export { contradictingColumns, differingColumns } from "./same-figures.ts";
export { cutText, isStorable, storable, storableJson } from "./storable.ts";
export {
  FIRST_MARKET,
  isSymbolText,
  isWildcard,
  marketOf,
  marketsMeant,
  nameAt,
  parseSymbol,
  type Symbol,
  symbolAt,
  type Wildcard,
  wildcardIn,
  wildcardOf,
  wildcardsMeaning,
} from "./symbol.ts";
export { isTickerSane, type Ticker, type TickerFigures, TickerSum, tickerFromKlines, tickerOf } from "./ticker.ts";
export {
  isMarketMoment,
  LAST_MOMENT_MS,
  type Millis,
  millis,
  minuteText,
  parseMoment,
  type UnixMs,
  unixMs,
  wrongUnitOf,
} from "./time.ts";
export { marketsOf, marketsWith, unknownColumnsOf } from "./unknown-columns.ts";
export { withoutAddresses } from "./without-addresses.ts";
