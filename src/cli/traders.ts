import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "pino";
import { type Clock, millis, reasonOf, VyxError, withoutAddresses } from "../core/mod.ts";
import type { Screens } from "../screening/mod.ts";
import type { MarketStore } from "../store/mod.ts";
import {
  CloseQueue,
  createTraders,
  type DatabaseTurns,
  FunctionProblem,
  type Functions,
  functionsWithoutDatabase,
  type MarketDataSource,
  migrateUp,
  migrationStatuses,
  openDatabase,
  RunCounts,
  SignalListener,
  type Sql,
  type TraderFigures,
  type Traders,
  tellClose,
  type WebhookAddress,
} from "../traders/mod.ts";
import type { Signal } from "../wire/mod.ts";
import { type EmbeddedDatabase, startEmbeddedDatabase } from "./embedded-database.ts";
import { readMigrations } from "./migrations-folder.ts";
import { ThreadScreener } from "./thread-screener.ts";

/** How often what a push missed is looked for, in milliseconds. */
const RECONCILE_EVERY_MS = 60_000;

/** A close waits so long for the runs of those before, in milliseconds; then it is scheduled beside them. */
const PATIENCE_MS = 2_000;

/** A database that couldn't be had is tried again after this, in milliseconds. */
const RETRY_MS = 5_000;

/** What `/health` says when the folder of our own database was taken away under it. */
const LOST = "the traders' database was moved or replaced: see the log";

/** Connections to a PostgreSQL server. PGlite has one. */
const CONNECTIONS = 8;

/** Where traders live and what they look at. */
export interface TradersHostParts {
  /** A PostgreSQL server's address; undefined for the database of our own. */
  readonly databaseUrl: string | undefined;
  /** The folder of the database of our own; undefined keeps it in memory. */
  readonly dataDir: string | undefined;
  /** Where closes are told to when the traders run elsewhere. */
  readonly webhook: WebhookAddress | undefined;
  readonly store: MarketStore;
  /** Where the functions read the market. */
  readonly market: MarketDataSource;
  readonly clock: Clock;
  readonly log: Logger;
  readonly tell: (signal: Signal, owner: string) => void;
  /** Where traders' filters run, a share that nobody else takes; its thread begins with the first screen. Stopped with the traders. */
  readonly screens: Screens;
  /** Where filters are checked: among what comes with requests. */
  readonly requestScreens: Screens;
}

/** The database isn't there yet. */
class NotThere extends VyxError {
  readonly code = "not_ready";
  readonly retryable = true;
}

/**
 * Traders in this process. Our own database takes seconds and memory, so it is started when there are traders in it, or
 * when somebody asks for the first time; until then a server without traders is as small as ever.
 */
export class TradersHost {
  readonly #parts: TradersHostParts;
  readonly #ending: AbortController = new AbortController();
  readonly #log: { info(message: string): void; warn(message: string): void };
  readonly #closes: CloseQueue;
  readonly #counts: RunCounts = new RunCounts();
  readonly #screener: ThreadScreener;
  #starting: Promise<Traders> | undefined;
  #database: EmbeddedDatabase | undefined;
  #sql: Sql | undefined;
  #turns: DatabaseTurns | undefined;
  /** Why the database of our own was given up, until there is one again. */
  #fault: string | undefined;

  constructor(parts: TradersHostParts) {
    this.#parts = parts;
    const { log, clock, webhook } = parts;
    this.#screener = new ThreadScreener(parts.screens, parts.requestScreens);
    this.#log = { info: (message) => log.info(message), warn: (message) => log.warn(message) };
    this.#closes = new CloseQueue(
      async (close) => {
        if (webhook !== undefined) await tellClose(webhook, close);
        else await (await this.traders()).engine.close(close);
      },
      clock,
      this.#log,
      this.#ending.signal,
    );
  }

  /** Answers `/functions/v1/…`. Looking at a filter, or for traders where there can be none, waits for no database. */
  get functions(): Functions {
    const withoutDatabase = functionsWithoutDatabase(this.#screener);
    return async (name, request, caller, requestId) => {
      const isCheck = name === "traders" && request.method === "POST" && /\/traders\/validate$/.test(pathOf(request));
      if (isCheck || (request.method === "GET" && !this.#mayHaveTraders())) {
        return await withoutDatabase(name, request, caller, requestId);
      }
      let traders: Traders;
      try {
        traders = await this.traders();
      } catch (cause) {
        const detail = withoutAddresses(reasonOf(cause));
        return Response.json(
          { error: detail, fallback: true, code: "not_ready" },
          { status: 503, headers: { "retry-after": "5" } },
        );
      }
      return await traders.functions(name, request, caller, requestId);
    };
  }

  /** Begins to hear the store's closes. Starts the database if there may be traders in it. */
  start(): void {
    const { store, webhook } = this.#parts;
    const isWanted = (): boolean => webhook !== undefined || this.#starting !== undefined;
    store.listen({
      close: ({ interval, closeTime }) => {
        if (isWanted()) this.#closes.add({ interval, closeTime });
      },
    });
    if (webhook !== undefined) return;
    if (this.#mayHaveTraders()) {
      this.traders().catch((cause: Error) => this.#log.warn(`traders can't run yet: ${reasonOf(cause)}`));
    }
  }

  /** In words for strangers, what is wrong with the traders' database though the server goes on. */
  fault(): string | undefined {
    return this.#database?.lost() === undefined ? this.#fault : LOST;
  }

  /** What became of closes so far. */
  figures(): TraderFigures {
    const { runs, signals } = this.#counts;
    const { seconds: closes, retries: closeRetries } = this.#closes;
    const { fallbacks } = this.#parts.market;
    return { runs, signals, closes, closeRetries, fallbacks, database: this.#turns?.figures() };
  }

  /** Whether there is a database, or there was one in an earlier run. */
  #mayHaveTraders(): boolean {
    const { databaseUrl, dataDir } = this.#parts;
    if (this.#starting !== undefined || databaseUrl !== undefined) return true;
    return dataDir !== undefined && existsSync(join(dataDir, "database"));
  }

  /** The traders, once their database is there. A failure is kept for a while, so that not every call tries anew. */
  async traders(): Promise<Traders> {
    if (this.#ending.signal.aborted) throw new NotThere("the server is shutting down");
    if (this.#starting === undefined) {
      const starting = this.#open();
      this.#starting = starting;
      starting.then(
        (traders) => void this.#reconcile(traders),
        async () => {
          await this.#parts.clock.sleep(millis(RETRY_MS), this.#ending.signal).catch(() => {});
          if (this.#starting === starting) this.#starting = undefined;
          if (this.#mayHaveTraders() && !this.#ending.signal.aborted) this.traders().catch(() => {});
        },
      );
    }
    return await this.#starting;
  }

  /** Ends what runs within what a lease forgives; writes all that is to be written. */
  async stop(): Promise<void> {
    this.#ending.abort(new Error("stopped"));
    await this.#starting?.catch(() => {});
    this.#parts.screens.stop();
    await this.#sql?.end({ timeout: 2 });
    await this.#database?.stop();
  }

  async #open(): Promise<Traders> {
    const { databaseUrl, dataDir, market, clock, log, tell } = this.#parts;
    if (databaseUrl === undefined) this.#database ??= await startEmbeddedDatabase(dataDir);
    const url = databaseUrl ?? (this.#database as EmbeddedDatabase).url;
    const connections = databaseUrl === undefined ? 1 : CONNECTIONS;
    this.#sql ??= openDatabase({ url, connections });
    const sql = this.#sql;
    if (databaseUrl === undefined) await migrateUp(sql, readMigrations());
    else await checkMigrated(sql);
    const traders = createTraders({
      sql,
      connections,
      market,
      screener: this.#screener,
      clock,
      log: this.#log,
      origins: [],
      authorize: async () => {
        throw new FunctionProblem("unauthorized", "the server knows its callers");
      },
      onError: (requestId, cause) => log.error({ requestId, err: cause }, "a function failed inside"),
      patienceMs: PATIENCE_MS,
      onRun: (run) => this.#counts.count(run),
      onSignals: (signals, owner) => {
        // NOTIFY doesn't come through PGlite's socket; with PostgreSQL it brings those of other engines, too.
        if (databaseUrl === undefined) for (const signal of signals) tell(signal, owner);
      },
    });
    if (databaseUrl === undefined) await traders.executions.releaseAll();
    else
      await new SignalListener({ sql, signals: traders.signals, tell, clock, log: this.#log }).start(
        this.#ending.signal,
      );
    this.#turns = traders.turns;
    this.#fault = undefined;
    this.#log.info(
      `traders run in this server, stored in ${databaseUrl === undefined ? (dataDir ?? "memory") : "PostgreSQL"}`,
    );
    return traders;
  }

  /** Looks for what nobody told: at once, and then every minute. Ends when the database is lost; the next one has its own. */
  async #reconcile({ engine }: Traders): Promise<void> {
    const { clock } = this.#parts;
    const { signal } = this.#ending;
    while (!signal.aborted) {
      if (await this.#gaveUpLostDatabase()) return;
      try {
        await engine.reconcile();
      } catch (cause) {
        if (!signal.aborted) this.#log.warn(`traders: ${reasonOf(cause)}`);
      }
      await clock.sleep(millis(RECONCILE_EVERY_MS), signal).catch(() => {});
    }
  }

  /**
   * A folder that was moved or replaced isn't ours: another server may be in what stands in its place. The database is ended
   * without another word, and opened anew, which fails for as long as somebody else has it.
   */
  async #gaveUpLostDatabase(): Promise<boolean> {
    const lost = this.#database?.lost();
    if (lost === undefined) return false;
    this.#log.warn(`traders: ${lost}; reopening their database`);
    this.#fault = LOST;
    const sql = this.#sql;
    this.#database?.abandon();
    this.#database = undefined;
    this.#sql = undefined;
    this.#starting = undefined;
    await sql?.end({ timeout: 0 }).catch(() => {});
    this.traders().catch((cause: Error) => this.#log.warn(`traders can't run now: ${reasonOf(cause)}`));
    return true;
  }
}

async function checkMigrated(sql: Sql): Promise<void> {
  const waiting = (await migrationStatuses(sql, readMigrations())).filter(({ state }) => state === "waiting");
  if (waiting.length === 0) return;
  throw new NotThere(`the database lacks ${waiting.length} migrations: run \`vyx database\` on it`);
}

function pathOf(request: Request): string {
  return new URL(request.url).pathname;
}
