export {
  type AnswerSchema,
  closesSchema,
  coverageSchema,
  healthSchema,
  klineSchema,
  klinesSchema,
  LOG_LEVELS,
  type LogLevel,
  logLevelSchema,
  pageSettingsSchema,
  previewSchema,
  problemSchema,
  readAnswer,
  readySchema,
  screenSchema,
  seriesSchema,
  symbolsSchema,
  tickerSchema,
  tickersSchema,
  ticketSchema,
} from "./answer-schemas.ts";
export type {
  ClosesAnswer,
  CoverageAnswer,
  HealthAnswer,
  KlinesAnswer,
  PageSettings,
  PreviewAnswer,
  PreviewRequest,
  ReadyAnswer,
  ScreenAnswer,
  ScreenRequest,
  SeriesAnswer,
  SignInSettings,
  SymbolsAnswer,
  TickersAnswer,
} from "./answers.ts";
export { CHANNEL_FORMS, CHANNELS, type Channel, channelName, parseChannel } from "./channel.ts";
export { CLOSE, CLOSE_SAYS } from "./close-codes.ts";
export {
  listedTraderSchema,
  nothingSchema,
  signalsSchema,
  traderSchema,
  tradersSchema,
  unavailableSchema,
  validateSchema,
} from "./function-schemas.ts";
export {
  type ExecuteTraderAnswer,
  type Execution,
  FUNCTIONS,
  type FunctionName,
  type GetKlinesAnswer,
  type ListedTrader,
  type LookAnswer,
  type NewTrader,
  OF_VYX,
  type ReadFrom,
  readEnabled,
  readExecuteRequest,
  readKlinesRequest,
  readNewTrader,
  readSignalsQuery,
  readTraderChange,
  readTraderId,
  readTradersQuery,
  readTriggerRequest,
  readValidation,
  type Signal,
  type SignalsAnswer,
  type SignalsQuery,
  type Trader,
  type TraderChange,
  type TradersAnswer,
  type TradersQuery,
  type TriggerExecutionsAnswer,
  type TriggerRequest,
  type ValidateAnswer,
} from "./functions.ts";
export {
  type ImportAnswer,
  type ImportedKlines,
  importAnswerSchema,
  importedKlinesSchema,
  MAX_IMPORTED_KLINES,
} from "./import.ts";
export { issueText } from "./issue-text.ts";
export { klineJson, tickerJson } from "./kline-json.ts";
export { MESSAGE_KINDS } from "./message-schemas.ts";
export {
  type CloseMessage,
  type ErrorMessage,
  type HelloMessage,
  type KlineMessage,
  PROTOCOL_VERSION,
  type ServerMessage,
  type SignalMessage,
  type SnapshotMessage,
  type TickerMessage,
  type TickersMessage,
} from "./messages.ts";
export { type MetricSample, metricsSchema } from "./metrics.ts";
export { momentInputSchema } from "./moment.ts";
export {
  CLIENT_GONE,
  isRetryable,
  PROBLEM_TYPE,
  PROBLEMS,
  type Problem,
  type ProblemCode,
  problem,
  RETRY_AFTER_SECONDS,
} from "./problem.ts";
export { readMessage } from "./read-message.ts";
export { MAX_CHANNELS_PER_REQUEST, REQUEST_SCHEMA, readRequest } from "./requests.ts";
export { SCOPE_SAYS, SCOPES, type Scope } from "./scopes.ts";
export {
  previewRequestSchema,
  type ReadScreenRequest,
  screenRequestSchema,
} from "./screen-requests.ts";
