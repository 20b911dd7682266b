import { openTimeOf, previousOpenTime, type Symbol, type SymbolInfo, type UnixMs } from "../../core/mod.ts";
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
  /** The figures of its last ticker. */
  lastTicker: { readonly price: number; readonly volume: number } | undefined;
  /** Since when its ticker shows trades for which its 1m stream has sent nothing, by the stopwatch. */
  unheardSince: number | undefined;
  /** Counts the cuts of its stream: an answer to a question from before a cut settles nothing after it. */
  cuts = 0;
  /** Whether its history was read once. */
  isWarm = false;
  /** Since when the exchange doesn't list it any more, by the stopwatch. */
  delistedAt: number | undefined;

  constructor(info: SymbolInfo, streams: Pick<StreamProtocol, "klines">, withSeconds: boolean) {
    this.symbol = info.symbol;
    this.info = info;
    this.minuteStream = streams.klines(info.symbol, "1m");
    this.secondStream = withSeconds ? streams.klines(info.symbol, "1s") : undefined;
  }

  get streams(): readonly string[] {
    return this.secondStream === undefined ? [this.minuteStream] : [this.minuteStream, this.secondStream];
  }

  /** The streams that sent nothing since a candle opened. None unless the symbol's ticker moved: only then there was something to send. */
  silentSince(openTime: UnixMs): readonly string[] {
    if (this.tickedAt < openTime) return [];
    const silent: string[] = [];
    if (this.heardAt < openTime) silent.push(this.minuteStream);
    if (this.secondStream !== undefined && this.secondsHeardAt < openTime) silent.push(this.secondStream);
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
  }
}
