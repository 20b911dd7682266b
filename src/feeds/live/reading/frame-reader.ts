import {
  emptyKline,
  type HistoryEvent,
  type Interval,
  isLightJson,
  isTickerSane,
  type JsonBounds,
  judgeKline,
  type Kline,
  type KlineRefusal,
  type MarketSink,
  type OptionalColumn,
  Refusals,
  type Symbol,
  type TickerFigures,
  tickerOf,
  type UnixMs,
} from "../../../core/mod.ts";
import type { Exchange, FrameSink, Ignored, Malformed, StreamProtocol, TickerChange } from "../../exchange.ts";
import { MergedTickers } from "./merged-tickers.ts";

/** Why a frame was refused, or what else became of it; the label values of the reader's counters. */
export type FrameOutcome =
  | "kline"
  /** A closed kline that the exchange told anew. */
  | "restated"
  | "ticker"
  | "shutdown"
  | "refused_streams"
  | Ignored
  | Malformed
  | "bad_event_time"
  | "bad_ticker"
  /** A change of a ticker that this connection hasn't told whole yet. */
  | "no_snapshot"
  | KlineRefusal;

/** A state of a candle is sent this long after its close at most, in milliseconds; 30 s have been seen (reported). */
const LATEST_MS = 600_000;

/**
 * The longest frame that is read, in characters. The longest that is meant, all tickers of 3,500 symbols, has 0.7 million; a hundred
 * million cost gigabytes and half a minute to parse.
 */
export const MAX_FRAME_CHARACTERS = 2_097_152;

/** What a long frame may hold, and be parsed: all tickers are 3,500 objects with 9 values each. */
export const FRAME_BOUNDS: JsonBounds = { depth: 8, containers: 20_000, values: 200_000 };

/** Shorter frames, as nearly all are, are parsed whatever they hold: it can't be much. */
const SHORT_CHARACTERS = 65_536;

/** What the reader of frames needs of the feed that it works for. */
export interface FrameHooks {
  /** The exchange says that it goes down. */
  goesDown(): void;
  /** The exchange didn't begin the streams of the connection whose frame is read. */
  refusesStreams(): void;
  /** Whether an event of a symbol can be believed by its time. `frame` numbers the frames that were read. */
  believes(eventTime: UnixMs, symbol: string, frame: number): boolean;
  /**
   * A frame held sound tickers of this moment that tell nothing new: of symbols that we don't follow, or of one of ours (`symbol`) in
   * which nothing changed that we keep. The exchange speaks.
   */
  nothingNew(symbol: Symbol | undefined, updatedAt: UnixMs): void;
  /** Forgets a ticker that is sent as changes; it is unknown until its stream begins again with a snapshot. */
  snapshotLost(symbol: Symbol): void;
  /** The exchange said by itself that a closed candle, the only one in the event, has other figures. */
  restated(event: HistoryEvent): void;
  /** The columns that may be unknown now; unless said, those that the exchange doesn't send. */
  unknown(): ReadonlySet<OptionalColumn>;
  /** Where refused frames are noted, with the first of each kind. */
  readonly refusals: Refusals;
}

/** What is read of an exchange. */
export interface ReadableExchange {
  readonly streams: Pick<StreamProtocol, "read" | "klines" | "bringsTickerOf">;
  readonly facts: Pick<Exchange["facts"], "unknown">;
}

/**
 * Judges what the frames of an exchange say, and passes on what can be believed. Foreign data: unknown events pass, broken ones are
 * counted by reason and the first of each kind is kept; nothing here throws. One kline object is used for all frames.
 */
export class FrameReader implements FrameSink {
  /** How many frames (or members of a ticker array) met each outcome. */
  readonly counts: Map<FrameOutcome, number> = new Map();
  readonly #protocol: Pick<StreamProtocol, "read" | "klines" | "bringsTickerOf">;
  readonly #merged: MergedTickers = new MergedTickers();
  readonly #symbols: ReadonlyMap<string, Symbol>;
  /** The names of streams of klines, of symbols that were followed at one time. */
  readonly #streams: Map<Interval, Map<Symbol, string>> = new Map();
  readonly #sink: MarketSink;
  readonly figures: Kline = emptyKline();
  readonly #question: { interval: Interval; unknown: ReadonlySet<OptionalColumn> };
  readonly #event: { type: "kline"; symbol: Symbol; interval: Interval; kline: Kline; eventTime: UnixMs };
  readonly #hooks: FrameHooks;
  /** Frames that were read. */
  #frames = 0;
  /** The frame that is being read, and the connection that it came over. */
  #text = "";
  #connection: object = this;

  /** `symbols` by the exchange's name; others are ignored. Without hooks times are believed. */
  constructor(
    { streams, facts }: ReadableExchange,
    symbols: ReadonlyMap<string, Symbol>,
    sink: MarketSink,
    hooks: Partial<FrameHooks> = {},
  ) {
    this.#protocol = streams;
    this.#question = { interval: "1m", unknown: facts.unknown };
    this.#symbols = symbols;
    this.#sink = sink;
    this.#hooks = {
      goesDown: () => {},
      refusesStreams: () => {},
      believes: () => true,
      nothingNew: () => {},
      snapshotLost: () => {},
      restated: () => {},
      unknown: () => facts.unknown,
      refusals: new Refusals(),
      ...hooks,
    };
    this.#event = { type: "kline", symbol: "" as Symbol, interval: "1m", kline: this.figures, eventTime: 0 as UnixMs };
  }

  /** Takes one text frame. `connection` stands for the one that it came over; all are of one where it is left out. */
  read(text: string, connection: object = this): void {
    this.#frames += 1;
    this.#text = text;
    this.#connection = connection;
    if (text.length > MAX_FRAME_CHARACTERS) this.#refuse("too_long");
    else if (text.length > SHORT_CHARACTERS && !isLightJson(text, FRAME_BOUNDS)) this.#refuse("too_many_values");
    else this.#protocol.read(text, this);
    this.#text = "";
  }

  followed(name: unknown): Symbol | undefined {
    return this.#symbols.get(name as string);
  }

  get tickersTaken(): number {
    return this.counts.get("ticker") ?? 0;
  }

  shutdown(): void {
    this.#count("shutdown");
    this.#hooks.goesDown();
  }

  refused(): void {
    this.#count("refused_streams");
    this.#hooks.refusesStreams();
  }

  ignored(outcome: Ignored): void {
    this.#count(outcome);
  }

  malformed(outcome: Malformed): void {
    this.#refuse(outcome);
  }

  kline(symbol: Symbol, interval: Interval, eventTime: UnixMs, stream: string | undefined): void {
    const refusal = this.#refusalOf(symbol, interval, eventTime, stream);
    if (refusal !== undefined) {
      this.#refuse(refusal);
      return;
    }
    this.#count("kline");
    this.#event.symbol = symbol;
    this.#event.interval = interval;
    this.#event.eventTime = eventTime;
    this.#sink(this.#event);
  }

  restated(symbol: Symbol, interval: Interval, eventTime: UnixMs, stream: string | undefined): void {
    const refusal = this.#refusalOf(symbol, interval, eventTime, stream, Number.POSITIVE_INFINITY);
    if (refusal !== undefined) {
      this.#refuse(refusal);
      return;
    }
    this.#count("restated");
    const kline = { ...this.figures };
    const { openTime } = kline;
    this.#hooks.restated({
      type: "history",
      symbol,
      interval,
      from: openTime,
      to: openTime,
      klines: [kline],
      askedAt: eventTime,
    });
  }

  /** Why the kline that was decoded isn't believed. `latestMs`: how long after its close it may come. */
  #refusalOf(
    symbol: Symbol,
    interval: Interval,
    eventTime: UnixMs,
    stream: string | undefined,
    latestMs: number = LATEST_MS,
  ): FrameOutcome | undefined {
    if (stream !== undefined && stream !== this.#streamOf(symbol, interval)) return "other_series";
    this.#question.interval = interval;
    this.#question.unknown = this.#hooks.unknown();
    const refusal = judgeKline(this.figures, this.#question);
    if (refusal !== undefined) return refusal;
    const { openTime, closeTime, closed } = this.figures;
    if (!(eventTime >= openTime && eventTime <= closeTime + latestMs)) return "bad_event_time";
    if (!this.#believes(eventTime, symbol)) return "bad_event_time";
    return closed && closeTime > eventTime ? "not_over" : undefined;
  }

  /** The stream of a series' klines. Its name is made once: it is compared with that of each frame. */
  #streamOf(symbol: Symbol, interval: Interval): string {
    let streams = this.#streams.get(interval);
    if (streams === undefined) {
      streams = new Map();
      this.#streams.set(interval, streams);
    }
    let stream = streams.get(symbol);
    if (stream === undefined) {
      stream = this.#protocol.klines(symbol, interval);
      streams.set(symbol, stream);
    }
    return stream;
  }

  ticker(figures: TickerFigures, stream: string | undefined): void {
    const { symbol, updatedAt } = figures;
    if (stream !== undefined && !this.#protocol.bringsTickerOf(stream, symbol)) this.#refuse("other_series");
    else if (!isTickerSane(figures, this.#hooks.unknown())) this.#refuse("bad_ticker");
    else if (!this.#believes(updatedAt, symbol)) this.#refuse("bad_event_time");
    else {
      this.#count("ticker");
      this.#sink({ type: "ticker", ticker: tickerOf(figures) });
    }
  }

  tickerChange(change: TickerChange, stream: string | undefined): void {
    const { symbol, updatedAt } = change;
    if (stream !== undefined && !this.#protocol.bringsTickerOf(stream, symbol)) {
      this.#refuse("other_series");
      return;
    }
    const merged = this.#merged.merge(this.#connection, change);
    if ("lost" in merged) {
      if (merged.lost === "bad_ticker") this.#refuse(merged.lost);
      else this.#count(merged.lost);
      if (merged.isNew) this.#hooks.snapshotLost(symbol);
    } else if (merged.isNew) this.ticker(merged.ticker, stream);
    else if (this.#believes(updatedAt, symbol)) {
      this.#count("ignored");
      this.#hooks.nothingNew(symbol, updatedAt);
    } else this.#refuse("bad_event_time");
  }

  unfollowedTicker(figures: TickerFigures): boolean {
    if (!isTickerSane(figures, this.#hooks.unknown()) || !this.#believes(figures.updatedAt, figures.symbol))
      return false;
    this.#hooks.nothingNew(undefined, figures.updatedAt);
    return true;
  }

  #believes(eventTime: UnixMs, symbol: string): boolean {
    return this.#hooks.believes(eventTime, symbol, this.#frames);
  }

  #count(outcome: FrameOutcome): void {
    this.counts.set(outcome, (this.counts.get(outcome) ?? 0) + 1);
  }

  #refuse(outcome: FrameOutcome): void {
    this.#count(outcome);
    const text = this.#text;
    this.#hooks.refusals.note("stream", outcome, () => text);
  }
}
