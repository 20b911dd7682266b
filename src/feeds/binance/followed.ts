import { openTimeOf, previousOpenTime, type Symbol, type SymbolInfo, type UnixMs } from "../../core/mod.ts";

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
  /** The candle that its stream spoke of last. */
  lastOpenTime: UnixMs | undefined;
  /** The newest candle that is known to be final, or known not to exist. */
  settledTo: number = NEVER;
  /** The close that REST was asked for because the stream didn't bring it. */
  askedClose: number = NEVER;
  /** When its 1m stream spoke last. */
  heardAt: number = NEVER;
  /** When a ticker told that it trades. */
  tickedAt: number = NEVER;
  /** What its last ticker said. */
  lastTicker: { readonly price: number; readonly volume: number } | undefined;
  /** Since when its ticker shows trades that its 1m stream has said nothing of, by the stopwatch. */
  unheardSince: number | undefined;
  /** Counts the cuts of its stream: an answer to a question from before a cut settles nothing after it. */
  cuts = 0;
  /** Whether its history was read once. */
  isWarm = false;
  /** Local time since which the exchange doesn't list it any more. */
  delistedAt: number | undefined;

  constructor(info: SymbolInfo, withSeconds: boolean) {
    this.symbol = info.symbol;
    this.info = info;
    const name = info.symbol.toLowerCase();
    this.minuteStream = `${name}@kline_1m`;
    this.secondStream = withSeconds ? `${name}@kline_1s` : undefined;
  }

  get streams(): readonly string[] {
    return this.secondStream === undefined ? [this.minuteStream] : [this.minuteStream, this.secondStream];
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

  /** The market's clock was ahead: what was learnt of moments after this one wasn't so. */
  turnBack(marketTime: UnixMs): void {
    const present = openTimeOf("1m", marketTime);
    if (this.lastOpenTime !== undefined && this.lastOpenTime > present) this.lastOpenTime = undefined;
    this.settledTo = Math.min(this.settledTo, previousOpenTime("1m", present));
    this.askedClose = NEVER;
    this.heardAt = Math.min(this.heardAt, marketTime);
    this.tickedAt = Math.min(this.tickedAt, marketTime);
  }
}
