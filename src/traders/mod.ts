export { ClientMarket } from "./client-market.ts";
export { CloseQueue } from "./close-queue.ts";
export { tellClose, type WebhookAddress } from "./close-webhook.ts";
export { DatabaseUnreachable, inWords, openDatabase, type Sql } from "./database.ts";
export { type EngineDependencies, TraderEngine } from "./engine.ts";
export { ExecutionsTable } from "./executions-table.ts";
export { authorizeBy, parseTradeKeys } from "./functions/authorize.ts";
export { type FunctionCaller, FunctionProblem, type FunctionWork } from "./functions/caller.ts";
export {
  DATABASE_PLACES,
  DATABASE_WAIT_MS,
  type DatabaseTurns,
  ENGINE_CONNECTIONS,
} from "./functions/database-turns.ts";
export type { Functions } from "./functions/functions.ts";
export { MAX_FUNCTION_BODY_BYTES } from "./functions/respond.ts";
export { functionsWithoutDatabase } from "./functions/without-database.ts";
export { KeptCloses } from "./kept-closes.ts";
export {
  type Migration,
  MigrationFailed,
  type MigrationStatus,
  migrateDown,
  migrateUp,
  migrationStatuses,
} from "./migrations.ts";
export {
  type CloseRequest,
  type FilterCheck,
  type FilterFault,
  type KlinesRead,
  type MarketAtClose,
  type MarketDataSource,
  type Screener,
  ScreenerBusy,
  type ScreenRequest,
  type ScreenResult,
  TooManyChecks,
} from "./ports.ts";
export { SignalListener } from "./signal-listener.ts";
export { SignalsTable } from "./signals-table.ts";
export { faultCheck, StrategyScreener } from "./strategy-screener.ts";
export { RunCounts, type TraderFigures } from "./trader-figures.ts";
export { createTraders, type Traders } from "./traders.ts";
export { TooManyTraders, TradersTable } from "./traders-table.ts";
export { isLikeToken, type ReadUserToken, userTokens } from "./user-tokens.ts";
