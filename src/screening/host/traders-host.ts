import { type Clock, type Millis, millis, type Random, reasonOf } from "../../core/mod.ts";
import { DamagedDatabase } from "../../embedded/mod.ts";
import type { MarketReader } from "../../store/mod.ts";
import {
  CloseQueue,
  createTraders,
  type DatabaseHealth,
  DatabaseProbe,
  type DatabaseTurns,
  DatabaseWatch,
  databaseFault,
  FunctionProblem,
  type Functions,
  functionsWithoutDatabase,
  type MarketDataSource,
  type OutcomeSource,
  openAnnouncements,
  type PerformanceSource,
  type Retention,
  RunCounts,
  SignalListener,
  type Sql,
  type TraderEngine,
  type TraderFigures,
  type TraderLog,
  type Traders,
  tellClose,
  type WebhookAddress,
} from "../../traders/mod.ts";
import type { Signal } from "../../wire/mod.ts";
import type { Screens } from "../screens.ts";
import { ThreadScreener, type ThreadTimes } from "../thread-screener.ts";
import { hostedFunctions } from "./hosted-functions.ts";
import { Messages, type MessagesParts } from "./messages.ts";
import { NotThere } from "./not-there.ts";
import { OutcomeUpkeep } from "./outcome-upkeep.ts";
import { PriceAlerts } from "./price-alerts.ts";
import { TradersDatabase, type TradersDatabaseParts } from "./traders-database.ts";
import { Upkeep } from "./upkeep.ts";

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

/** Where traders live and what they look at. */
export interface TradersHostParts extends TradersDatabaseParts {
  /** Days that signals are kept; 0 for ever. */
  readonly keepSignals: number;
  /** Days that executions are kept; 0 for ever. */
  readonly keepExecutions: number;
  /** Where closes are told to when the traders run elsewhere. */
  readonly webhook: WebhookAddress | undefined;
  readonly markets: MarketReader;
  /** Where the functions read the market. */
  readonly market: MarketDataSource;
  /** What tells the outcomes of signals. */
  readonly outcomes: OutcomeSource;
  /** What compares them with the baseline. */
  readonly performances?: PerformanceSource | undefined;
  readonly clock: Clock;
  readonly random: Random;
  /** How messages about signals and price alerts reach what users named. */
  readonly posting: MessagesParts["posting"];
  /** By what closes, and filters that run in this thread, are timed. */
  readonly times: ThreadTimes;
  readonly log: TraderLog;
  /** A function failed because of a mistake of ours. */
  readonly onError: (requestId: string, cause: unknown) => void;
  readonly tell: (signal: Signal, owner: string) => void;
  /** Where traders' filters run, a share that nobody else takes; its thread begins with the first screen. Stopped with the traders. */
  readonly screens: Screens;
  /** Where filters are checked: among what comes with requests. */
  readonly requestScreens: Screens;
}

/**
 * Traders in this process. Our own database takes seconds and memory, so it is started when there are traders in it, or
 * when somebody asks for the first time; until then a server without traders is as small as ever.
 */
export class TradersHost {
  readonly #parts: TradersHostParts;
  readonly #ending: AbortController = new AbortController();
  readonly #database: TradersDatabase;
  readonly #closes: CloseQueue;
  readonly #counts: RunCounts = new RunCounts();
  readonly #screener: ThreadScreener;
  readonly #upkeep: Upkeep;
  readonly #messages: Messages;
  readonly #alerts: PriceAlerts;
  readonly #outcomes: OutcomeUpkeep;
  #starting: Promise<Traders> | undefined;
  #turns: DatabaseTurns | undefined;
  #engine: TraderEngine | undefined;
  #watch: DatabaseWatch | undefined;
  #retention: Retention | undefined;
  #filler: Traders["filler"];
  /** Why traders can't use their database, besides what the watch sees; undefined once they can. */
  #fault: string | undefined;

  constructor(parts: TradersHostParts) {
    this.#parts = parts;
    const { clock, log, times, webhook } = parts;
    this.#database = new TradersDatabase(parts);
    this.#screener = new ThreadScreener(parts.screens, parts.requestScreens, times);
    this.#closes = new CloseQueue(
      async (close) => {
        if (webhook !== undefined) await tellClose(webhook, close);
        else await (await this.traders()).engine.close(close);
        this.#outcomes.wake();
      },
      clock,
      times.stopwatch,
      log,
      this.#ending.signal,
    );
    this.#outcomes = new OutcomeUpkeep({
      closes: this.#closes,
      busySince: () => this.#engine?.busySince,
      clock,
      stopwatch: times.stopwatch,
      log,
    });
    this.#messages = new Messages(parts);
    this.#alerts = new PriceAlerts({ ...parts, onFired: () => this.#messages.wake() });
    this.#upkeep = new Upkeep({
      isEmbedded: this.#database.isEmbedded,
      dataDir: parts.dataDir,
      closes: this.#closes,
      whileUp: (work) => this.#whileUp(work),
      clock,
      log,
    });
  }

  /** Answers `/functions/v1/…`. Looking at a filter, or for traders where there can be none, waits for no database. */
  get functions(): Functions {
    return hostedFunctions({
      withoutDatabase: functionsWithoutDatabase(this.#screener, this.#parts.clock),
      mayHaveTraders: () => this.#mayHaveTraders(),
      traders: () => this.traders(),
      whileUp: (work) => this.#whileUp(work),
    });
  }

  /** The recipient of an e-mail ends the messages: false where no address has this token. Throws {@link DatabaseUnreachable}. */
  async endMail(token: string): Promise<boolean> {
    if (!this.#mayHaveTraders()) return false;
    return await this.#whileUp(async () => (await this.traders()).destinations.endMail(token));
  }

  /** Begins to hear the store's closes. Starts the database if there may be traders in it. */
  start(): void {
    const { markets, webhook, log } = this.#parts;
    const unused = this.#database.unusedFolder;
    if (unused !== undefined) {
      log.warn(
        `the data folder ${unused} holds traders of its own, which don't run while --database-url is set. To move them, stop the server and run: vyx database --database-url URL --move-from ${unused}`,
      );
    }
    const isWanted = (): boolean => webhook !== undefined || this.#starting !== undefined;
    markets.listen({
      close: ({ market, interval, closeTime }) => {
        if (isWanted()) this.#closes.add({ market, interval, closeTime });
      },
    });
    if (webhook !== undefined) return;
    this.#alerts.listen();
    if (this.#mayHaveTraders()) {
      this.traders().catch((cause: Error) => log.warn(`traders can't run yet: ${reasonOf(cause)}`));
    }
  }

  /** In words for strangers, what is wrong with the traders' database though the server goes on. */
  fault(): string | undefined {
    return this.#database.lost() === undefined ? (this.#fault ?? this.#watch?.health().fault) : LOST;
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
      outcomes: this.#filler?.stored,
      ...{ backlogSeconds: this.#backlogSeconds(), databaseHealth: this.#databaseHealth() },
      database: this.#turns?.figures(),
      storage: this.#upkeep.figures(),
      messages: this.#messages.figures(),
      alerts: this.#alerts.watched,
      expired: this.#retention?.figures(),
    };
  }

  #backlogSeconds(): number {
    const now = this.#parts.times.stopwatch();
    const since = Math.min(this.#closes.oldestAddedAt ?? now, this.#engine?.busySince ?? now);
    return (now - since) / 1_000;
  }

  /** Whether there may be traders: their database was asked for, is there, or was there in an earlier run. */
  #mayHaveTraders(): boolean {
    return this.#starting !== undefined || this.#database.mayExist();
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
    this.#outcomes.end();
    await this.#alerts.end();
    await this.#messages.end();
    await this.#upkeep.end();
    await this.#database.stop();
  }

  async #open(): Promise<Traders> {
    const {
      databaseUrl,
      market,
      outcomes,
      performances,
      clock,
      times,
      log,
      onError,
      tell,
      keepSignals,
      keepExecutions,
    } = this.#parts;
    const database = this.#database;
    const { isEmbedded, connections } = database;
    if (isEmbedded) await database.startEmbedded(this.#ending.signal);
    const sql = database.connect();
    this.#watchOver(sql);
    await database.migrate(sql);
    this.#messages.begin(sql, this.#ending.signal);
    this.#alerts.begin(sql, this.#ending.signal);
    const traders = createTraders({
      sql,
      deliverer: this.#messages,
      alerts: this.#alerts,
      connections,
      market,
      screener: this.#screener,
      outcomes,
      performances,
      clock,
      stopwatch: times.stopwatch,
      log,
      origins: [],
      authorize: async () => {
        throw new FunctionProblem("unauthorized", "the server knows its callers");
      },
      onError,
      patienceMs: PATIENCE_MS,
      keptDays: { signals: keepSignals, executions: keepExecutions },
      onRun: (run) => this.#counts.ended(run),
      onSignals: (signals, owner) => {
        this.#counts.stored(signals);
        this.#messages.wake();
        // NOTIFY doesn't come through PGlite's socket; with PostgreSQL it brings those of other engines, too.
        if (isEmbedded) for (const signal of signals) tell(signal, owner);
      },
    });
    if (databaseUrl === undefined) await traders.executions.releaseAll();
    else
      await new SignalListener({
        connect: () => openAnnouncements(databaseUrl),
        signals: traders.signals,
        tell,
        clock,
        log,
      }).start(this.#ending.signal);
    this.#turns = traders.turns;
    this.#engine = traders.engine;
    this.#retention = traders.retention;
    this.#upkeep.begin(sql, this.#ending.signal);
    this.#filler = traders.filler;
    this.#outcomes.begin(traders.filler, this.#ending.signal);
    this.#fault = undefined;
    log.info(`traders run in this server, stored in ${database.place}`);
    return traders;
  }

  /** Watches the database from now on: a PostgreSQL server over a connection of its own, ours over the only one that it has. */
  #watchOver(sql: Sql): void {
    if (this.#watch !== undefined) return;
    const { databaseUrl, clock, log } = this.#parts;
    const { signal } = this.#ending;
    const probe = databaseUrl === undefined ? undefined : new DatabaseProbe(databaseUrl);
    this.#watch = new DatabaseWatch({
      ask: async () => {
        if (probe !== undefined) return await probe.ask();
        await this.#giveUpLostDatabase();
        // One that was lost is opened anew, with another connection.
        return await (this.#database.sql ?? sql)`select 1`;
      },
      sharesConnection: probe === undefined,
      clock,
      log,
    });
    void this.#watch.run(signal).finally(() => probe?.end());
  }

  /** Does work with the database, and gives up when that is found to be away. */
  async #whileUp<T>(work: () => Promise<T>): Promise<T> {
    return await (this.#watch?.whileUp(work) ?? work());
  }

  /** Looks for what nobody told: at once, and then every minute, for as long as this engine is the one that is used. */
  async #reconcile({ engine }: Traders): Promise<void> {
    const { clock, log } = this.#parts;
    const { signal } = this.#ending;
    while (!signal.aborted && this.#engine === engine) {
      try {
        await engine.reconcile();
      } catch (cause) {
        if (!signal.aborted && this.#engine === engine) log.warn(`traders: ${reasonOf(cause)}`);
      }
      await clock.sleep(millis(RECONCILE_EVERY_MS), signal).catch(() => {});
    }
  }

  /**
   * A folder that was moved or replaced isn't ours: another server may be in what stands in its place. The database is ended
   * without another word, and opened anew, which fails for as long as somebody else has it.
   */
  async #giveUpLostDatabase(): Promise<void> {
    const lost = this.#database.lost();
    if (lost === undefined) return;
    const { log } = this.#parts;
    this.#engine?.stop();
    this.#engine = undefined;
    log.warn(`traders: ${lost}; reopening their database`);
    this.#fault = LOST;
    this.#outcomes.end();
    void this.#upkeep.end();
    void this.#messages.end();
    this.#alerts.abandon();
    this.#starting = undefined;
    await this.#database.giveUp();
    this.traders().catch((cause: Error) => log.warn(`traders can't run now: ${reasonOf(cause)}`));
  }
}

/** How long a database that couldn't be had, for this reason, is left alone. */
function retryAfter(cause: unknown): Millis {
  return millis(cause instanceof DamagedDatabase ? RETRY_DAMAGED_MS : RETRY_MS);
}
