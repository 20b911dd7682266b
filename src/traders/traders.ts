import type { Clock } from "../core/mod.ts";
import type { Signal } from "../wire/mod.ts";
import type { Sql } from "./database.ts";
import { type Run, TraderEngine } from "./engine.ts";
import { ExecutionsTable } from "./executions-table.ts";
import { tablesInTurn } from "./functions/call-tables.ts";
import type { Authorize } from "./functions/caller.ts";
import { DatabaseTurns } from "./functions/database-turns.ts";
import { createFunctions, type Functions } from "./functions/functions.ts";
import type { MarketDataSource, Screener, TraderLog } from "./ports.ts";
import { SignalsTable } from "./signals-table.ts";
import { TradersTable } from "./traders-table.ts";

/** What traders are made of. */
export interface TradersParts {
  readonly sql: Sql;
  /** How many connections `sql` has. */
  readonly connections: number;
  readonly market: MarketDataSource;
  readonly screener: Screener;
  readonly clock: Clock;
  readonly log: TraderLog;
  readonly authorize: Authorize;
  /** Web origins that may call the functions; `*` for all, none when empty. */
  readonly origins: readonly string[];
  readonly onError: (requestId: string, cause: unknown) => void;
  readonly onSignals?: (signals: readonly Signal[], owner: string) => void;
  readonly onRun?: (run: Run) => void;
  readonly concurrency?: number;
  readonly leaseMs?: number;
  readonly patienceMs?: number;
}

/** Traders, put together. */
export interface Traders {
  readonly engine: TraderEngine;
  readonly functions: Functions;
  readonly table: TradersTable;
  readonly signals: SignalsTable;
  readonly executions: ExecutionsTable;
  /** The queue of the functions' calls to the database. */
  readonly turns: DatabaseTurns;
}

/** Puts tables, engine and functions together. */
export function createTraders(parts: TradersParts): Traders {
  const { sql, market, screener, clock, log, onSignals, onRun, concurrency, leaseMs, patienceMs } = parts;
  const table = new TradersTable(sql);
  const signals = new SignalsTable(sql);
  const executions = new ExecutionsTable(sql);
  const engine = new TraderEngine({
    executions,
    market,
    screener,
    clock,
    log,
    ...(onSignals === undefined ? {} : { onSignals }),
    ...(onRun === undefined ? {} : { onRun }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(leaseMs === undefined ? {} : { leaseMs }),
    ...(patienceMs === undefined ? {} : { patienceMs }),
  });
  const { authorize, origins, onError } = parts;
  const turns = new DatabaseTurns(parts.connections, clock);
  const functions = createFunctions({
    tables: (by) => tablesInTurn({ traders: table, signals, looks: engine }, turns, by),
    engine,
    market,
    screener,
    clock,
    authorize,
    origins,
    onError,
  });
  return { engine, functions, table, signals, executions, turns };
}
