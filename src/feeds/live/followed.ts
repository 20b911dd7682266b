import {
  assert,
  type Interval,
  openTimeOf,
  previousOpenTime,
  type Symbol,
  type SymbolInfo,
  type UnixMs,
} from "../../core/mod.ts";
import type { StreamProtocol } from "../exchange.ts";

/** Before any moment. */
const NEVER = Number.NEGATIVE_INFINITY;

/** What the feed knows of one symbol that it follows. Times are market time, open times those of 1m candles. */
export class Followed {
  readonly symbol: Symbol;
  /** The name of its 1m stream. */
  readonly minuteStream: string;
  /** The name of its 1s stream, where one is wanted. */
  readonly secondStream: string | undefined;
  /** The name of the stream of its tickers, where none tells all symbols'. */
  readonly tickerStream: string | undefined;
  /** All of its streams, and those of its klines. */
  readonly streams: readonly string[];
  readonly klineStreams: readonly string[];
  info: SymbolInfo;
  /** The newest candle that its stream sent. */
  lastOpenTime: UnixMs | undefined;
  /** The newest candle that is known to be final, or known not to exist. */
  settledTo: number = NEVER;
  /** The close that REST was asked for because the stream didn't bring it. */
  askedClose: number = NEVER;
  /** When its 1m stream sent data last. */
  heardAt: number = NEVER;
  /** When its 1s stream sent data last. */
  secondsHeardAt: number = NEVER;
  /** When a ticker showed that it trades. */
  tickedAt: number = NEVER;
  /** When the stream of its tickers sent data last, changes of no interest among it. */
  tickerHeardAt: number = NEVER;
  /** The newest candle in which its klines show trades; noted where it has a stream of tickers. */
  tradedIn: number = NEVER;
  /** The figures of its last ticker. */
  lastTicker: { readonly price: number; readonly volume: number } | undefined;
  /** Since when its ticker shows trades for which its 1m stream has sent nothing, by the stopwatch. */
  unheardSince: number | undefined;
  /** Counts the cuts of its stream: an answer to a question from before a cut settles nothing after it. */
  cuts = 0;
  /** Counts the closed candles that the exchange corrected by itself: an answer to a question from before one may have the old figures. */
  corrections = 0;
  /** Whether its history was read once. */
  isWarm = false;
  /** Since when the exchange doesn't list it any more, by the stopwatch. */
  delistedAt: number | undefined;

  constructor(info: SymbolInfo, streams: Pick<StreamProtocol, "of">, withSeconds: boolean) {
    this.symbol = info.symbol;
    this.info = info;
    const all = streams.of(info.symbol, withSeconds);
    const ofInterval = (interval: Interval): string | undefined =>
      all.find((stream) => stream.tells === "klines" && stream.interval === interval)?.name;
    const minuteStream = ofInterval("1m");
    assert(minuteStream !== undefined, "every symbol has a stream of its minutes");
    this.minuteStream = minuteStream;
    this.secondStream = ofInterval("1s");
    this.tickerStream = all.find(({ tells }) => tells === "tickers")?.name;
    this.streams = all.map(({ name }) => name);
    this.klineStreams = all.flatMap(({ name, tells }) => (tells === "klines" ? name : []));
  }

  /**
   * The streams that sent nothing since a candle opened, though there was something to send: klines where the symbol's ticker moved,
   * tickers where its klines show trades.
   */
  silentSince(openTime: UnixMs): readonly string[] {
    const silent: string[] = [];
    if (this.tickedAt >= openTime) {
      if (this.heardAt < openTime) silent.push(this.minuteStream);
      if (this.secondStream !== undefined && this.secondsHeardAt < openTime) silent.push(this.secondStream);
    }
    const isTickerMissing = this.tradedIn >= openTime && this.tickerHeardAt < openTime;
    if (this.tickerStream !== undefined && isTickerMissing) silent.push(this.tickerStream);
    return silent;
  }

  /** Whether candles are to be expected: it trades by what the exchange says, or its ticker moved since `since`. */
  tradesSince(since: number): boolean {
    if (this.delistedAt !== undefined) return false;
    return this.info.status === "TRADING" || this.tickedAt >= since;
  }

  /** A candle is final, or known not to exist, and so are all before it. */
  settle(openTime: number): void {
    if (openTime > this.settledTo) this.settledTo = openTime;
  }

  /** The market's clock was ahead: forgets what was concluded of moments after this one. */
  turnBack(marketTime: UnixMs): void {
    const present = openTimeOf("1m", marketTime);
    if (this.lastOpenTime !== undefined && this.lastOpenTime > present) this.lastOpenTime = undefined;
    this.settledTo = Math.min(this.settledTo, previousOpenTime("1m", present));
    this.askedClose = NEVER;
    this.heardAt = Math.min(this.heardAt, marketTime);
    this.secondsHeardAt = Math.min(this.secondsHeardAt, marketTime);
    this.tickedAt = Math.min(this.tickedAt, marketTime);
    this.tickerHeardAt = Math.min(this.tickerHeardAt, marketTime);
    this.tradedIn = Math.min(this.tradedIn, previousOpenTime("1m", present));
  }
}
