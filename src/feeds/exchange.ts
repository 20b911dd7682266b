import type {
  Interval,
  Kline,
  MarketSource,
  OpenTimeRange,
  Symbol,
  SymbolInfo,
  Ticker,
  TickerFigures,
  UnixMs,
} from "../core/mod.ts";

/** What an exchange allows on its streams. Times are milliseconds. */
export interface StreamLimits {
  /** Streams that we put on one connection. */
  readonly streams: number;
  /** How long a connection is kept before another takes its place: the exchange ends it a while later. */
  readonly lifeMs: number;
  /** Connections that we open at most within a span. */
  readonly attempts: { readonly most: number; readonly withinMs: number };
  /** Between two messages of ours on one connection. */
  readonly messageEveryMs: number;
}

/** Why there is nothing to decode in a frame, or in one of its events. */
export type Malformed =
  /** Longer than any frame that is meant. */
  | "too_long"
  /** It holds more lists, objects or values than any frame that is meant. */
  | "too_many_values"
  | "not_json"
  | "not_an_event"
  /** Of no interval that we know. */
  | "bad_interval"
  /** It names another symbol or interval than the stream that it came on, or two symbols. */
  | "other_series"
  /** It doesn't say whether the candle is final. */
  | "not_a_flag";

/** Frames that are well-formed and tell nothing of the market. */
export type Ignored =
  /** An answer to a request, or an error of the exchange. */
  | "control"
  /** Of a type or symbol that nobody asked for. */
  | "ignored";

/** Takes what a frame says, decoded and not judged: what isn't a figure there is NaN here. */
export interface FrameSink {
  /** The one kline that all frames are decoded into: filled first, then told by {@link FrameSink.kline}. */
  readonly figures: Kline;
  /** Tickers that were taken so far. */
  readonly tickersTaken: number;
  /** The symbol with this name at the exchange, if it is followed. What isn't needn't be decoded. */
  followed(name: unknown): Symbol | undefined;
  /** A state of a candle, in {@link FrameSink.figures}. `stream`: the name of the stream that it came on, where the frame has it. */
  kline(symbol: Symbol, interval: Interval, eventTime: UnixMs, stream: string | undefined): void;
  /** A ticker of a followed symbol. */
  ticker(figures: TickerFigures, stream: string | undefined): void;
  /** A ticker of a symbol that isn't followed. Returns whether it shows that the exchange speaks, so that no other is needed. */
  unfollowedTicker(figures: TickerFigures): boolean;
  /** The exchange is about to end the connection. */
  shutdown(): void;
  ignored(outcome: Ignored): void;
  malformed(outcome: Malformed): void;
}

/** How an exchange's streams are reached, named and decoded: facts, and pure translation. No socket, timer, clock or memory. */
export interface StreamProtocol {
  /** The exchange's own address for streams. */
  readonly url: string;
  readonly limits: StreamLimits;
  /** The name of the stream that tells all symbols' tickers. */
  readonly tickers: string;
  /** The name of the stream of a symbol's klines of one interval. */
  klines(symbol: Symbol, interval: Interval): string;
  /** Whether a stream brings tickers of this symbol. */
  bringsTickerOf(stream: string, symbol: Symbol): boolean;
  /** Where a connection is opened that carries these streams. `base`: the exchange's address, or that of a stand-in. */
  address(base: string, streams: readonly string[]): string;
  /** The frame that begins or ends streams on a connection that is open. `id` is in the exchange's answer. */
  request(kind: "subscribe" | "unsubscribe", streams: readonly string[], id: number): string;
  /** Decodes one text frame, whatever is in it. Never throws. */
  read(frame: string, sink: FrameSink): void;
}

/** The symbols that an exchange lists. */
export interface Listing {
  /** The exchange's clock; NaN where it doesn't say. */
  readonly serverTime: UnixMs;
  /** Request weight that an address may spend in a clock minute. */
  readonly weightPerMinute: number;
  /** Each symbol once, as its first entry has it. */
  readonly symbols: readonly SymbolInfo[];
  /** Entries that name no symbol. Each costs itself alone. */
  readonly refused: { readonly count: number; readonly first: string | undefined };
}

/** A row of an answer with klines, decoded and not judged. */
export interface DecodedRow {
  /** As it came, for messages. */
  readonly row: unknown;
  /** What isn't a figure is NaN; whether it is closed isn't said yet. Undefined when the row is none of klines. */
  readonly kline: Kline | undefined;
}

/** What can be asked of an exchange by REST. */
export type QuestionKind = "klines" | "exchangeInfo" | "tickers" | "time";

/** A question to an exchange's REST interface, and how its answer is decoded. */
export interface Question<T> {
  readonly about: QuestionKind;
  /** Path and query. */
  readonly path: string;
  /** Decodes the body of a good answer, parsed from JSON. Throws InvalidInput when it is no such answer. */
  read(body: unknown): T;
}

/** What one question costs, and how long its answer may be. */
export interface QuestionCost {
  /** Request weight. */
  readonly weight: number;
  /** The most bytes of its body that are read, after decompression; a longer answer is cut off, and asked for again later. */
  readonly maxBytes: number;
}

/** How an exchange's REST interface is asked and its answers decoded: facts, and pure translation. No socket, timer, clock or memory. */
export interface RestProtocol {
  /** The exchange's own address for REST. */
  readonly url: string;
  readonly costs: Readonly<Record<QuestionKind, QuestionCost>>;
  /** The most klines in one answer. */
  readonly rows: number;
  listed(): Question<Listing>;
  /** All symbols' tickers. Those that can't be read are left out. */
  tickers(): Question<readonly Ticker[]>;
  /** The exchange's clock. */
  time(): Question<UnixMs>;
  /** Klines that open in the range; where there are more than {@link RestProtocol.rows}, the oldest. */
  klines(symbol: Symbol, interval: Interval, range: OpenTimeRange): Question<readonly DecodedRow[]>;
  /** The weight that the address has used in this minute, where an answer's headers have it. */
  used(headers: Headers): number | undefined;
  /** Whether an error's text says that the exchange doesn't know the symbol. */
  isUnknownSymbol(text: string): boolean;
  /** Whether an address is one of the exchange's own, so that what comes from it is real. */
  isOwn(address: string): boolean;
}

/** An exchange's market, as the feed needs it. */
export interface Exchange {
  /** What its data is called when it comes from the exchange itself. */
  readonly source: MarketSource;
  readonly streams: StreamProtocol;
  readonly rest: RestProtocol;
}
