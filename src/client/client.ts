import type { Interval, MarketId } from "../core/mod.ts";
import {
  type ClosesAnswer,
  type CoverageAnswer,
  closesSchema,
  coverageSchema,
  type HealthAnswer,
  healthSchema,
  type KlinesAnswer,
  klinesSchema,
  type MetricSample,
  metricsSchema,
  type PageSettings,
  type PreviewAnswer,
  type PreviewRequest,
  pageSettingsSchema,
  previewSchema,
  type ReadyAnswer,
  readySchema,
  type ScreenAnswer,
  type ScreenRequest,
  type SeriesAnswer,
  type ServingAnswer,
  type SymbolsAnswer,
  screenSchema,
  seriesSchema,
  servingSchema,
  symbolsSchema,
  type TickersAnswer,
  tickerSchema,
  tickersSchema,
  type WireTicker,
} from "../wire/mod.ts";
import { Asker, type CallOptions } from "./asker.ts";
import { FunctionAsker } from "./function-asker.ts";
import { type ClientOptions, type ClientSettings, settingsOf } from "./options.ts";
import { pathOf } from "./path.ts";
import { SignalCalls } from "./signal-calls.ts";
import { KlineSeries } from "./stream/kline-series.ts";
import type { StreamMessage } from "./stream/message.ts";
import { type SubscribeOptions, Subscription } from "./stream/subscription.ts";
import { TraderCalls } from "./trader-calls.ts";

/** The server's time limits for these requests, in milliseconds: see the bounds in docs/filters.md. */
const SCREEN_MS = 2_000;
const PREVIEW_MS = 10_000;

/** Selects klines of a series. Times are open times in Unix milliseconds, both inclusive. */
export interface KlinesQuery extends CallOptions {
  /** 1 to the server's capacity. Default: 100. The newest klines, or the oldest ones from `startTime` on. */
  readonly limit?: number | undefined;
  readonly startTime?: number | undefined;
  readonly endTime?: number | undefined;
  /** Excludes the open kline. */
  readonly closed?: boolean | undefined;
}

/** Symbols by name, or a wildcard: `*` for those of the server's first market, `BYBIT:*`, `BYBIT:*.P` and the like for another's, `*:*` for all. */
export type SymbolsMeant = readonly string[] | "*" | "*:*" | `${string}:*` | `${string}:*.P`;

/** Selects several series: every symbol in every interval. */
export interface SeriesQuery extends CallOptions {
  readonly symbols: SymbolsMeant;
  readonly intervals: readonly Interval[];
  readonly limit?: number | undefined;
  readonly closed?: boolean | undefined;
}

/** Selects tickers. Default: all of the server's first market. */
export interface TickersQuery extends CallOptions {
  readonly symbols?: SymbolsMeant | undefined;
}

/** Selects a market. Default: the server's first one. */
export interface MarketQuery extends CallOptions {
  readonly market?: MarketId | undefined;
}

/** Selects the symbols of a market, or of all. Default: the server's first one. */
export interface SymbolsQuery extends CallOptions {
  readonly market?: MarketId | "all" | undefined;
}

/** Options of a local series. */
export interface KlineSeriesOptions extends CallOptions {
  /** Number of klines. Default: 500, or fewer if the server's capacity is smaller. */
  readonly limit?: number | undefined;
}

/**
 * Reads from one server. Every call resolves with a validated answer or rejects with a ClientError. An aborted call rejects with
 * its signal's reason. Calls share only the circuit breaker.
 */
export class Client {
  /** The caller's traders. */
  readonly traders: TraderCalls;
  /** The signals of these traders. */
  readonly signals: SignalCalls;
  readonly #settings: ClientSettings;
  readonly #asker: Asker;

  constructor(options: ClientOptions) {
    this.#settings = settingsOf(options);
    this.#asker = new Asker(this.#settings);
    const functions = functionsOf(this.#settings, this.#asker);
    this.traders = new TraderCalls(functions);
    this.signals = new SignalCalls(functions);
  }

  health(call?: CallOptions): Promise<HealthAnswer> {
    return this.#asker.ask({ method: "GET", path: "/health", schema: healthSchema }, call);
  }

  /** Also resolves for a server that isn't ready, with the reasons: of all its markets, unless one is named. */
  ready(query: MarketQuery = {}): Promise<ReadyAnswer> {
    const { signal, ...parameters } = query;
    const path = pathOf(["ready"], parameters);
    return this.#asker.ask({ method: "GET", path, schema: readySchema, alsoAnswers: 503 }, { signal });
  }

  /** Whether the server has data to serve, and for how long none has arrived. Also resolves for a server that has none, with the reasons. */
  serving(call?: CallOptions): Promise<ServingAnswer> {
    return this.#asker.ask({ method: "GET", path: "/serving", schema: servingSchema, alsoAnswers: 503 }, call);
  }

  /** The server's metrics; docs/metrics.md lists them. Needs the scope `metrics`. */
  metrics(call?: CallOptions): Promise<readonly MetricSample[]> {
    return this.#asker.ask({ method: "GET", path: "/metrics", schema: metricsSchema, isText: true }, call);
  }

  /** The sign-in project of the server's users, and the URL of its traders. */
  pageSettings(call?: CallOptions): Promise<PageSettings> {
    return this.#asker.ask({ method: "GET", path: "/page-settings", schema: pageSettingsSchema }, call);
  }

  /** The symbols that the server follows, sorted by name within each market. */
  symbols(query: SymbolsQuery = {}): Promise<SymbolsAnswer> {
    const { signal, ...parameters } = query;
    return this.#asker.ask({ method: "GET", path: pathOf(["symbols"], parameters), schema: symbolsSchema }, { signal });
  }

  /** The klines of one series, oldest first. `complete` is true if none is missing; `settled` if none is uncertain. */
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

  ticker(symbol: string, call?: CallOptions): Promise<WireTicker> {
    return this.#asker.ask({ method: "GET", path: pathOf(["ticker", symbol]), schema: tickerSchema }, call);
  }

  /** The last close of each interval, and the symbols for which it is pending. */
  closes(query: MarketQuery = {}): Promise<ClosesAnswer> {
    const { signal, ...parameters } = query;
    return this.#asker.ask({ method: "GET", path: pathOf(["closes"], parameters), schema: closesSchema }, { signal });
  }

  coverage(symbol: string, interval: Interval, call?: CallOptions): Promise<CoverageAnswer> {
    const path = pathOf(["coverage", symbol, interval]);
    return this.#asker.ask({ method: "GET", path, schema: coverageSchema }, call);
  }

  /** Runs a filter over symbols. It changes nothing on the server, so the client retries it like a read. */
  screen(request: ScreenRequest, call?: CallOptions): Promise<ScreenAnswer> {
    const question = { method: "POST", path: "/screen", body: request, schema: screenSchema } as const;
    return this.#asker.ask({ ...question, computesMs: SCREEN_MS }, call);
  }

  /** The last closes at which a filter would have matched. May take ten seconds; the time limit of a try is that much longer. */
  preview(request: PreviewRequest, call?: CallOptions): Promise<PreviewAnswer> {
    const question = { method: "POST", path: "/preview", body: request, schema: previewSchema } as const;
    return this.#asker.ask({ ...question, computesMs: PREVIEW_MS }, call);
  }

  /**
   * Messages of channels such as `closed:*:1m`, as an async iterable. It connects when you read the first message, and ends when
   * you leave the loop. Throws InvalidInput for an invalid channel.
   */
  subscribe(channels: readonly string[], options: SubscribeOptions = {}): Subscription {
    return new Subscription(this.#settings, channels, options);
  }

  /**
   * The same with a callback. If it returns a promise, the next message waits for it. Resolves when `options.signal` is aborted.
   * Rejects with ClientError if the server ends the subscription permanently, or with the callback's own error.
   */
  async listen(
    channels: readonly string[],
    onMessage: (message: StreamMessage) => unknown,
    options: SubscribeOptions = {},
  ): Promise<void> {
    for await (const message of this.subscribe(channels, options)) await onMessage(message);
  }

  /** A local series of `limit` klines (default 500), or of all that the server keeps if that is fewer, kept up to date until it is closed or `signal` is aborted. */
  klineSeries(symbol: string, interval: Interval, options: KlineSeriesOptions = {}): KlineSeries {
    const { limit = 500, signal: outer } = options;
    return new KlineSeries({
      settings: this.#settings,
      symbol,
      interval,
      limit,
      subscription: this.subscribe([`kline:${symbol}:${interval}`], { signal: outer }),
      history: (most, signal) => this.klines(symbol, interval, { limit: most, signal }),
      capacity: async (signal) => (await this.health({ signal })).capacity,
    });
  }
}

/** Creates a client for the server at `url`. Throws InvalidInput for invalid options. */
export function createClient(options: ClientOptions): Client {
  return new Client(options);
}

/** Functions on another host have a circuit breaker of their own. */
function functionsOf(settings: ClientSettings, asker: Asker): FunctionAsker {
  const { functionsUrl: url } = settings;
  if (url === undefined) return new FunctionAsker(asker, ["functions", "v1"]);
  return new FunctionAsker(new Asker({ ...settings, url }), []);
}
