import type { Interval, Ticker } from "../core/mod.ts";
import {
  type ClosesAnswer,
  type CoverageAnswer,
  closesSchema,
  coverageSchema,
  type HealthAnswer,
  healthSchema,
  type KlinesAnswer,
  klinesSchema,
  type ReadyAnswer,
  readySchema,
  type ScreenAnswer,
  type ScreenRequest,
  type SeriesAnswer,
  type SymbolsAnswer,
  screenSchema,
  seriesSchema,
  symbolsSchema,
  type TickersAnswer,
  tickerSchema,
  tickersSchema,
} from "../wire/mod.ts";
import { Asker, type CallOptions } from "./asker.ts";
import { type ClientOptions, settingsOf } from "./options.ts";
import { pathOf } from "./path.ts";

/** Which klines of a series. Times are open times in Unix milliseconds, both included. */
export interface KlinesQuery extends CallOptions {
  /** 1 to the server's capacity; 100 when left out. The newest, or the oldest from `startTime` on. */
  readonly limit?: number | undefined;
  readonly startTime?: number | undefined;
  readonly endTime?: number | undefined;
  /** Leaves the open kline out. */
  readonly closed?: boolean | undefined;
}

/** Several series at once: every symbol in every interval. */
export interface SeriesQuery extends CallOptions {
  /** `*` for all that the server follows. */
  readonly symbols: readonly string[] | "*";
  readonly intervals: readonly Interval[];
  readonly limit?: number | undefined;
  readonly closed?: boolean | undefined;
}

/** Which tickers; all when left out. */
export interface TickersQuery extends CallOptions {
  readonly symbols?: readonly string[] | undefined;
}

/**
 * Reads from one server. Every call resolves with an answer that was checked, or rejects with a ClientError; an aborted
 * one rejects with its signal's reason. Calls share nothing but the circuit breaker.
 */
export class Client {
  readonly #asker: Asker;

  constructor(options: ClientOptions) {
    this.#asker = new Asker(settingsOf(options));
  }

  health(call?: CallOptions): Promise<HealthAnswer> {
    return this.#asker.ask({ method: "GET", path: "/health", schema: healthSchema }, call);
  }

  /** A server that isn't ready is an answer too, with the reasons. */
  ready(call?: CallOptions): Promise<ReadyAnswer> {
    return this.#asker.ask({ method: "GET", path: "/ready", schema: readySchema, alsoAnswers: 503 }, call);
  }

  symbols(call?: CallOptions): Promise<SymbolsAnswer> {
    return this.#asker.ask({ method: "GET", path: "/symbols", schema: symbolsSchema }, call);
  }

  /** The klines of one series, oldest first; `complete` says whether all that the exchange has is among them. */
  klines(symbol: string, interval: Interval, query: KlinesQuery = {}): Promise<KlinesAnswer> {
    const { signal, ...parameters } = query;
    const path = pathOf(["klines", symbol, interval], parameters);
    return this.#asker.ask({ method: "GET", path, schema: klinesSchema }, { signal });
  }

  series(query: SeriesQuery): Promise<SeriesAnswer> {
    const { signal, ...parameters } = query;
    return this.#asker.ask({ method: "GET", path: pathOf(["klines"], parameters), schema: seriesSchema }, { signal });
  }

  tickers(query: TickersQuery = {}): Promise<TickersAnswer> {
    const { signal, ...parameters } = query;
    return this.#asker.ask({ method: "GET", path: pathOf(["tickers"], parameters), schema: tickersSchema }, { signal });
  }

  ticker(symbol: string, call?: CallOptions): Promise<Ticker> {
    return this.#asker.ask({ method: "GET", path: pathOf(["ticker", symbol]), schema: tickerSchema }, call);
  }

  /** The last close of each interval, and which symbols still lack it. */
  closes(call?: CallOptions): Promise<ClosesAnswer> {
    return this.#asker.ask({ method: "GET", path: "/closes", schema: closesSchema }, call);
  }

  coverage(symbol: string, interval: Interval, call?: CallOptions): Promise<CoverageAnswer> {
    const path = pathOf(["coverage", symbol, interval]);
    return this.#asker.ask({ method: "GET", path, schema: coverageSchema }, call);
  }

  /** Runs a filter over symbols. It changes nothing on the server, so it is tried again like a read. */
  screen(request: ScreenRequest, call?: CallOptions): Promise<ScreenAnswer> {
    return this.#asker.ask({ method: "POST", path: "/screen", body: request, schema: screenSchema }, call);
  }
}

/** A client for the server at `url`. Throws InvalidInput for options that can't be meant. */
export function createClient(options: ClientOptions): Client {
  return new Client(options);
}
