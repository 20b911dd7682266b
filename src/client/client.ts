import type { Interval, MarketId } from "../core/mod.ts";
import {
  type ClosesAnswer,
  type CoverageAnswer,
  checkKlines,
  checkSeries,
  checkTicker,
  checkTickers,
  type FiguresAnswer,
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

  /**
   * How the server and its markets are: status with reasons, data source, symbols, feeds, coverage. Ages and lags are in milliseconds, times in Unix
   * milliseconds. Needs no key.
   *
   * @throws ClientError of the connection only, for example `network`
   * @example
   * const { status, reasons, source, capacity } = await client.health();
   * if (status !== "ok") console.error(reasons);
   * console.log(source, capacity);
   */
  health(call?: CallOptions): Promise<HealthAnswer> {
    return this.#asker.ask({ method: "GET", path: "/health", reader: rare((all) => all.healthSchema) }, call);
  }

  /**
   * Whether the server is warm, connected and current. Also resolves for a server that isn't ready, with the reasons: of all its markets, unless one is
   * named. Needs no key.
   *
   * @throws ClientError `invalid_parameter` for a market that the server doesn't have
   * @example
   * const answer = await client.ready({ market: "binance" });
   * if (!answer.ready) console.error(answer.reasons);
   */
  ready(query: MarketQuery = {}): Promise<ReadyAnswer> {
    const { signal, ...parameters } = query;
    const path = pathOf(["ready"], parameters);
    return this.#asker.ask(
      { method: "GET", path, reader: rare((all) => all.readySchema), alsoAnswers: 503 },
      { signal },
    );
  }

  /**
   * Whether the server has data to serve, and for how many seconds none has arrived (`staleSeconds`, null while it is current). Also resolves for a
   * server that has none, with the reasons. Needs no key.
   *
   * @throws ClientError of the connection only, for example `timeout`
   * @example
   * const answer = await client.serving();
   * console.log(answer.serving ? answer.staleSeconds : answer.reasons);
   */
  serving(call?: CallOptions): Promise<ServingAnswer> {
    return this.#asker.ask(
      { method: "GET", path: "/serving", reader: rare((all) => all.servingSchema), alsoAnswers: 503 },
      call,
    );
  }

  /**
   * The server's metrics, in seconds and bytes; docs/metrics.md lists them. Needs the scope `metrics`.
   *
   * @throws ClientError `unauthorized`, `forbidden`
   * @example
   * const samples = await client.metrics();
   * console.log(samples.find(({ name }) => name === "vyx_sockets")?.value);
   */
  metrics(call?: CallOptions): Promise<readonly MetricSample[]> {
    return this.#asker.ask(
      { method: "GET", path: "/metrics", reader: rare((all) => all.metricsSchema), isText: true },
      call,
    );
  }

  /**
   * The server's figures over the last hour, a sample every ten seconds, oldest first; by the names of metrics, in their units. Times are Unix
   * milliseconds of the server's local clock. Those about the process need the scope `metrics`.
   *
   * @throws ClientError `unauthorized`, `forbidden`
   * @example
   * const { at, figures } = await client.figures();
   * console.log(at.length, figures.vyx_feed_lag_seconds?.at(-1));
   */
  figures(call?: CallOptions): Promise<FiguresAnswer> {
    return this.#asker.ask({ method: "GET", path: "/figures", reader: rare((all) => all.figuresSchema) }, call);
  }

  /**
   * What a page knows before it asks for anything else: where users sign in, where traders are, and the markets, the first one first. Needs no key.
   *
   * @throws ClientError of the connection only, for example `network`
   * @example
   * const { signIn, markets } = await client.pageSettings();
   * console.log(signIn?.url, markets);
   */
  pageSettings(call?: CallOptions): Promise<PageSettings> {
    return this.#asker.ask(
      { method: "GET", path: "/page-settings", reader: rare((all) => all.pageSettingsSchema) },
      call,
    );
  }

  /**
   * The symbols that the server follows, sorted by name within each market, with base, quote, status and decimals. `market`: one market, or `all`.
   *
   * @throws ClientError `invalid_parameter` for a market that the server doesn't have
   * @example
   * const { symbols } = await client.symbols({ market: "all" });
   * console.log(symbols.filter(({ status }) => status === "TRADING").length);
   */
  symbols(query: SymbolsQuery = {}): Promise<SymbolsAnswer> {
    const { signal, ...parameters } = query;
    return this.#asker.ask(
      { method: "GET", path: pathOf(["symbols"], parameters), reader: rare((all) => all.symbolsSchema) },
      { signal },
    );
  }

  /**
   * The klines of one series, oldest first. Times are open times in Unix milliseconds; prices are in the quote asset, `volume` in the base asset. A
   * figure that the market doesn't send is null. `complete` is true if none is missing; `settled` if none is uncertain.
   *
   * @throws ClientError `unknown_symbol`, `unknown_interval`; `invalid_parameter` for a `limit` beyond what the server keeps
   * @example
   * const { klines, complete } = await client.klines("BTCUSDT", "1m", { limit: 500, closed: true });
   * console.log(complete, klines.at(-1)?.close);
   */
  klines(symbol: string, interval: Interval, query: KlinesQuery = {}): Promise<KlinesAnswer> {
    const { signal, ...parameters } = query;
    const path = pathOf(["klines", symbol, interval], parameters);
    return this.#asker.ask({ method: "GET", path, reader: checked(checkKlines) }, { signal });
  }

  /**
   * The closed klines of a range of any length, oldest first, each once. The client reads page by page, as you read, and waits where the
   * server's rate is used up. Leave the loop or abort the `signal` to end it. Where a page can't be read, go on from the last kline's `openTime + 1`.
   *
   * @throws ClientError as `klines`; InvalidInput where `startTime` lies after `endTime`
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

  /**
   * The newest klines of several series in one answer: every symbol in every interval. An answer may be many megabytes: its price follows its klines.
   *
   * @throws ClientError `unknown_symbol`, `unknown_interval`; `invalid_parameter` for a `limit` beyond what the server keeps
   * @example
   * const { series } = await client.series({ symbols: "*", intervals: ["1h"], limit: 24, closed: true });
   * for (const { symbol, klines } of series) console.log(symbol, klines.length);
   */
  series(query: SeriesQuery): Promise<SeriesAnswer> {
    const { signal, ...parameters } = query;
    return this.#asker.ask(
      { method: "GET", path: pathOf(["klines"], parameters), reader: checked(checkSeries) },
      { signal },
    );
  }

  /**
   * Tickers, sorted by symbol: prices and volumes of the last 24 hours, or of `windowMs` milliseconds where they were added up from fewer klines.
   *
   * @throws ClientError `unknown_symbol`
   * @example
   * const { tickers } = await client.tickers({ symbols: ["BTCUSDT", "ETHUSDT"] });
   * for (const { symbol, price, priceChangePercent } of tickers) console.log(symbol, price, priceChangePercent);
   */
  tickers(query: TickersQuery = {}): Promise<TickersAnswer> {
    const { signal, ...parameters } = query;
    return this.#asker.ask(
      { method: "GET", path: pathOf(["tickers"], parameters), reader: checked(checkTickers) },
      { signal },
    );
  }

  /**
   * The ticker of one symbol. `updatedAt` is the market's time in Unix milliseconds.
   *
   * @throws ClientError `unknown_symbol`
   * @example
   * const { price, updatedAt } = await client.ticker("BTCUSDT");
   * console.log(price, new Date(updatedAt));
   */
  ticker(symbol: string, call?: CallOptions): Promise<WireTicker> {
    return this.#asker.ask({ method: "GET", path: pathOf(["ticker", symbol]), reader: checked(checkTicker) }, call);
  }

  /**
   * The last close of each interval, with its close time in Unix milliseconds, and the symbols for which it is pending.
   *
   * @throws ClientError `invalid_parameter` for a market that the server doesn't have
   * @example
   * const { intervals } = await client.closes();
   * console.log(intervals["1m"]?.closeTime, intervals["1m"]?.pending);
   */
  closes(query: MarketQuery = {}): Promise<ClosesAnswer> {
    const { signal, ...parameters } = query;
    return this.#asker.ask(
      { method: "GET", path: pathOf(["closes"], parameters), reader: rare((all) => all.closesSchema) },
      { signal },
    );
  }

  /**
   * What the server has of one series: first and last open time, holes, ranges that are uncertain (open times, both inclusive), and where the klines
   * come from.
   *
   * @throws ClientError `unknown_symbol`, `unknown_interval`
   * @example
   * const { count, holes, uncertain } = await client.coverage("BTCUSDT", "1m");
   * console.log(count, holes, uncertain);
   */
  coverage(symbol: string, interval: Interval, call?: CallOptions): Promise<CoverageAnswer> {
    const path = pathOf(["coverage", symbol, interval]);
    return this.#asker.ask({ method: "GET", path, reader: rare((all) => all.coverageSchema) }, call);
  }

  /**
   * Runs a filter over symbols at the last close. It changes nothing on the server, so the client retries it like a read. Needs the scope `screen`. May
   * take two seconds; the time limit of a try is that much longer.
   *
   * @throws ClientError `invalid_parameter` for a filter that can't run, with line and column; `rate_limited`
   * @example
   * const code = 'return rsi(candles("1h").close, 14).at(-1) < 30;';
   * const { matches, skipped } = await client.screen({ code, timeframes: ["1h"] });
   * console.log(matches.map(({ symbol }) => symbol), skipped);
   */
  screen(request: ScreenRequest, call?: CallOptions): Promise<ScreenAnswer> {
    const question = {
      method: "POST",
      path: "/screen",
      body: request,
      reader: rare((all) => all.screenSchema),
    } as const;
    return this.#asker.ask({ ...question, computesMs: SCREEN_MS }, call);
  }

  /**
   * The last closes at which a filter would have matched, with close times in Unix milliseconds. Needs the scope `screen`. May take ten seconds; the time limit of a try is that much longer.
   *
   * @throws ClientError `invalid_parameter` for a filter that can't run, with line and column; `rate_limited`
   * @example
   * const code = 'return rsi(candles("1h").close, 14).at(-1) < 30;';
   * const { closes, exact } = await client.preview({ code, interval: "1h", closes: 48 });
   * for (const { closeTime, matches } of closes) console.log(new Date(closeTime), matches.length, exact);
   */
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
   * Messages of channels such as `closed:*:1m`, as an async iterable. It connects when you read the first message, reconnects by itself, and ends when
   * you leave the loop. `since`: by channel, an open time in Unix milliseconds.
   *
   * @throws InvalidInput for an invalid channel; the loop throws ClientError when the server ends it for good, for example `unauthorized`
   * @example
   * for await (const message of client.subscribe(["closed:*:1m"])) {
   *   if (message.type === "kline") console.log(message.channel, message.kline.close);
   * }
   */
  subscribe(channels: readonly string[], options: SubscribeOptions = {}): Subscription {
    return new Subscription(this.#settings, channels, options);
  }

  /**
   * The same with a callback. If it returns a promise, the next message waits for it. Resolves when `options.signal` is aborted.
   *
   * @throws ClientError when the server ends it for good; InvalidInput for an invalid channel; the callback's own error
   * @example
   * const stop = new AbortController();
   * setTimeout(() => stop.abort(), 60_000);
   * await client.listen(["tickers"], (message) => console.log(message.type), { signal: stop.signal });
   */
  async listen(
    channels: readonly string[],
    onMessage: (message: StreamMessage) => unknown,
    options: SubscribeOptions = {},
  ): Promise<void> {
    for await (const message of this.subscribe(channels, options)) await onMessage(message);
  }

  /**
   * A local series of the newest `limit` klines (default 500), kept up to date until it is closed or `signal` is aborted. Where the server keeps fewer and
   * has no older ones, it holds what the server keeps: `isCapped` says so, and `limit` how many.
   *
   * @throws InvalidInput for an invalid symbol; what ends the series later is its `error`
   * @example
   * const series = client.klineSeries("BTCUSDT", "1m", { limit: 5_000 });
   * series.listen(() => console.log(series.state, series.klines.length, series.isCapped ? series.limit : "all"));
   */
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

/**
 * Creates a client for the server at `url`. Nothing is sent before the first call. Time limits are in milliseconds.
 *
 * @throws InvalidInput for invalid options
 * @example
 * const client = createClient({ url: "http://127.0.0.1:8080", apiKey: process.env.VYX_API_KEY, deadlineMs: 10_000 });
 * console.log((await client.ready()).ready);
 */
export function createClient(options: ClientOptions): Client {
  return new Client(options);
}

/** Functions on another host have a circuit breaker of their own. */
function functionsOf(settings: ClientSettings, asker: Asker): FunctionAsker {
  const { functionsUrl: url } = settings;
  if (url === undefined) return new FunctionAsker(asker, ["functions", "v1"]);
  return new FunctionAsker(new Asker({ ...settings, url }), []);
}
