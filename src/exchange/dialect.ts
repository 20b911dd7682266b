import type { Clock, Interval, Kline, KlineColumn, MarketId, SymbolStatus, UnixMs } from "../core/mod.ts";
import type { Anatomy } from "./faults/anatomy.ts";
import type { Market, Pair } from "./market.ts";
import type { PairView } from "./view.ts";

/**
 * How the stand-in speaks as one market of an exchange: names, texts, limits. Facts and pure translation: the market, its time, its
 * connections and its faults are the engine's, and the same for all. Written from the exchange's documents, never from our decoders.
 */
export interface Dialect {
  readonly market: MarketId;
  /** The intervals that streams and REST tell. */
  readonly intervals: ReadonlySet<Interval>;
  /** Columns of a kline that the exchange doesn't tell. */
  readonly untold: readonly KlineColumn[];
  /** Whether a candle that a halt ended early says so: its close time is that of its last trading minute. */
  readonly tellsEarlyEnds: boolean;
  readonly streams: StreamDialect;
  readonly rest: RestDialect;
  /** Where a fault finds what it spoils, and the exchange's own words for trouble. */
  readonly anatomy: Anatomy;
}

/** How streams are named, asked for and told. */
export interface StreamDialect {
  readonly limits: ConnectionLimits;
  readonly keepAlive: KeepAlive;
  /** What a URL asks for; undefined when it is no stream address. */
  address(url: URL): StreamAddress | undefined;
  klines(symbol: string, interval: Interval): string;
  ticker(symbol: string): string;
  /** The stream of all symbols' tickers, where there is one. */
  readonly allTickers: string | undefined;
  /** The symbol whose klines a stream tells; undefined for other streams. */
  symbolOf(stream: string): string | undefined;
  /** The event of a candle's state, as JSON text. */
  klineEvent(pair: Pair, interval: Interval, kline: Kline, now: UnixMs): string;
  /** The event of a symbol's last 24 hours, as JSON text. */
  tickerEvent(pair: Pair, day: Kline, now: UnixMs): string;
  /** The same for somebody who has heard of `before`; left out where each event tells all. */
  tickerChange?(pair: Pair, day: Kline, before: Kline, now: UnixMs): string;
  /** The frame that carries an event of a stream on a connection. */
  frame(address: StreamAddress, stream: string, event: string): string;
  /** Reads what a client sent, whatever it is. Never throws. */
  read(frame: string, connection: ConnectionState): SocketRequest;
}

/** What a connection's address asks for. */
export interface StreamAddress {
  /** Whether each frame names its stream. */
  readonly combined: boolean;
  readonly streams: readonly string[];
  /** Whether it takes and acknowledges everything, and tells nothing. */
  readonly silent: boolean;
}

/** What an exchange allows on its connections. Infinite where it has no limit. */
export interface ConnectionLimits {
  /** The next stream closes it. */
  readonly streams: number;
  /** Messages in a second, pongs included. The next one closes it. */
  readonly messagesPerSecond: number;
  /** Connections within a span of the clock; the next one isn't let in. Left out where that isn't counted. */
  readonly attempts?: { readonly most: number; readonly withinMs: number };
}

/** Who has to show that a connection is alive, and what becomes of it otherwise. Times are milliseconds of the clock. */
export type KeepAlive =
  /** The server pings, and closes a connection whose last pong is older than `withinMs`. */
  | { readonly by: "server"; readonly everyMs: number; readonly withinMs: number }
  /** The client sends pings of its own; each `everyMs` a connection whose last one is older than `withinMs` is cut off. */
  | { readonly by: "client"; readonly everyMs: number; readonly withinMs: number };

/** What the answer to a client depends on. */
export interface ConnectionState {
  /** Which connection of the stand-in it is, from 1. */
  readonly number: number;
  /** What it listens to. */
  readonly streams: ReadonlySet<string>;
  /** Whether there is a symbol with this name now. */
  isListed(symbol: string): boolean;
}

/** What a client asked for, and the frame that answers it. */
export type SocketRequest =
  | { readonly what: "subscribe" | "unsubscribe"; readonly streams: readonly string[]; readonly answer: string }
  | { readonly what: "ping" | "list" | "refused"; readonly answer: string };

/** How REST is asked and answered. */
export interface RestDialect {
  /** By path. All of them are asked with GET. */
  readonly routes: Readonly<Record<string, Route>>;
  budget(clock: Clock): Budget;
  /** The statuses by which an address is refused (429, 418). Faults leave these answers alone, so that the client receives them. */
  readonly sentAwayWith: readonly number[];
  answered(body: unknown, used: number, now: UnixMs): RestAnswer;
  refused(problem: RestProblem, used: number, now: UnixMs): RestAnswer;
  sentAway(verdict: SentAway, now: UnixMs): RestAnswer;
  notFound(method: string, path: string, now: UnixMs): RestAnswer;
}

/** One of the exchange's REST routes. */
export interface Route {
  /** What the answer is about, where faults of answers know. */
  readonly tells: "klines" | "listing" | undefined;
  /** What a request costs of the {@link Budget}. */
  cost(query: URLSearchParams): number;
  /** The body of the answer, or what stands in it. Throws RestProblem. */
  answer(query: URLSearchParams, market: MarketNow): unknown;
}

/** An answer before it becomes a Response. */
export interface RestAnswer {
  readonly status: number;
  /** JSON, or a text as it is. */
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/** An error that the exchange's REST tells. */
export class RestProblem extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** The market at the present step of market time, as REST tells it. */
export interface MarketNow {
  readonly source: Market["source"];
  readonly now: UnixMs;
  /** A symbol that is there now; undefined for any other. */
  view(symbol: string): PairView | undefined;
  /** All that are there now. */
  views(): readonly PairView[];
  statusOf(symbol: string): SymbolStatus | undefined;
  /** When a symbol that is there was listed. */
  listedAt(symbol: string): UnixMs;
}

/** What became of a request's cost. */
export type Verdict = { readonly allowed: true; readonly used: number } | SentAway;

/** A request that isn't answered: `banned` for one whose sender had been told to wait, or where the exchange bans at once. */
export interface SentAway {
  readonly allowed: false;
  readonly used: number;
  readonly banned: boolean;
  readonly retryAfterSeconds: number;
  /** Local time at which it ends. */
  readonly until: number;
}

/** Counts what each address spends, and sends away those who spend too much. */
export interface Budget {
  /** Calls by addresses that were banned and had been told so. */
  readonly callsWhileBanned: number;
  spend(address: string, cost: number): Verdict;
  isBanned(address: string): boolean;
  /** Refuses an address for a while, as if it had used too much; left out where the exchange bans at once. A client that observed the wait of an earlier refusal isn't counted as breaking this one. */
  refuse?(address: string, spanMs: number): void;
  /** Bans an address for a while. A longer ban that it already has stays. */
  ban(address: string, spanMs: number): void;
}
