import {
  type Clock,
  type Feed,
  type FeedState,
  type FeedStatus,
  type KlineEvent,
  type MarketEvent,
  type MarketGaps,
  type MarketSink,
  millis,
  openTimeOf,
  type Random,
  type Symbol,
  type SymbolInfo,
  type UnixMs,
} from "../../core/mod.ts";
import { type SocketFactory, StreamConnection } from "./connection.ts";
import { type FrameOutcome, FrameReader } from "./frames.ts";
import { Repair } from "./repair.ts";
import { BinanceRest, ExchangeError, words } from "./rest.ts";
import { type SymbolSelection, selectSymbols } from "./selection.ts";

/** Streams on one connection. The exchange allows 1024 (2026-07); fewer keep the URL short and a cut small. */
const MAX_STREAMS = 400;

/** Waits between attempts to learn the exchange's symbols at the start, in milliseconds. */
const START_RETRY_MS = { first: 500, longest: 30_000, refused: 300_000 } as const;

/** The exchange's own addresses for market data; no account is needed (Binance spot API, 2026-07). */
export const BINANCE_REST = "https://data-api.binance.vision";
export const BINANCE_WS = "wss://data-stream.binance.vision";

/** What the feed tells people while it works. */
export interface FeedLog {
  info(message: string): void;
  warn(message: string): void;
}

/** How a Binance feed is set up. */
export interface BinanceFeedOptions {
  readonly restUrl: string;
  readonly wsUrl: string;
  readonly selection: SymbolSelection;
  /** The quote asset that `top:N` and `*` choose from, for example USDT. */
  readonly quote: string;
  readonly gaps: MarketGaps;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: FeedLog;
  /** Told as warm-up proceeds, in symbols. */
  readonly onWarmUp?: (done: number, total: number) => void;
  readonly fetch?: typeof fetch;
  readonly openSocket?: SocketFactory;
}

/**
 * Binance's spot market, live: one 1m kline stream per symbol (and one of 1s where asked for) and `!miniTicker@arr`.
 * Streams are connected before history is asked for, so nothing falls between the two. Every cut puts the series it
 * carried in doubt until REST was asked again. Market time is the exchange's event time, never the local clock.
 */
export class BinanceFeed implements Feed {
  readonly #options: BinanceFeedOptions;
  readonly #rest: BinanceRest;
  readonly #symbols: Map<string, Symbol> = new Map();
  readonly #lastOpenTime: Map<Symbol, number> = new Map();
  readonly #cuts: Map<Symbol, number> = new Map();
  readonly #warm: Set<Symbol> = new Set();
  readonly #up: Set<string> = new Set();
  #connections = 0;
  #reader: FrameReader | undefined;
  #repair: Repair | undefined;
  #askedTime: UnixMs = 0 as UnixMs;
  #lastEventAt: UnixMs | undefined;
  #ended = false;

  constructor(options: BinanceFeedOptions) {
    this.#options = options;
    this.#rest = new BinanceRest(options.restUrl, options.clock, options.fetch);
  }

  /** How many frames met each outcome. */
  get frames(): ReadonlyMap<FrameOutcome, number> {
    return this.#reader?.counts ?? new Map();
  }

  /** Request weight spent since the start. */
  get weightSpent(): number {
    return this.#rest.governor.spent;
  }

  status(): FeedStatus {
    return {
      state: this.#state(),
      source: this.#rest.source,
      connections: this.#up.size,
      lastEventAt: this.#lastEventAt,
    };
  }

  async run(sink: MarketSink, signal: AbortSignal): Promise<void> {
    const symbols = await this.#learnSymbols(sink, signal);
    if (symbols === undefined) return;
    const { clock } = this.#options;
    const repair = new Repair({
      rest: this.#rest,
      gaps: this.#options.gaps,
      sink,
      marketTime: () => this.#marketTime(),
      cuts: (symbol) => this.#cuts.get(symbol) ?? 0,
      done: (symbol) => this.#warmed(symbol, symbols.length),
      failed: (symbol, cause) => this.#options.log.warn(`${symbol}: history not read yet: ${words(cause)}`),
      sleep: (ms, stop) => clock.sleep(millis(ms), stop),
    });
    this.#repair = repair;
    this.#reader = new FrameReader(
      this.#symbols,
      (event) => this.#deliver(event, sink),
      () => this.#options.log.warn("the exchange says that it shuts this connection down"),
    );
    const connections = this.#connect(symbols, sink, signal);
    await Promise.all([repair.run(signal), ...connections.map((connection) => connection.run(signal))]);
    this.#ended = true;
  }

  #state(): FeedState {
    if (this.#ended) return "ended";
    if (this.#connections === 0) return "connecting";
    if (this.#up.size === 0) return this.#lastEventAt === undefined ? "connecting" : "disconnected";
    if (this.#warm.size < this.#symbols.size) return "warming";
    return this.#up.size < this.#connections ? "disconnected" : "live";
  }

  /** Asks what trades, until the exchange answers. Rejects where asking again can't help: a selection that names nothing. */
  async #learnSymbols(sink: MarketSink, signal: AbortSignal): Promise<readonly SymbolInfo[] | undefined> {
    const { selection, quote, log, clock } = this.#options;
    for (let wait: number = START_RETRY_MS.first; !signal.aborted; wait = Math.min(wait * 2, START_RETRY_MS.longest)) {
      try {
        const info = await this.#rest.exchangeInfo("user", signal);
        const tickers = await this.#rest.tickers("user", signal);
        this.#askedTime = info.serverTime;
        const symbols = selectSymbols(selection, quote, info.symbols, tickers);
        for (const { symbol } of symbols) this.#symbols.set(symbol, symbol);
        sink({ type: "symbols", symbols });
        for (const ticker of tickers) sink({ type: "ticker", ticker });
        return symbols;
      } catch (cause) {
        if (signal.aborted) return undefined;
        if (!(cause instanceof ExchangeError)) throw cause;
        const pause = cause.retryable ? wait : START_RETRY_MS.refused;
        log.warn(`${cause.message}; asking again in ${Math.round(pause / 1_000)} s`);
        await clock.sleep(millis(pause), signal).catch(() => {});
      }
    }
    return undefined;
  }

  #connect(symbols: readonly SymbolInfo[], sink: MarketSink, signal: AbortSignal): StreamConnection[] {
    const seconds = this.#options.gaps.intervals.includes("1s");
    const streamsOf = (symbol: Symbol): string[] => {
      const name = symbol.toLowerCase();
      return seconds ? [`${name}@kline_1m`, `${name}@kline_1s`] : [`${name}@kline_1m`];
    };
    const perConnection = Math.floor((MAX_STREAMS - 1) / (seconds ? 2 : 1));
    const connections: StreamConnection[] = [];
    for (let first = 0; first < symbols.length; first += perConnection) {
      const carried = symbols.slice(first, first + perConnection).map((info) => info.symbol);
      const streams = carried.flatMap(streamsOf);
      if (first === 0) streams.unshift("!miniTicker@arr");
      connections.push(this.#connection(`stream-${connections.length + 1}`, streams, carried, sink, signal));
    }
    this.#connections = connections.length;
    return connections;
  }

  #connection(
    name: string,
    streams: readonly string[],
    carried: readonly Symbol[],
    sink: MarketSink,
    signal: AbortSignal,
  ): StreamConnection {
    const { wsUrl, clock, random, log, openSocket } = this.#options;
    const url = `${wsUrl.replace(/\/+$/, "")}/stream?streams=${streams.map(encodeStream).join("/")}`;
    const handlers = {
      text: (frame: string): void => {
        this.#lastEventAt = clock.now();
        this.#reader?.read(frame);
      },
      up: (): void => {
        this.#up.add(name);
        sink({ type: "connected", connection: name });
        log.info(`${name}: connected, ${streams.length} streams`);
        void this.#lookAfter(carried, signal);
      },
      down: (reason: string): void => {
        this.#up.delete(name);
        sink({ type: "disconnected", connection: name, reason });
        if (!signal.aborted) log.warn(`${name}: ${reason}; connecting again`);
        for (const symbol of carried) this.#cut(symbol, reason, sink);
      },
    };
    return new StreamConnection(name, url, clock, random, handlers, openSocket);
  }

  /** A connection is up: what its symbols lack is asked for, beginning with what time it is there. */
  async #lookAfter(carried: readonly Symbol[], signal: AbortSignal): Promise<void> {
    try {
      this.#askedTime = await this.#rest.time("repair", signal);
    } catch (cause) {
      if (signal.aborted) return;
      this.#options.log.warn(words(cause));
    }
    for (const symbol of carried) this.#repair?.want(symbol, this.#warm.has(symbol) ? "repair" : "warm-up");
  }

  /** From the candle that was open on, nothing is certain until REST was asked. */
  #cut(symbol: Symbol, reason: string, sink: MarketSink): void {
    this.#cuts.set(symbol, (this.#cuts.get(symbol) ?? 0) + 1);
    for (const interval of ["1m", "1s"] as const) {
      if (!this.#options.gaps.intervals.includes(interval)) continue;
      const lastOpenTime = this.#lastOpenTime.get(symbol);
      if (lastOpenTime === undefined) continue;
      const from = interval === "1m" ? (lastOpenTime as UnixMs) : openTimeOf(interval, this.#marketTime());
      sink({ type: "gap", symbol, interval, from, reason });
    }
  }

  #deliver(event: MarketEvent, sink: MarketSink): void {
    sink(event);
    if (event.type === "kline" && event.interval === "1m") this.#watch(event);
  }

  /** Once a minute and symbol, when its next candle begins: whether the stream skipped something or lost a close. */
  #watch(event: KlineEvent): void {
    const { symbol, kline } = event;
    const before = this.#lastOpenTime.get(symbol);
    if (before !== undefined && kline.openTime <= before) return;
    this.#lastOpenTime.set(symbol, kline.openTime);
    if (before === undefined || !this.#warm.has(symbol)) return;
    const { gaps } = this.#options;
    const now = this.#marketTime();
    if (gaps.intervals.some((interval) => gaps.missing(symbol, interval, now) !== undefined)) {
      this.#repair?.want(symbol, "repair");
    }
  }

  #warmed(symbol: Symbol, total: number): void {
    if (this.#warm.has(symbol)) return;
    this.#warm.add(symbol);
    this.#options.onWarmUp?.(this.#warm.size, total);
  }

  #marketTime(): UnixMs {
    return Math.max(this.#askedTime, this.#reader?.lastEventTime ?? 0) as UnixMs;
  }
}

/** A stream's name for a URL: symbols may be of any script, while `@` and `!` stay readable. */
function encodeStream(name: string): string {
  return encodeURIComponent(name).replaceAll("%40", "@").replaceAll("%21", "!");
}
