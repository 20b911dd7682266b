import { existsSync } from "node:fs";
import type { Logger } from "pino";
import { type Clock, type Millis, millis, reasonOf, VyxError } from "../core/mod.ts";
import {
  DamagedDatabase,
  type DatabaseDurability,
  databaseFolder,
  type EmbeddedDatabase,
  hasEmbeddedDatabase,
  startEmbeddedDatabase,
} from "../embedded/mod.ts";
import { type Screens, ThreadScreener } from "../screening/mod.ts";
import type { MarketReader } from "../store/mod.ts";
import {
  CloseQueue,
  createTraders,
  type DatabaseHealth,
  DatabaseMaintenance,
  DatabaseProbe,
  type DatabaseTurns,
  DatabaseUnreachable,
  DatabaseWatch,
  databaseFault,
  FunctionProblem,
  type Functions,
  failureAnswer,
  functionsWithoutDatabase,
  type MarketDataSource,
  migrateUp,
  migrationStatuses,
  openAnnouncements,
  openDatabase,
  type Retention,
  RunCounts,
  requestIdOf,
  SignalListener,
  type Sql,
  type TraderEngine,
  type TraderFigures,
  type Traders,
  tellClose,
  type WebhookAddress,
} from "../traders/mod.ts";
import type { Signal } from "../wire/mod.ts";
import { backupSocket, type RowServer, serveRows } from "./backup/row-stream.ts";
import { readMigrations } from "./migrations-folder.ts";
import { stopwatch, threadTime } from "./stopwatch.ts";

/** How often what a push missed is looked for, in milliseconds. */
const RECONCILE_EVERY_MS = 60_000;

/** A close waits so long for the runs of those before, in milliseconds; then it is scheduled beside them. */
const PATIENCE_MS = 2_000;

/** A database that couldn't be had is tried again after this, in milliseconds. */
const RETRY_MS = 5_000;

/**
 * A damaged one is tried again after this, in milliseconds. Each try reads all of it, and it is mended only by a restore, for which the
 * server has to be stopped.
 */
const RETRY_DAMAGED_MS = 600_000;

/** What `/health` says when the folder of our own database was taken away under it. */
const LOST = "the traders' database was moved or replaced: see the log";

/** The same, while nothing is in its place: a new, empty database would look as if there had never been traders. */
const GONE =
  "the database was moved or replaced, and none is in its place: put the folder `database` back into the data folder, or restart the server to begin without traders";

/** Connections to a PostgreSQL server. PGlite has one. */
const CONNECTIONS = 8;

/** Where traders live and what they look at. */
export interface TradersHostParts {
  /** A PostgreSQL server's address; undefined for the database of our own. */
  readonly databaseUrl: string | undefined;
  /** The folder of the database of our own; undefined keeps it in memory. */
  readonly dataDir: string | undefined;
  readonly databaseDurability: DatabaseDurability;
  /** Days that signals are kept; 0 for ever. */
  readonly keepSignals: number;
  /** Days that executions are kept; 0 for ever. */
  readonly keepExecutions: number;
  /** Where closes are told to when the traders run elsewhere. */
  readonly webhook: WebhookAddress | undefined;
  readonly markets: MarketReader;
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
  #engine: TraderEngine | undefined;
  #watch: DatabaseWatch | undefined;
  #rows: RowServer | undefined;
  #retention: Retention | undefined;
  #maintenance: DatabaseMaintenance | undefined;
  /** Ends the upkeep of a database that isn't used any more. */
  #upkeeping: AbortController = new AbortController();
  /** Why traders can't use their database, besides what the watch sees; undefined once they can. */
  #fault: string | undefined;
  /** The database was moved away while it was open. */
  #wasLost = false;

  constructor(parts: TradersHostParts) {
    this.#parts = parts;
    const { log, clock, webhook } = parts;
    this.#screener = new ThreadScreener(parts.screens, parts.requestScreens, { stopwatch, threadTime });
    this.#log = { info: (message) => log.info(message), warn: (message) => log.warn(message) };
    this.#closes = new CloseQueue(
      async (close) => {
        if (webhook !== undefined) await tellClose(webhook, close);
        else await (await this.traders()).engine.close(close);
      },
      clock,
      stopwatch,
      this.#log,
      this.#ending.signal,
    );
  }

  /** Answers `/functions/v1/…`. Looking at a filter, or for traders where there can be none, waits for no database. */
  get functions(): Functions {
    const withoutDatabase = functionsWithoutDatabase(this.#screener, this.#parts.clock);
    return async (name, request, caller, requestId) => {
      const isCheck =
        name === "traders" && request.method === "POST" && /\/traders\/validate\/?$/.test(pathOf(request));
      if (isCheck || (request.method === "GET" && !this.#mayHaveTraders())) {
        return await withoutDatabase(name, request, caller, requestId);
      }
      const opening = this.traders().catch((cause: unknown) => {
        throw new DatabaseUnreachable(reasonOf(cause), { cause });
      });
      opening.catch(() => {});
      const answer = async (): Promise<Response> => (await opening).functions(name, request, caller, requestId);
      try {
        return await (this.#watch === undefined ? answer() : this.#watch.whileUp(answer));
      } catch (cause) {
        if (!(cause instanceof DatabaseUnreachable)) throw cause;
        return failureAnswer(cause, requestId ?? requestIdOf(request)) as Response;
      }
    };
  }

  /** Begins to hear the store's closes. Starts the database if there may be traders in it. */
  start(): void {
    const { markets, webhook, databaseUrl, dataDir } = this.#parts;
    if (databaseUrl !== undefined && dataDir !== undefined && hasEmbeddedDatabase(dataDir)) {
      this.#log.warn(
        `the data folder ${dataDir} holds traders of its own, which don't run while --database-url is set. To move them, stop the server and run: vyx database --database-url URL --move-from ${dataDir}`,
      );
    }
    const isWanted = (): boolean => webhook !== undefined || this.#starting !== undefined;
    markets.listen({
      close: ({ market, interval, closeTime }) => {
        if (isWanted()) this.#closes.add({ market, interval, closeTime });
      },
    });
    if (webhook !== undefined) return;
    if (this.#mayHaveTraders()) {
      this.traders().catch((cause: Error) => this.#log.warn(`traders can't run yet: ${reasonOf(cause)}`));
    }
  }

  /** In words for strangers, what is wrong with the traders' database though the server goes on. */
  fault(): string | undefined {
    return this.#database?.lost() === undefined ? (this.#fault ?? this.#watch?.health().fault) : LOST;
  }

  #databaseHealth(): DatabaseHealth | undefined {
    const fault = this.fault();
    const seen = this.#watch?.health();
    if (fault === undefined && seen?.answeredAt === undefined) return undefined;
    return { fault, errors: seen?.errors ?? 0, answeredAt: seen?.answeredAt };
  }

  /** What became of closes so far. */
  figures(): TraderFigures {
    const { runs, signals } = this.#counts;
    const { seconds: closes, retries: closeRetries } = this.#closes;
    const { fallbacks } = this.#parts.market;
    return {
      ...{ runs, signals, closes, closeRetries, fallbacks },
      ...{ backlogSeconds: this.#backlogSeconds(), databaseHealth: this.#databaseHealth() },
      database: this.#turns?.figures(),
      storage: this.#maintenance?.figures(),
      expired: this.#retention?.figures(),
    };
  }

  #backlogSeconds(): number {
    const now = stopwatch();
    const since = Math.min(this.#closes.oldestAddedAt ?? now, this.#engine?.busySince ?? now);
    return (now - since) / 1_000;
  }

  /** Whether there is a database, or there was one in an earlier run. */
  #mayHaveTraders(): boolean {
    const { databaseUrl, dataDir } = this.#parts;
    if (this.#starting !== undefined || databaseUrl !== undefined || this.#wasLost) return true;
    return dataDir !== undefined && existsSync(databaseFolder(dataDir));
  }

  /** The traders, once their database is there. A failure is kept for a while, so that not every call tries anew. */
  async traders(): Promise<Traders> {
    if (this.#ending.signal.aborted) throw new NotThere("the server is shutting down");
    if (this.#starting === undefined) {
      const starting = this.#open();
      this.#starting = starting;
      starting.then(
        (traders) => void this.#reconcile(traders),
        async (cause) => {
          if (!this.#ending.signal.aborted) this.#fault = databaseFault(cause);
          await this.#parts.clock.sleep(retryAfter(cause), this.#ending.signal).catch(() => {});
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
    (await this.#starting?.catch(() => undefined))?.engine.stop();
    this.#parts.screens.stop();
    await this.#rows?.stop();
    await this.#sql?.end({ timeout: 2 });
    await this.#database?.stop();
  }

  async #open(): Promise<Traders> {
    const { databaseUrl, dataDir, databaseDurability, market, clock, log, tell } = this.#parts;
    const { keepSignals, keepExecutions } = this.#parts;
    if (databaseUrl === undefined) {
      if (this.#wasLost && dataDir !== undefined && !hasEmbeddedDatabase(dataDir)) throw new NotThere(GONE);
      this.#database ??= await startEmbeddedDatabase(dataDir, this.#ending.signal, databaseDurability);
    }
    const url = databaseUrl ?? (this.#database as EmbeddedDatabase).url;
    const connections = databaseUrl === undefined ? 1 : CONNECTIONS;
    this.#sql ??= openDatabase({ url, connections });
    const sql = this.#sql;
    this.#watchOver(databaseUrl, sql);
    if (databaseUrl === undefined) await migrateUp(sql, readMigrations());
    else await checkMigrated(sql);
    const traders = createTraders({
      sql,
      connections,
      market,
      screener: this.#screener,
      clock,
      stopwatch,
      log: this.#log,
      origins: [],
      authorize: async () => {
        throw new FunctionProblem("unauthorized", "the server knows its callers");
      },
      onError: (requestId, cause) => log.error({ requestId, err: cause }, "a function failed inside"),
      patienceMs: PATIENCE_MS,
      keptDays: { signals: keepSignals, executions: keepExecutions },
      onRun: (run) => this.#counts.ended(run),
      onSignals: (signals, owner) => {
        this.#counts.stored(signals);
        // NOTIFY doesn't come through PGlite's socket; with PostgreSQL it brings those of other engines, too.
        if (databaseUrl === undefined) for (const signal of signals) tell(signal, owner);
      },
    });
    if (databaseUrl === undefined) await traders.executions.releaseAll();
    else
      await new SignalListener({
        connect: () => openAnnouncements(url),
        signals: traders.signals,
        tell,
        clock,
        log: this.#log,
      }).start(this.#ending.signal);
    this.#turns = traders.turns;
    this.#engine = traders.engine;
    this.#retention = traders.retention;
    this.#upkeep(sql);
    this.#serveBackups(sql);
    this.#fault = undefined;
    this.#log.info(
      `traders run in this server, stored in ${databaseUrl === undefined ? (dataDir ?? "memory") : "PostgreSQL"}`,
    );
    return traders;
  }

  /** Watches the database from now on: a PostgreSQL server over a connection of its own, ours over the only one that it has. */
  #watchOver(databaseUrl: string | undefined, sql: Sql): void {
    if (this.#watch !== undefined) return;
    const { clock } = this.#parts;
    const { signal } = this.#ending;
    const probe = databaseUrl === undefined ? undefined : new DatabaseProbe(databaseUrl);
    this.#watch = new DatabaseWatch({
      ask: async () => {
        if (probe !== undefined) return await probe.ask();
        await this.#giveUpLostDatabase();
        // One that was lost is opened anew, with another connection.
        return await (this.#sql ?? sql)`select 1`;
      },
      sharesConnection: probe === undefined,
      clock,
      log: this.#log,
    });
    void this.#watch.run(signal).finally(() => probe?.end());
  }

  /** Lets `vyx backup` read the embedded database, which only this process can open. */
  #serveBackups(sql: Sql): void {
    const { databaseUrl, dataDir } = this.#parts;
    if (databaseUrl !== undefined || dataDir === undefined || this.#rows !== undefined) return;
    const path = backupSocket(dataDir);
    const warn = (why: string): void => this.#log.warn(`vyx backup works only while this server is stopped: ${why}`);
    try {
      this.#rows = serveRows(path, {
        sql,
        idle: () => this.#closes.idle(),
        whileUp: async (work) => await (this.#watch?.whileUp(work) ?? work()),
      });
      if (this.#rows === undefined) warn(`${path} is too long for the path of a socket`);
    } catch (cause) {
      warn(reasonOf(cause));
    }
  }

  /** Keeps the database in shape, for as long as this is the one that is used. */
  #upkeep(sql: Sql): void {
    const { databaseUrl, clock } = this.#parts;
    this.#upkeeping.abort();
    this.#upkeeping = new AbortController();
    const signal = AbortSignal.any([this.#upkeeping.signal, this.#ending.signal]);
    const isEmbedded = databaseUrl === undefined;
    const isIdle = (): boolean => this.#closes.isIdle;
    this.#maintenance = new DatabaseMaintenance({ sql, isEmbedded, isIdle, clock, log: this.#log });
    void this.#maintenance.run(signal);
  }

  /** Looks for what nobody told: at once, and then every minute, for as long as this engine is the one that is used. */
  async #reconcile({ engine }: Traders): Promise<void> {
    const { clock } = this.#parts;
    const { signal } = this.#ending;
    while (!signal.aborted && this.#engine === engine) {
      try {
        await engine.reconcile();
      } catch (cause) {
        if (!signal.aborted && this.#engine === engine) this.#log.warn(`traders: ${reasonOf(cause)}`);
      }
      await clock.sleep(millis(RECONCILE_EVERY_MS), signal).catch(() => {});
    }
  }

  /**
   * A folder that was moved or replaced isn't ours: another server may be in what stands in its place. The database is ended
   * without another word, and opened anew, which fails for as long as somebody else has it.
   */
  async #giveUpLostDatabase(): Promise<void> {
    const lost = this.#database?.lost();
    if (lost === undefined) return;
    this.#engine?.stop();
    this.#engine = undefined;
    this.#log.warn(`traders: ${lost}; reopening their database`);
    this.#fault = LOST;
    this.#wasLost = true;
    this.#upkeeping.abort();
    const sql = this.#sql;
    void this.#rows?.stop();
    this.#rows = undefined;
    this.#database?.abandon();
    this.#database = undefined;
    this.#sql = undefined;
    this.#starting = undefined;
    await sql?.end({ timeout: 0 }).catch(() => {});
    this.traders().catch((cause: Error) => this.#log.warn(`traders can't run now: ${reasonOf(cause)}`));
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

/** How long a database that couldn't be had, for this reason, is left alone. */
function retryAfter(cause: unknown): Millis {
  return millis(cause instanceof DamagedDatabase ? RETRY_DAMAGED_MS : RETRY_MS);
}
