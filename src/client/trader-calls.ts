import type { Interval, MarketId } from "../core/mod.ts";
import type {
  ExecutionsAnswer,
  ListedTrader,
  Trader,
  TraderPerformance,
  TradersAnswer,
  ValidateAnswer,
  VersionsAnswer,
} from "../wire/mod.ts";
import type { CallOptions } from "./asker.ts";
import { ClientError } from "./client-error.ts";
import type { FunctionAsker } from "./function-asker.ts";
import { rare } from "./reader.ts";

/** How long a server may take to compare the outcomes of a version with a baseline of many symbols, in milliseconds. */
const PERFORMANCE_MS = 60_000;

/** Selects traders. */
export interface TradersQuery extends CallOptions {
  /** Only traders that are on, or off. */
  readonly enabled?: boolean | undefined;
  /** The `cursor` of the previous page. */
  readonly cursor?: string | undefined;
  /** 1 to 500. Default: 50. */
  readonly limit?: number | undefined;
}

/** Selects versions of a trader. */
export interface VersionsQuery extends CallOptions {
  /** The `cursor` of the previous page. */
  readonly cursor?: string | undefined;
  /** 1 to 500. Default: 50. */
  readonly limit?: number | undefined;
}

/** Selects executions of a trader. */
export type ExecutionsQuery = VersionsQuery;

/** Selects a version of a trader, and how its outcomes are counted. */
export interface PerformanceQuery extends CallOptions {
  /** Default: the present one. */
  readonly version?: number | undefined;
  /** What buying and selling cost together, in percent, 0 to 10: subtracted from each return. Default: 0. */
  readonly feesPercent?: number | undefined;
}

/** The properties of a new trader. */
export interface NewTrader {
  readonly name: string;
  /** The filter. */
  readonly code: string;
  /** The intervals that it reads. Default: those that its code names. */
  readonly timeframes?: readonly Interval[] | undefined;
  /** It runs at each close of this interval. */
  readonly triggerInterval: Interval;
  readonly description?: string | undefined;
  /** Default: off. */
  readonly enabled?: boolean | undefined;
  /** The market that it watches. Default: that of its symbols, or the server's first one. */
  readonly market?: MarketId | undefined;
  /** Of one market. Default, and null: all symbols of its market. */
  readonly symbols?: readonly string[] | null | undefined;
  /** Number of candles after a signal within which further matches of the same symbol create no signal. Default: 0. */
  readonly cooldownCandles?: number | undefined;
}

/** A filter, and what it is to run on. */
export type FilterToCheck = Pick<NewTrader, "code" | "timeframes" | "symbols">;

/** The properties to change. Others keep their values. */
export type TraderChange = Partial<NewTrader>;

/** The caller's traders, through the function `traders`. */
export class TraderCalls {
  readonly #functions: FunctionAsker;

  constructor(functions: FunctionAsker) {
    this.#functions = functions;
  }

  /**
   * The caller's traders, newest first, each with its last execution. `cursor` requests the next page; null at the end.
   *
   * @throws ClientError `unauthorized`, `forbidden`; `not_ready` while the database starts
   * @example
   * const { traders, cursor } = await client.traders.list({ enabled: true, limit: 100 });
   * console.log(traders.map(({ name, problem }) => [name, problem]), cursor);
   */
  list(query: TradersQuery = {}): Promise<TradersAnswer> {
    const { signal, ...parameters } = query;
    const question = {
      method: "GET",
      parts: ["traders"],
      query: parameters,
      reader: rare((all) => all.tradersSchema),
    } as const;
    return this.#functions.ask(question, { signal });
  }

  /**
   * One trader, with its last execution, and in `problem` why it can never run as it is, or null.
   *
   * @throws ClientError `not_found`
   * @example
   * const { name, lastExecution } = await client.traders.read("00000000-0000-4000-8000-000000000000");
   * console.log(name, lastExecution?.status);
   */
  read(id: string, call?: CallOptions): Promise<ListedTrader> {
    return this.#functions.ask(
      { method: "GET", parts: ["traders", id], reader: rare((all) => all.listedTraderSchema) },
      call,
    );
  }

  /**
   * What the trader ran as since when: code and settings of each version, newest first. `cursor` requests the next page; null at the end.
   * `createdAt` is Unix milliseconds.
   *
   * @throws ClientError `not_found`; `not_ready` while the database starts
   * @example
   * const { versions, cursor } = await client.traders.versions("00000000-0000-4000-8000-000000000000", { limit: 10 });
   * for (const { version, createdAt, signals } of versions) console.log(version, new Date(createdAt), signals);
   * console.log(cursor);
   */
  versions(id: string, query: VersionsQuery = {}): Promise<VersionsAnswer> {
    const { signal, ...parameters } = query;
    const question = {
      method: "GET",
      parts: ["traders", id, "versions"],
      reader: rare((all) => all.versionsSchema),
    } as const;
    return this.#functions.ask({ ...question, query: parameters }, { signal });
  }

  /**
   * The trader's runs that ended, the newest close first, as far back as executions are kept: 30 days unless the server says otherwise.
   * `cursor` requests the next page; null at the end. `startedAt` and `finishedAt` are Unix milliseconds.
   *
   * @throws ClientError `not_found`; `not_ready` while the database starts
   * @example
   * const { executions, cursor } = await client.traders.executions("00000000-0000-4000-8000-000000000000", { limit: 10 });
   * for (const { closeTime, matches, error } of executions) console.log(new Date(closeTime), matches, error);
   * console.log(cursor);
   */
  executions(id: string, query: ExecutionsQuery = {}): Promise<ExecutionsAnswer> {
    const { signal, ...parameters } = query;
    const question = {
      method: "GET",
      parts: ["traders", id, "executions"],
      reader: rare((all) => all.executionsSchema),
    } as const;
    return this.#functions.ask({ ...question, query: parameters }, { signal });
  }

  /**
   * What became of the signals that a version stored, beside the baseline; returns are in percent. May take a minute; the time limit of a try
   * is that much longer.
   *
   * @throws ClientError `not_found`, also for a version that never was; `rate_limited` while your other baselines are computed
   * @example
   * const id = "00000000-0000-4000-8000-000000000000";
   * const { outcomes, notes } = await client.traders.performance(id, { version: 3, feesPercent: 0.2 });
   * console.log(notes);
   * for (const { horizon, edge } of outcomes) console.log(horizon, edge.says);
   */
  performance(id: string, query: PerformanceQuery = {}): Promise<TraderPerformance> {
    const { signal, ...parameters } = query;
    const question = {
      method: "GET",
      parts: ["traders", id, "performance"],
      reader: rare((all) => all.performanceSchema),
    } as const;
    return this.#functions.ask({ ...question, query: parameters, computesMs: PERFORMANCE_MS }, { signal });
  }

  /**
   * Stores a trader. Retried after 429 only, so that a lost answer doesn't create two traders.
   *
   * @throws ClientError `invalid_parameter` for an invalid filter, with line and column
   * @example
   * const code = 'return rsi(candles("1h").close, 14).at(-1) < 30;';
   * const { id } = await client.traders.create({ name: "Oversold", code, triggerInterval: "1h", enabled: true });
   * console.log(id);
   */
  create(trader: NewTrader, call?: CallOptions): Promise<Trader> {
    const question = {
      method: "POST",
      parts: ["traders"],
      body: trader,
      reader: rare((all) => all.traderSchema),
    } as const;
    return this.#functions.ask({ ...question, isOnce: true }, call);
  }

  /**
   * Changes what is named of a trader. Other properties keep their values.
   *
   * @throws ClientError `not_found`; `invalid_parameter` for an invalid filter
   * @example
   * await client.traders.update("00000000-0000-4000-8000-000000000000", { cooldownCandles: 4 });
   */
  update(id: string, change: TraderChange, call?: CallOptions): Promise<Trader> {
    const question = {
      method: "PATCH",
      parts: ["traders", id],
      body: change,
      reader: rare((all) => all.traderSchema),
    } as const;
    return this.#functions.ask(question, call);
  }

  /**
   * Deletes a trader with its signals. Resolves with false if it doesn't exist.
   *
   * @throws ClientError `unauthorized`, `forbidden`
   * @example
   * const existed = await client.traders.delete("00000000-0000-4000-8000-000000000000");
   * console.log(existed);
   */
  async delete(id: string, call?: CallOptions): Promise<boolean> {
    try {
      await this.#functions.ask(
        { method: "DELETE", parts: ["traders", id], reader: rare((all) => all.nothingSchema) },
        call,
      );
      return true;
    } catch (cause) {
      if (cause instanceof ClientError && cause.code === "not_found") return false;
      throw cause;
    }
  }

  /**
   * Switches a trader on or off.
   *
   * @throws ClientError `not_found`
   * @example
   * await client.traders.enable("00000000-0000-4000-8000-000000000000", false);
   */
  enable(id: string, enabled: boolean, call?: CallOptions): Promise<Trader> {
    const parts = ["traders", id, "enable"];
    return this.#functions.ask(
      { method: "POST", parts, body: { enabled }, reader: rare((all) => all.traderSchema) },
      call,
    );
  }

  /**
   * Checks a filter. The errors have line and column, counted from 1. With `symbols`, a column that one of their markets doesn't send is an error.
   * Stores nothing.
   *
   * @throws ClientError `invalid_parameter` for a request without code
   * @example
   * const { valid, errors } = await client.traders.validate({ code: "return candles(" });
   * console.log(valid, errors);
   */
  validate(filter: FilterToCheck, call?: CallOptions): Promise<ValidateAnswer> {
    const { code, timeframes, symbols } = filter;
    const question = {
      method: "POST",
      parts: ["traders", "validate"],
      reader: rare((all) => all.validateSchema),
    } as const;
    return this.#functions.ask({ ...question, body: { code, timeframes, symbols } }, call);
  }
}
