export {
  checkKlines,
  checkProblem,
  checkSeries,
  checkTicker,
  checkTickers,
  checkTicket,
  checkUnavailable,
} from "./answer-checks.ts";
export {
  type AnswerSchema,
  closesSchema,
  coverageSchema,
  healthSchema,
  historyFilesSchema,
  klineSchema,
  klinesSchema,
  LOG_LEVELS,
  type LogLevel,
  liveSchema,
  logLevelSchema,
  pageSettingsSchema,
  previewSchema,
  problemSchema,
  readAnswer,
  readySchema,
  screenSchema,
  seriesSchema,
  servingSchema,
  symbolsSchema,
  tickerSchema,
  tickersSchema,
  ticketSchema,
} from "./answer-schemas.ts";
export type {
  ClosesAnswer,
  ClusterHealth,
  CoverageAnswer,
  FollowingHealth,
  HealthAnswer,
  HistoryFilesAnswer,
  KlineStretch,
  KlinesAnswer,
  LiveAnswer,
  MarketHealth,
  PageSettings,
  PreviewAnswer,
  PreviewRequest,
  ReadyAnswer,
  ScreenAnswer,
  ScreenRequest,
  SeriesAnswer,
  ServingAnswer,
  SignInSettings,
  SymbolsAnswer,
  TickersAnswer,
} from "./answers.ts";
export {
  type BacktestLine,
  type BacktestRequest,
  backtestLineSchema,
  backtestRequestSchema,
  NDJSON_TYPE,
  type WireBacktestResult,
  type WireBacktestSignal,
} from "./backtest.ts";
export { CHANNEL_FORMS, CHANNELS, type Channel, channelName, parseChannel } from "./channel.ts";
export { type Check, type ReadAnswer, readChecked } from "./check.ts";
export { CLOSE } from "./close-codes.ts";
export { CLOSE_SAYS } from "./close-says.ts";
export { type CsvCell, csvText } from "./csv.ts";
export {
  type ExplainAnswer,
  type ExplainRequest,
  explainRequestSchema,
  explainSchema,
  type ReadExplainRequest,
  type WireCondition,
} from "./explain.ts";
export { versionNotes } from "./explained-version.ts";
export {
  CHECKPOINT_TYPE,
  FOLLOWER_HEADER,
  SOURCE_HEADER,
  TIME_HEADER,
} from "./follower-headers.ts";
export { listOf, readForeign } from "./foreign.ts";
export {
  type ComparisonAnswer,
  type ComparisonRequest,
  closesIn,
  comparisonRequestSchema,
  comparisonSchema,
  MAX_COMPARED_SIGNALS,
  MAX_PERFORMANCE_CLOSES,
  stretchesOf,
} from "./functions/comparison.ts";
export {
  CODE_DIGITS,
  DESTINATION_BODIES,
  type DeliveriesAnswer,
  type DeliveriesQuery,
  type Delivery,
  type Destination,
  type DestinationAddress,
  type DestinationChange,
  type DestinationKind,
  type DestinationRules,
  type DestinationsAnswer,
  type DestinationTestAnswer,
  destinationSchemas,
  isMailAddress,
  type NewDestination,
  type NewDestinationAnswer,
  type QuietHours,
  readConfirmation,
  readDeliveriesQuery,
  readDeliveryAgain,
  readDestinationChange,
  readDestinationId,
  readNewDestination,
  SECRET_PREFIX,
} from "./functions/destinations.ts";
export {
  type ExecuteTraderAnswer,
  executeAnswerSchema,
  executeRequestSchema,
  readExecuteRequest,
} from "./functions/execute-trader.ts";
export {
  type ExecutionsAnswer,
  type ExecutionsQuery,
  executionsCursor,
  executionsSchema,
  type PastExecution,
  readExecutionsQuery,
} from "./functions/executions.ts";
export {
  type GetKlinesAnswer,
  klinesAnswerSchema,
  klinesRequestSchema,
  readKlinesRequest,
} from "./functions/get-klines.ts";
export { MAX_ROWS } from "./functions/members.ts";
export { FUNCTIONS, type FunctionName } from "./functions/names.ts";
export { emptyOutcome, SIGNAL_HORIZONS, type SignalOutcome } from "./functions/outcomes.ts";
export {
  type FollowedSignal,
  type OutcomesAnswer,
  type OutcomesRequest,
  outcomesRequestSchema,
  outcomesSchema,
} from "./functions/outcomes-request.ts";
export {
  type PerformanceHorizon,
  performanceSchema,
  readPerformanceQuery,
  type TraderPerformance,
} from "./functions/performance.ts";
export {
  ALERT_BOUNDS,
  type AlertCondition,
  type AlertDirection,
  type AlertEvent,
  type AlertEventsAnswer,
  type AlertEventsQuery,
  type AlertKind,
  type AlertPoint,
  type AlertRules,
  type AlertState,
  type NewPriceAlert,
  PRICE_ALERT_BODIES,
  type PriceAlert,
  type PriceAlertChange,
  type PriceAlertsAnswer,
  priceAlertSchemas,
  readAlertEventsQuery,
  readNewPriceAlert,
  readPriceAlertChange,
  readPriceAlertId,
} from "./functions/price-alerts.ts";
export { OF_VYX, type ReadFrom } from "./functions/read-from.ts";
export {
  type ListedSignal,
  readSignalsQuery,
  type Signal,
  type SignalsAnswer,
  type SignalsQuery,
  signalsSchema,
} from "./functions/signals.ts";
export { CSV_TYPE, signalsCsv } from "./functions/signals-csv.ts";
export {
  type AskedTrader,
  checkMarket,
  type Execution,
  type ListedTrader,
  listedTraderSchema,
  type NewTrader,
  nothingSchema,
  readEnabled,
  readNewTrader,
  readTraderChange,
  readTraderId,
  readTradersQuery,
  readValidation,
  TRADER_BODIES,
  type Trader,
  type TraderChange,
  type TradersAnswer,
  type TradersQuery,
  traderSchema,
  tradersSchema,
  type ValidateAnswer,
  validateSchema,
} from "./functions/traders.ts";
export {
  type LookAnswer,
  readTriggerRequest,
  type TriggerExecutionsAnswer,
  type TriggerRequest,
  triggerAnswerSchemas,
  triggerRequestSchema,
} from "./functions/trigger-executions.ts";
export { unavailableSchema } from "./functions/unavailable.ts";
export {
  readVersionsQuery,
  type TraderVersion,
  type VersionsAnswer,
  type VersionsQuery,
  versionsSchema,
} from "./functions/versions.ts";
export {
  type ImportAnswer,
  type ImportedKlines,
  importAnswerSchema,
  importedKlinesSchema,
  MAX_IMPORTED_KLINES,
} from "./import.ts";
export { issueText } from "./issue-text.ts";
export { type FiguresAnswer, figuresSchema, KEPT_FIGURES } from "./kept-figures.ts";
export { klineOf, tickerFrom, type WireKline, type WireTicker } from "./kline.ts";
export { klineJson, tickerJson } from "./kline-json.ts";
export { mcpMessageSchema } from "./mcp-message.ts";
export { MESSAGE_KINDS } from "./message-schemas.ts";
export { klineText, tickersMessage } from "./message-text.ts";
export {
  type CloseMessage,
  type ErrorMessage,
  type HelloMessage,
  type IdsMessage,
  type KlineMessage,
  PROTOCOL_VERSION,
  type ServerMessage,
  type SignalMessage,
  type SnapshotMessage,
  type TickerMessage,
  type TickersMessage,
} from "./messages.ts";
export { type MetricSample, metricsSchema } from "./metrics.ts";
export { type MissesAnswer, missesSchema } from "./misses.ts";
export { momentInputSchema } from "./moment.ts";
export type { WireHorizon, WireReturns } from "./outcome-entries.ts";
export { MAX_PACKED_KLINES, PACKED_INTERVALS } from "./packed/layout.ts";
export { PackedFrame } from "./packed/packed-frame.ts";
export { PackedReader } from "./packed/packed-reader.ts";
export {
  CLIENT_GONE,
  isRetryable,
  PROBLEM_TYPE,
  PROBLEMS,
  type Problem,
  problem,
  RETRY_AFTER_SECONDS,
} from "./problem.ts";
export { isProblemCode, type ProblemCode } from "./problem-codes.ts";
export { isPreferredToJson, qualities } from "./qualities.ts";
export { readMessage } from "./read-message.ts";
export { BODY_WITHIN_MS, contentCodingFault } from "./request-body.ts";
export { givenRequestId, ownRequestId } from "./request-id.ts";
export { type ClientRequest, MAX_CHANNELS_PER_REQUEST, REQUEST_SCHEMA, readRequest } from "./requests.ts";
export { rounded, roundedShares } from "./rounded.ts";
export { SCOPE_SAYS, SCOPES, type Scope } from "./scopes.ts";
export {
  type MissesRequest,
  missesRequestSchema,
  previewRequestSchema,
  type ReadMissesRequest,
  type ReadScreenRequest,
  screenRequestSchema,
  USUAL_MISSES,
} from "./screen-requests.ts";
export { STREAM_FORMATS, type StreamFormat } from "./stream-format.ts";
