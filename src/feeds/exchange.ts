import type {
  Interval,
  Kline,
  MarketId,
  OpenTimeRange,
  OptionalColumn,
  Symbol,
  SymbolInfo,
  Ticker,
  TickerFigures,
  UnixMs,
} from "../core/mod.ts";

/** What an exchange allows on its streams. Times are milliseconds. */
export interface StreamLimits {
  /** How long opening a connection may take; 10 s unless said. */
  readonly openWithinMs?: number;
  /** Streams that we put on one connection. */
  readonly streams: number;
  /** How long a connection is kept before another takes its place: the exchange ends it a while later, or not at all. */
  readonly lifeMs: number;
  /** Connections that we open at most within a span. */
  readonly attempts: { readonly most: number; readonly withinMs: number };
  /** Between two messages of ours on one connection. */
  readonly messageEveryMs: number;
  /** Streams that one request names at most. */
  readonly namesPerMessage: number;
  /** A connection that brings nothing of the market for this long is replaced: a socket can die without being closed. */
  readonly silentAfterMs: number;
  /** Between two pings of ours, where the exchange expects them: with {@link StreamProtocol.ping}. */
  readonly pingEveryMs: number | undefined;
}

/** A stream that tells of one symbol: states of its candles of an interval, or its tickers. */
export type SymbolStream =
  | { readonly name: string; readonly tells: "klines"; readonly interval: Interval }
  | { readonly name: string; readonly tells: "tickers" };

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

/** What a ticker says anew. Figures that are left out are as they were. */
export interface TickerChange {
  readonly symbol: Symbol;
  readonly updatedAt: UnixMs;
  /** Whether it has all figures, and what was said before on the connection doesn't count any more. */
  readonly isSnapshot: boolean;
  readonly figures: Partial<Omit<TickerFigures, "symbol" | "updatedAt">>;
}

/**
 * Takes what a frame says, decoded and not judged. What isn't a figure there is NaN here, or `UNREADABLE` in the columns that may be
 * unknown, where NaN is believed.
 */
export interface FrameSink {
  /** The one kline that all frames are decoded into: filled first, then told by {@link FrameSink.kline}. */
  readonly figures: Kline;
  /** Tickers that were taken so far. */
  readonly tickersTaken: number;
  /** The symbol with this name at the exchange, if it is followed. What isn't needn't be decoded. */
  followed(name: unknown): Symbol | undefined;
  /** A state of a candle, in {@link FrameSink.figures}. `stream`: the name of the stream that it came on, where the frame has it. */
  kline(symbol: Symbol, interval: Interval, eventTime: UnixMs, stream: string | undefined): void;
  /**
   * The exchange corrects a candle that closed earlier, whose figures are now those in {@link FrameSink.figures}: it had others before, or
   * was thought not to exist. Only exchanges that announce corrections call it; those of others are found by the audit.
   */
  restated(symbol: Symbol, interval: Interval, eventTime: UnixMs, stream: string | undefined): void;
  /** A ticker of a followed symbol. */
  ticker(figures: TickerFigures, stream: string | undefined): void;
  /** The changed fields of a followed symbol's ticker, on markets whose frames hold only those. The reader of the frames keeps the others. */
  tickerChange(change: TickerChange, stream: string | undefined): void;
  /** A ticker of a symbol that isn't followed. Returns whether it shows that the exchange speaks, so that no other is needed. */
  unfollowedTicker(figures: TickerFigures): boolean;
  /** The exchange is about to end the connection. */
  shutdown(): void;
  /** The exchange didn't begin the streams that the connection asked for: it is given up, and another is opened a while later. */
  refused(): void;
  ignored(outcome: Ignored): void;
  malformed(outcome: Malformed): void;
}

/** How an exchange's streams are reached, named and decoded: facts, and pure translation. No socket, timer, clock or memory. */
export interface StreamProtocol {
  /** The exchange's own address for streams. */
  readonly url: string;
  readonly limits: StreamLimits;
  /** The names of the streams that tell all symbols' tickers; none where each symbol has its own. */
  readonly marketWide: readonly string[];
  /** The streams of a symbol: that of its 1m klines first. `withSeconds`: that of 1s klines too, if the market has it. */
  of(symbol: Symbol, withSeconds: boolean): readonly SymbolStream[];
  /** The name of the stream of a symbol's klines of one interval. */
  klines(symbol: Symbol, interval: Interval): string;
  /** Whether a stream brings tickers of this symbol. */
  bringsTickerOf(stream: string, symbol: Symbol): boolean;
  /**
   * Where a connection is opened that carries these streams, and what is sent once it is open. `base`: the exchange's address, or
   * that of a stand-in.
   */
  address(base: string, streams: readonly string[]): { readonly url: string; readonly subscribe: readonly string[] };
  /** The frames that begin or end streams on a connection that is open. `id` is in the exchange's answers, where it has numbers. */
  request(kind: "subscribe" | "unsubscribe", streams: readonly string[], id: number): readonly string[];
  /** The frame that keeps a connection open, where the exchange expects one each {@link StreamLimits.pingEveryMs}. */
  ping?(id: number): string;
  /** Decodes one text frame, whatever is in it. Never throws. */
  read(frame: string, sink: FrameSink): void;
}

/** The symbols that an exchange lists. */
export interface Listing {
  /** The exchange's clock; NaN where it doesn't say. */
  readonly serverTime: UnixMs;
  /** What an address may spend in a window, where the list says: replaces {@link RequestBudget.most}. */
  readonly budget: number | undefined;
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
  /** Whether the exchange calls the candle final. Left out where it doesn't say: a candle that is over is final then. */
  readonly isFinal?: boolean;
}

/** What can be asked of an exchange by REST. */
export type QuestionKind = "klines" | "symbols" | "tickers" | "time";

/** A question to an exchange's REST interface, and how its answer is decoded. */
export interface Question<T> {
  readonly about: QuestionKind;
  /** Path and query. */
  readonly path: string;
  /** What it costs of the {@link RequestBudget}. */
  readonly weight: number;
  /** Decodes the body of a good answer, parsed from JSON. Throws InvalidInput when it is no such answer. */
  read(body: unknown): T;
  /** The question for the next page, where an answer has more than one: its `read` gives what both hold. */
  next?(answer: T): Question<T> | undefined;
}

/** What a question of one kind costs at most, and how long its answer may be. */
export interface QuestionCost {
  readonly weight: number;
  /** The most bytes of its body that are read, after decompression; a longer answer is cut off, and asked for again later. */
  readonly maxBytes: number;
}

/** What an address may ask for: so much weight in a window, which is one of the clock (`aligned`) or rolls along. */
export interface RequestBudget {
  readonly most: number;
  readonly windowMs: number;
  readonly aligned: boolean;
}

/**
 * What a refusal means for what is asked next. `stop`: the address asked too much, or is banned, and must wait. `address`: it isn't
 * served at all. `unknown_symbol`: the exchange doesn't know the symbol, for now or any more. `question`: this question is refused,
 * and asking it again can't help. `trouble`: the exchange's own; asking again helps. `unsettled`: it doesn't know this answer for certain
 * yet; asking again helps, and other questions needn't wait.
 */
export type RefusalKind = "stop" | "address" | "unknown_symbol" | "question" | "trouble" | "unsettled";

/** How real data is: the exchange's own, a recording of it, or made up. */
export type Realness = "live" | "recorded" | "simulated";

/** How an exchange refused a question. */
export interface Refusal {
  readonly kind: RefusalKind;
  /** What it means, in a few words for the log. Left out where the answer's own words say it. */
  readonly says?: string;
  /** With `stop`: how long to wait where no Retry-After header says, in milliseconds. */
  readonly waitMs?: number;
}

/** How an exchange's REST interface is asked and its answers decoded: facts, and pure translation. No socket, timer, clock or memory. */
export interface RestProtocol {
  /** The exchange's own address for REST. */
  readonly url: string;
  readonly costs: Readonly<Record<QuestionKind, QuestionCost>>;
  readonly budget: RequestBudget;
  /** The most klines in one answer. */
  readonly rows: number;
  /** How often the list of symbols is read again, in local milliseconds; every ten minutes unless said. */
  readonly listedEveryMs?: number;
  /**
   * Whether the list names delisted symbols for as long as their klines are to be kept, so that one that it doesn't name isn't wanted any
   * more, whatever became of it. No exchange does; a symbol that leaves its list was delisted.
   */
  readonly listsDelisted?: boolean;
  /** Which klines an answer has where the range holds more than {@link RestProtocol.rows}. */
  readonly keeps: "oldest" | "newest";
  listed(): Question<Listing>;
  /** All symbols' tickers. Those that can't be read are left out. */
  tickers(): Question<readonly Ticker[]>;
  /** The exchange's clock. */
  time(): Question<UnixMs>;
  /** Klines that open in the range, in any order. The interval is one that the exchange's facts name as history. */
  klines(symbol: Symbol, interval: Interval, range: OpenTimeRange): Question<readonly DecodedRow[]>;
  /** The weight that the address has used in this window, where an answer's headers have it. */
  used(headers: Headers): number | undefined;
  /** Why an answer is none. `body` is parsed from JSON, or the text where it is none. Undefined where the status says all, or all is well. */
  refusal(status: number, headers: Headers, body: unknown): Refusal | undefined;
  /** What an answer says that the data is, where it isn't from one of the exchange's own addresses; undefined where it says nothing. */
  standIn(headers: Headers): Realness | undefined;
  /** Whether an address is one of the exchange's own, so that what comes from it is real. */
  isOwn(address: string): boolean;
}

/** What is true of an exchange's market. */
export interface MarketFacts {
  /** The intervals that streams bring. */
  readonly streamed: readonly Interval[];
  /** The intervals that REST answers; others are folded from these. */
  readonly history: readonly Interval[];
  /** The columns that it doesn't send: they are NaN in every kline. Others are NaN only where a stand-in plays a recording without them. */
  readonly unknown: ReadonlySet<OptionalColumn>;
  /** Whether a stream says that a candle is final (`flagged`), or REST has to be asked once a later candle has begun (`inferred`). */
  readonly finality: "flagged" | "inferred";
  /**
   * Whether a minute that an answer lacks is known not to exist (`settled`), once its final state is overdue (`overdue`), or may still come
   * long after (`later`).
   */
  readonly absence: "settled" | "overdue" | "later";
  /** How long after a close its final state may take by the stream, in market milliseconds, before REST is asked. */
  readonly finalWithinMs: number;
}

/** An exchange's market, as the feed needs it: facts, and pure translation. */
export interface Exchange {
  readonly id: MarketId;
  readonly facts: MarketFacts;
  readonly streams: StreamProtocol;
  readonly rest: RestProtocol;
}
