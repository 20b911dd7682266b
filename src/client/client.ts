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
  type SymbolsAnswer,
  screenSchema,
  seriesSchema,
  symbolsSchema,
  type TickersAnswer,
  tickerSchema,
  tickersSchema,
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

/** How long a server computes at most before it answers, in milliseconds: docs/filters.md tells the bounds. */
const SCREEN_MS = 2_000;
const PREVIEW_MS = 10_000;

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

/** How a local series is kept. */
export interface KlineSeriesOptions extends CallOptions {
  /** How many klines; 500 by default, or as many as the server gives if it keeps fewer. */
  readonly limit?: number | undefined;
}

/**
 * Reads from one server. Every call resolves with an answer that was checked, or rejects with a ClientError; an aborted
 * one rejects with its signal's reason. Calls share nothing but the circuit breaker.
 */
export class Client {
  /** The caller's traders. */
  readonly traders: TraderCalls;
  /** What they found. */
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

  /** A server that isn't ready is an answer too, with the reasons. */
  ready(call?: CallOptions): Promise<ReadyAnswer> {
    return this.#asker.ask({ method: "GET", path: "/ready", schema: readySchema, alsoAnswers: 503 }, call);
  }

  /** What the server measures, as docs/metrics.md names it. Needs the scope `metrics`. */
  metrics(call?: CallOptions): Promise<readonly MetricSample[]> {
    return this.#asker.ask({ method: "GET", path: "/metrics", schema: metricsSchema, isText: true }, call);
  }

  /** Where users of the server sign in, and where its traders are. */
  pageSettings(call?: CallOptions): Promise<PageSettings> {
    return this.#asker.ask({ method: "GET", path: "/page-settings", schema: pageSettingsSchema }, call);
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
    const question = { method: "POST", path: "/screen", body: request, schema: screenSchema } as const;
    return this.#asker.ask({ ...question, computesMs: SCREEN_MS }, call);
  }

  /** At which of the last closes a filter would have matched. It may take ten seconds, and a try so much longer. */
  preview(request: PreviewRequest, call?: CallOptions): Promise<PreviewAnswer> {
    const question = { method: "POST", path: "/preview", body: request, schema: previewSchema } as const;
    return this.#asker.ask({ ...question, computesMs: PREVIEW_MS }, call);
  }

  /**
   * Messages of channels such as `closed:*:1m`, to be read with `for await`; leaving the loop ends it. It connects when
   * it is first read from. Throws InvalidInput for what isn't a channel.
   */
  subscribe(channels: readonly string[], options: SubscribeOptions = {}): Subscription {
    return new Subscription(this.#settings, channels, options);
  }

  /**
   * The same with a callback, which may return a promise: the next message waits for it. Resolves when `options.signal`
   * is aborted; rejects with ClientError when the server ended it for good, or with what the callback throws, which ends it, too.
   */
  async listen(
    channels: readonly string[],
    onMessage: (message: StreamMessage) => unknown,
    options: SubscribeOptions = {},
  ): Promise<void> {
    for await (const message of this.subscribe(channels, options)) await onMessage(message);
  }

  /** A local series that is kept right until it is closed or `signal` is aborted; of `limit` klines, 500 by default. */
  klineSeries(symbol: string, interval: Interval, options: KlineSeriesOptions = {}): KlineSeries {
    const { limit = 500, signal: outer } = options;
    return new KlineSeries({
      settings: this.#settings,
      symbol,
      interval,
      limit,
      subscription: this.subscribe([`kline:${symbol}:${interval}`], { signal: outer }),
      history: (most, signal) => this.klines(symbol, interval, { limit: most, signal }),
    });
  }
}

/** A client for the server at `url`. Throws InvalidInput for options that can't be meant. */
export function createClient(options: ClientOptions): Client {
  return new Client(options);
}

/** Functions elsewhere are asked on their own: trouble there is none of the server's. */
function functionsOf(settings: ClientSettings, asker: Asker): FunctionAsker {
  const { functionsUrl: url } = settings;
  if (url === undefined) return new FunctionAsker(asker, ["functions", "v1"]);
  return new FunctionAsker(new Asker({ ...settings, url }), []);
}
