import type { Clock, Stopwatch } from "../core/mod.ts";
import type { Signal } from "../wire/mod.ts";
import type { Sql } from "./database.ts";
import { DestinationsTable } from "./destinations-table.ts";
import { TraderEngine } from "./engine.ts";
import { ExecutionsTable } from "./executions-table.ts";
import type { Run } from "./found.ts";
import { tablesInTurn } from "./functions/call-tables.ts";
import type { Authorize } from "./functions/caller.ts";
import { DatabaseTurns } from "./functions/database-turns.ts";
import type { Deliverer } from "./functions/destinations.ts";
import { createFunctions, type Functions } from "./functions/functions.ts";
import type { AlertWatcher } from "./functions/price-alerts.ts";
import { KnownOffer } from "./known-offer.ts";
import { MailCodesTable } from "./mail-codes-table.ts";
import { MailLinksTable } from "./mail-links-table.ts";
import { MailsTable } from "./mails-table.ts";
import { OutcomeFiller } from "./outcome-filler.ts";
import { OutcomesTable } from "./outcomes-table.ts";
import { PastExecutionsTable } from "./past-executions-table.ts";
import type { MarketDataSource, OutcomeSource, PerformanceSource, Screener, TraderLog } from "./ports.ts";
import { PriceAlertsTable } from "./price-alerts-table.ts";
import { KEEP_EXECUTIONS_DAYS, type KeptDays, Retention } from "./retention.ts";
import { SignalsTable } from "./signals-table.ts";
import { TradersTable } from "./traders-table.ts";
import { VersionsTable } from "./versions-table.ts";

/** How long rows are kept where the host says nothing. */
const KEPT_DAYS: KeptDays = { signals: 0, executions: KEEP_EXECUTIONS_DAYS };

/** Times that a call fills outcomes at most, where nobody else does: a thousand signals. */
const FILLS_A_CALL = 5;

/** What traders are made of. */
export interface TradersParts {
  readonly sql: Sql;
  /** How many connections `sql` has. */
  readonly connections: number;
  readonly market: MarketDataSource;
  readonly screener: Screener;
  /** What tells the outcomes of signals; without it none are stored. */
  readonly outcomes?: OutcomeSource | undefined;
  /** What compares them with the baseline; without it there is none. */
  readonly performances?: PerformanceSource | undefined;
  readonly clock: Clock;
  readonly stopwatch: Stopwatch;
  readonly log: TraderLog;
  readonly authorize: Authorize;
  /** Web origins that may call the functions; `*` for all, none when empty. */
  readonly origins: readonly string[];
  readonly onError: (requestId: string, cause: unknown) => void;
  /** Sends messages about signals and price alerts; left out where nobody here does. */
  readonly deliverer?: Deliverer | undefined;
  /** Watches the market for price alerts; left out where nobody here does. */
  readonly alerts?: AlertWatcher | undefined;
  readonly onSignals?: (signals: readonly Signal[], owner: string) => void;
  readonly onRun?: (run: Run) => void;
  readonly concurrency?: number;
  readonly leaseMs?: number;
  readonly patienceMs?: number;
  /** How long signals and executions are kept; signals for ever by default. */
  readonly keptDays?: KeptDays;
}

/** Traders, put together. */
export interface Traders {
  readonly engine: TraderEngine;
  readonly functions: Functions;
  readonly table: TradersTable;
  readonly signals: SignalsTable;
  readonly executions: ExecutionsTable;
  readonly destinations: Pick<DestinationsTable, "endMail">;
  readonly retention: Retention;
  /** Stores outcomes of signals; undefined where nothing tells them. */
  readonly filler: OutcomeFiller | undefined;
  /** The queue of the functions' calls to the database. */
  readonly turns: DatabaseTurns;
}

/** Puts tables, engine and functions together. */
export function createTraders(parts: TradersParts): Traders {
  const { sql, market, screener, clock, stopwatch, log, onSignals, onRun } = parts;
  const { concurrency, leaseMs, patienceMs, keptDays = KEPT_DAYS } = parts;
  const table = new TradersTable(sql);
  const signals = new SignalsTable(sql);
  const destinations = new DestinationsTable(sql);
  const mailCodes = new MailCodesTable(sql);
  const mailLinks = new MailLinksTable(sql);
  const mails = new MailsTable(sql);
  const priceAlerts = new PriceAlertsTable(sql);
  const versions = new VersionsTable(sql);
  const pastExecutions = new PastExecutionsTable(sql);
  const outcomes = new OutcomesTable(sql);
  const executions = new ExecutionsTable(sql);
  const retention = new Retention(sql, keptDays, clock);
  const engine = new TraderEngine({
    executions,
    retention,
    market,
    screener,
    clock,
    stopwatch,
    log,
    ...(onSignals === undefined ? {} : { onSignals }),
    ...(onRun === undefined ? {} : { onRun }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(leaseMs === undefined ? {} : { leaseMs }),
    ...(patienceMs === undefined ? {} : { patienceMs }),
  });
  const { authorize, origins, onError } = parts;
  const offer = new KnownOffer(market, clock, stopwatch);
  const turns = new DatabaseTurns(parts.connections, clock, stopwatch);
  const source = parts.outcomes;
  const filler = source === undefined ? undefined : new OutcomeFiller({ table: outcomes, source, market, log });
  const fill = async (): Promise<void> => {
    await filler?.fill({ most: FILLS_A_CALL });
  };
  const functions = createFunctions({
    tables: (by) =>
      tablesInTurn(
        {
          traders: table,
          versions,
          executions: pastExecutions,
          signals,
          outcomes,
          destinations,
          mailCodes,
          mailLinks,
          mails,
          priceAlerts,
          looks: engine,
        },
        turns,
        by,
      ),
    engine,
    market,
    // A host that goes on when it has answered fills outcomes by itself.
    performances: parts.performances,
    fill: patienceMs === undefined ? fill : undefined,
    offer: (of) => offer.get(of),
    markets: () => offer.markets(),
    screener,
    deliverer: parts.deliverer,
    alerts: parts.alerts,
    clock,
    stopwatch,
    authorize,
    origins,
    onError,
  });
  return { engine, functions, table, signals, executions, destinations, retention, filler, turns };
}
