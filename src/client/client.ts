import type { Interval, MarketId } from "../core/mod.ts";
import {
  type ClosesAnswer,
  type CoverageAnswer,
  checkKlines,
  checkSeries,
  checkTicker,
  checkTickers,
  type HealthAnswer,
  type KlinesAnswer,
  type MetricSample,
  type PageSettings,
  type PreviewAnswer,
  type PreviewRequest,
  type ReadyAnswer,
  type ScreenAnswer,
  type ScreenRequest,
  type SeriesAnswer,
  type ServingAnswer,
  type SymbolsAnswer,
  type TickersAnswer,
  type WireKline,
  type WireTicker,
} from "../wire/mod.ts";
import { Asker, type CallOptions } from "./asker.ts";
import { FunctionAsker } from "./function-asker.ts";
import type { HistoryParts, HistoryQuery } from "./kline-history.ts";
import { load } from "./load.ts";
import { type ClientOptions, type ClientSettings, settingsOf } from "./options.ts";
import { pathOf } from "./path.ts";
import { checked, rare } from "./reader.ts";
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
  /** 1 to the server's capacity, or to 10,000 where it has older klines. Default: 100. The newest klines, or the oldest ones from `startTime` on. */
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
  /** Number of klines. Default: 500. A server that keeps fewer, and has no older ones, gives what it keeps: see `isCapped` of the series. */
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
    return this.#asker.ask({ method: "GET", path: "/health", reader: rare((all) => all.healthSchema) }, call);
  }

  /** Also resolves for a server that isn't ready, with the reasons: of all its markets, unless one is named. */
  ready(query: MarketQuery = {}): Promise<ReadyAnswer> {
    const { signal, ...parameters } = query;
    const path = pathOf(["ready"], parameters);
    return this.#asker.ask(
      { method: "GET", path, reader: rare((all) => all.readySchema), alsoAnswers: 503 },
      { signal },
    );
  }

  /** Whether the server has data to serve, and for how long none has arrived. Also resolves for a server that has none, with the reasons. */
  serving(call?: CallOptions): Promise<ServingAnswer> {
    return this.#asker.ask(
      { method: "GET", path: "/serving", reader: rare((all) => all.servingSchema), alsoAnswers: 503 },
      call,
    );
  }

  /** The server's metrics; docs/metrics.md lists them. Needs the scope `metrics`. */
  metrics(call?: CallOptions): Promise<readonly MetricSample[]> {
    return this.#asker.ask(
      { method: "GET", path: "/metrics", reader: rare((all) => all.metricsSchema), isText: true },
      call,
    );
  }

  /** The sign-in project of the server's users, and the URL of its traders. */
  pageSettings(call?: CallOptions): Promise<PageSettings> {
    return this.#asker.ask(
      { method: "GET", path: "/page-settings", reader: rare((all) => all.pageSettingsSchema) },
      call,
    );
  }

  /** The symbols that the server follows, sorted by name within each market. */
  symbols(query: SymbolsQuery = {}): Promise<SymbolsAnswer> {
    const { signal, ...parameters } = query;
    return this.#asker.ask(
      { method: "GET", path: pathOf(["symbols"], parameters), reader: rare((all) => all.symbolsSchema) },
      { signal },
    );
  }

  /** The klines of one series, oldest first. `complete` is true if none is missing; `settled` if none is uncertain. */
  klines(symbol: string, interval: Interval, query: KlinesQuery = {}): Promise<KlinesAnswer> {
    const { signal, ...parameters } = query;
    const path = pathOf(["klines", symbol, interval], parameters);
    return this.#asker.ask({ method: "GET", path, reader: checked(checkKlines) }, { signal });
  }

  /**
   * The closed klines of a range of any length, oldest first, each once. The client reads page by page, as you read, and waits where the
   * server's rate is used up. Leave the loop or abort the `signal` to end it. Throws ClientError where a page can't be read; go on from the
   * last kline's open time then.
   *
   * @example
   * for await (const kline of client.history("BTCUSDT", "1m", { startTime: Date.UTC(2024, 0, 1) })) console.log(kline.close);
   */
  async *history(symbol: string, interval: Interval, query: HistoryQuery): AsyncGenerator<WireKline, void, void> {
    const parts: HistoryParts = {
      settings: this.#settings,
      klines: (page) => this.klines(symbol, interval, page),
      capacity: async (signal) => (await this.health({ signal })).capacity,
    };
    const { klineHistory } = await load(() => import("./kline-history.ts"));
    yield* klineHistory(parts, query);
  }

  series(query: SeriesQuery): Promise<SeriesAnswer> {
    const { signal, ...parameters } = query;
    return this.#asker.ask(
      { method: "GET", path: pathOf(["klines"], parameters), reader: checked(checkSeries) },
      { signal },
    );
  }

  tickers(query: TickersQuery = {}): Promise<TickersAnswer> {
    const { signal, ...parameters } = query;
    return this.#asker.ask(
      { method: "GET", path: pathOf(["tickers"], parameters), reader: checked(checkTickers) },
      { signal },
    );
  }

  ticker(symbol: string, call?: CallOptions): Promise<WireTicker> {
    return this.#asker.ask({ method: "GET", path: pathOf(["ticker", symbol]), reader: checked(checkTicker) }, call);
  }

  /** The last close of each interval, and the symbols for which it is pending. */
  closes(query: MarketQuery = {}): Promise<ClosesAnswer> {
    const { signal, ...parameters } = query;
    return this.#asker.ask(
      { method: "GET", path: pathOf(["closes"], parameters), reader: rare((all) => all.closesSchema) },
      { signal },
    );
  }

  coverage(symbol: string, interval: Interval, call?: CallOptions): Promise<CoverageAnswer> {
    const path = pathOf(["coverage", symbol, interval]);
    return this.#asker.ask({ method: "GET", path, reader: rare((all) => all.coverageSchema) }, call);
  }

  /** Runs a filter over symbols. It changes nothing on the server, so the client retries it like a read. */
  screen(request: ScreenRequest, call?: CallOptions): Promise<ScreenAnswer> {
    const question = {
      method: "POST",
      path: "/screen",
      body: request,
      reader: rare((all) => all.screenSchema),
    } as const;
    return this.#asker.ask({ ...question, computesMs: SCREEN_MS }, call);
  }

  /** The last closes at which a filter would have matched. May take ten seconds; the time limit of a try is that much longer. */
  preview(request: PreviewRequest, call?: CallOptions): Promise<PreviewAnswer> {
    const question = {
      method: "POST",
      path: "/preview",
      body: request,
      reader: rare((all) => all.previewSchema),
    } as const;
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
