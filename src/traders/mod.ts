export { DatabaseUnreachable, openDatabase, type Sql } from "./database.ts";
export { type EngineDependencies, type Run, TraderEngine } from "./engine.ts";
export { ExecutionsTable } from "./executions-table.ts";
export {
  type Migration,
  MigrationFailed,
  type MigrationStatus,
  migrateDown,
  migrateUp,
  migrationStatuses,
} from "./migrations.ts";
export type {
  CloseRequest,
  MarketAtClose,
  MarketReader,
  Screener,
  ScreenRequest,
  ScreenResult,
  TraderLog,
} from "./ports.ts";
export { SignalsTable } from "./signals-table.ts";
export { TooManyTraders, TradersTable } from "./traders-table.ts";
