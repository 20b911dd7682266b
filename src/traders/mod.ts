export { type AlertToWatch, AlertWatchTable } from "./alert-watch-table.ts";
export { MAX_UNFINISHED_PER_OWNER } from "./claims.ts";
export { ClientMarket } from "./client-market.ts";
export { ClientOutcomes } from "./client-outcomes.ts";
export { ClientPerformances } from "./client-performances.ts";
export { CloseQueue } from "./close-queue.ts";
export { CloseView } from "./close-view.ts";
export { tellClose, type WebhookAddress } from "./close-webhook.ts";
export { type CopiedRows, copyTraders } from "./copy-traders.ts";
export { DatabaseUnreachable, inWords, openAnnouncements, openDatabase, type Sql } from "./database.ts";
export { DatabaseMaintenance } from "./database-maintenance.ts";
export { DatabaseProbe } from "./database-probe.ts";
export { type DatabaseHealth, DatabaseWatch, databaseFault } from "./database-watch.ts";
export {
  DeliveriesTable,
  type DueDestination,
  type NamedSignal,
  type PrecededSignal,
  type WaitBounds,
  type WaitingDelivery,
} from "./deliveries-table.ts";
export { DestinationsTable } from "./destinations-table.ts";
export { type EngineDependencies, TraderEngine } from "./engine.ts";
export { ExecutionsTable } from "./executions-table.ts";
export { type AuthorizeOptions, authorizeBy, parseTradeKeys } from "./functions/authorize.ts";
export { type FunctionCaller, FunctionProblem, type FunctionWork } from "./functions/caller.ts";
export {
  DATABASE_PLACES,
  DATABASE_WAIT_MS,
  type DatabaseTurns,
  ENGINE_CONNECTIONS,
} from "./functions/database-turns.ts";
export type { Deliverer } from "./functions/destinations.ts";
export { type Functions, requestIdOf } from "./functions/functions.ts";
export type { AlertWatcher } from "./functions/price-alerts.ts";
export { MAX_FUNCTION_BODY_BYTES } from "./functions/request-body.ts";
export { failureAnswer } from "./functions/respond.ts";
export { functionsWithoutDatabase } from "./functions/without-database.ts";
export { type CloseRead, type CloseToRead, KeptCloses } from "./kept-closes.ts";
export { CODE_BOUNDS } from "./mail-codes-table.ts";
export { MAIL_BOUNDS, type MailAllowance } from "./mails-table.ts";
export {
  type Migration,
  MigrationFailed,
  type MigrationStatus,
  migrateDown,
  migrateUp,
  migrationStatuses,
} from "./migrations.ts";
export { mostCloses } from "./performance-bounds.ts";
export {
  type AskedOfFilter,
  type CloseRequest,
  type FilterCheck,
  type FilterFault,
  type KlinesRead,
  type MarketAtClose,
  type MarketDataSource,
  MarketNotReady,
  type MarketOffer,
  type MarketOnServer,
  ONE_MARKET,
  type OutcomeOptions,
  type OutcomeSource,
  type PerformanceAsked,
  type PerformanceAsker,
  type PerformanceFound,
  type PerformanceSource,
  type Screener,
  ScreenerBusy,
  type ScreenRequest,
  type ScreenResult,
  TooManyChecks,
  type TraderLog,
} from "./ports.ts";
export { isRefusedValue } from "./refused-matches.ts";
export { KEEP_EXECUTIONS_DAYS, type KeptDays, Retention } from "./retention.ts";
export { ServerScreener } from "./server-screener.ts";
export { MAX_SIGNALS_PER_DAY } from "./signal-allowance.ts";
export { SignalListener } from "./signal-listener.ts";
export { SignalsTable } from "./signals-table.ts";
export { checkOf, faultCheck, StrategyScreener } from "./strategy-screener.ts";
export {
  continueIdsAfter,
  noRows,
  type RowCounts,
  readRows,
  TRADER_TABLES,
  type TraderTableName,
  unannounced,
  writeRows,
} from "./table-rows.ts";
export { RunCounts, type TraderFigures } from "./trader-figures.ts";
export { createTraders, type Traders } from "./traders.ts";
export { TooManyTraders, TradersTable } from "./traders-table.ts";
export { isLikeToken, type ReadUserToken, type UserTokenOptions, userTokens } from "./user-tokens.ts";
