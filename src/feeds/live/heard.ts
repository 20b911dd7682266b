import {
  type HistoryEvent,
  type KlineEvent,
  type MarketEvent,
  type MarketSink,
  previousOpenTime,
  type Stopwatch,
  type Symbol,
  type Ticker,
  type UnixMs,
} from "../../core/mod.ts";
import type { Evidence } from "./evidence.ts";
import type { Followed } from "./followed.ts";
import type { Following } from "./following.ts";
import type { Lags } from "./lag.ts";
import type { Session } from "./line/session.ts";

/** How long tickers may be silent while klines come, in milliseconds of the stopwatch. */
const TICKERS_SILENT_AFTER_MS = 10_000;

/** A stream that spoke within this much market time is lively: a closed minute and its grace. */
const LIVELY_MS = 90_000;

/** What {@link Heard} needs of the feed that it works for. */
export interface HeardContext {
  readonly following: Following;
  /** The names of the streams of all symbols' tickers; none where each symbol has its own. */
  readonly marketWide: readonly string[];
  readonly evidence: Evidence;
  readonly lags: Lags;
  readonly stopwatch: Stopwatch;
  /** Where events go. */
  readonly sink: MarketSink;
  marketTime(): UnixMs;
  /** A stream sent data on a connection. */
  spoke(session: Session, stream: string): void;
  /** These streams should have sent data and didn't. */
  wake(streams: readonly string[]): void;
  /** A symbol's next minute began. */
  nextCandle(followed: Followed): void;
  /** Something was accepted: market time may have moved. */
  moved(): void;
}

/** Passes events on to the sink, and notes what they show of each symbol, of its streams, and of whether the exchange sends data at all. */
export class Heard {
  readonly #context: HeardContext;
  /** The connection whose frame is being read. */
  #reading: Session | undefined;
  /** When the stream of tickers was woken last, by the stopwatch. */
  #tickersWokenAt = Number.NEGATIVE_INFINITY;

  constructor(context: HeardContext) {
    this.#context = context;
  }

  /** The connection whose frame is being read, if any is. */
  get reading(): Session | undefined {
    return this.#reading;
  }

  /** What `read` passes on comes from a frame of this connection. */
  from(session: Session, read: () => void): void {
    this.#reading = session;
    try {
      read();
    } finally {
      this.#reading = undefined;
    }
  }

  /** Every event goes through here, so that the feed knows what the store knows. */
  event(event: MarketEvent): void {
    switch (event.type) {
      case "kline":
        this.#kline(event);
        break;
      case "history":
        this.#context.sink(event);
        this.#history(event);
        break;
      case "ticker":
        this.#context.sink(event);
        this.#ticker(event.ticker);
        break;
      default:
        this.#context.sink(event);
    }
  }

  /** Tickers came of symbols that aren't followed, or without a change: the exchange sends data, though what is followed may be quiet. */
  nothingNew(symbol: Symbol | undefined, updatedAt: UnixMs): void {
    const { evidence, following, moved } = this.#context;
    evidence.tickers();
    this.#tickerSpoke(symbol === undefined ? undefined : following.get(symbol), updatedAt);
    moved();
  }

  /** Whether a stream has sent data lately, on any connection. */
  isLively(stream: string): boolean {
    const { evidence, following, stopwatch, marketTime } = this.#context;
    if (this.#context.marketWide.includes(stream)) {
      return stopwatch() - evidence.lastTickersAt <= TICKERS_SILENT_AFTER_MS;
    }
    const followed = following.ofStream(stream);
    if (followed === undefined) return false;
    const heardAt = stream === followed.tickerStream ? followed.tickerHeardAt : followed.heardAt;
    return marketTime() - heardAt <= LIVELY_MS;
  }

  #kline(event: KlineEvent): void {
    const { following, evidence, lags, sink, nextCandle, moved } = this.#context;
    const followed = following.get(event.symbol);
    if (followed === undefined) return;
    sink(event);
    const { interval, kline } = event;
    if (interval !== "1m") {
      // Of other intervals no stream is followed, so they show nothing of one that is.
      if (interval !== "1s" || followed.secondStream === undefined) return;
      followed.secondsHeardAt = event.eventTime;
      this.#spoke(followed.secondStream);
      return;
    }
    evidence.kline(followed);
    this.#spoke(followed.minuteStream);
    followed.heardAt = event.eventTime;
    if (followed.tickerStream !== undefined && kline.volume > 0)
      followed.tradedIn = Math.max(followed.tradedIn, kline.openTime);
    if (kline.closed && kline.openTime > followed.settledTo) {
      followed.settle(kline.openTime);
      lags.note(event.eventTime - kline.closeTime - 1);
    }
    if (followed.lastOpenTime === undefined || kline.openTime > followed.lastOpenTime) {
      followed.lastOpenTime = kline.openTime;
      // The first, too: its history may have been read some minutes ago.
      if (followed.isWarm) nextCandle(followed);
    }
    moved();
    this.#wakeTickers();
  }

  /** Klines come: where tickers don't, the stream of all of them is woken. */
  #wakeTickers(): void {
    const { evidence, stopwatch, wake, marketWide } = this.#context;
    if (marketWide.length === 0) return;
    const now = stopwatch();
    const since = Math.max(evidence.lastTickersAt, this.#tickersWokenAt);
    if (now - since <= TICKERS_SILENT_AFTER_MS) return;
    if (Number.isFinite(since)) wake(marketWide);
    this.#tickersWokenAt = now;
  }

  #ticker(ticker: Ticker): void {
    const { following, evidence, moved } = this.#context;
    const followed = following.get(ticker.symbol);
    if (followed !== undefined) {
      const showsTrade = evidence.ticker(followed, ticker);
      // All symbols' stream has those that traded; a symbol's own also says when old trades drop out of its 24 hours.
      if (showsTrade || followed.tickerStream === undefined) {
        followed.tickedAt = Math.max(followed.tickedAt, ticker.updatedAt);
      }
    }
    this.#tickerSpoke(followed, ticker.updatedAt);
    moved();
  }

  #history({ symbol, interval, to, klines }: HistoryEvent): void {
    const { following, lags, marketTime } = this.#context;
    const followed = following.get(symbol);
    if (followed === undefined || interval !== "1m") return;
    const last = klines.at(-1);
    followed.settle(last !== undefined && !last.closed ? previousOpenTime("1m", last.openTime) : to);
    if (followed.settledTo < followed.askedClose || followed.askedClose === Number.NEGATIVE_INFINITY) return;
    const asked = klines.find(({ openTime }) => openTime === followed.askedClose);
    followed.askedClose = Number.NEGATIVE_INFINITY;
    if (asked === undefined) return;
    // The answer came after the last event that told the time: later, so, than the two seconds after which it is asked for.
    lags.note(marketTime() - asked.closeTime);
    // It did trade, so its stream should have sent something.
    if (asked.trades > 0 || asked.volume > 0) followed.tickedAt = Math.max(followed.tickedAt, asked.openTime);
  }

  #tickerSpoke(followed: Followed | undefined, updatedAt: UnixMs): void {
    if (followed?.tickerStream !== undefined) {
      followed.tickerHeardAt = Math.max(followed.tickerHeardAt, updatedAt);
      this.#spoke(followed.tickerStream);
      return;
    }
    const all = this.#context.marketWide[0];
    if (all !== undefined) this.#spoke(all);
  }

  #spoke(stream: string): void {
    if (this.#reading !== undefined) this.#context.spoke(this.#reading, stream);
  }
}
