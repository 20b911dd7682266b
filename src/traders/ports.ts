import type { Interval, Kline, MarketSource, Symbol, Ticker, UnixMs } from "../core/mod.ts";
import type { MarketView } from "../strategy/mod.ts";
import type { ClosesAnswer } from "../wire/mod.ts";

/** What a run asks of the market. Methods reject with a retryable VyxError when it can't be reached. */
export interface MarketReader {
  /** Where the data comes from. */
  source(): Promise<MarketSource>;
  /** The last close of each interval, and who is still without it. */
  closes(): Promise<ClosesAnswer["intervals"]>;
  /** Klines and ticker of one symbol, for get-klines. */
  klines(
    symbol: Symbol,
    interval: Interval,
    limit: number,
  ): Promise<{ klines: readonly Kline[]; ticker: Ticker | null }>;
  /** The market as it stood at a close. */
  at(close: CloseRequest): Promise<MarketAtClose>;
}

/** Which market is wanted. */
export interface CloseRequest {
  /** The interval that closed, and when. */
  readonly interval: Interval;
  readonly closeTime: UnixMs;
  /** The intervals that filters read. */
  readonly timeframes: readonly Interval[];
  /** Null for all that are followed and trade. */
  readonly symbols: readonly Symbol[] | null;
}

/** A market as it stood at a close. */
export interface MarketAtClose {
  /** For a screener that has no market of its own. The same object for the same close, as long as it is kept. */
  readonly view: MarketView;
  /** Those that were asked for. */
  readonly symbols: readonly Symbol[];
  /** The close of the candle that closed, undefined while that isn't there. */
  price(symbol: Symbol): number | undefined;
}

/** Runs filters. Both methods reject with a VyxError that isn't retryable when the filter can't be one. */
export interface Screener {
  screen(request: ScreenRequest): Promise<ScreenResult>;
  /** Reads a filter without running it. */
  check(code: string): Promise<FilterCheck>;
}

/** One filter over some symbols of a market. */
export interface ScreenRequest {
  readonly code: string;
  readonly timeframes: readonly Interval[];
  readonly symbols: readonly Symbol[];
  readonly interval: Interval;
  readonly closeTime: UnixMs;
  readonly market: MarketAtClose;
}

/** What a filter said of each symbol. */
export interface ScreenResult {
  readonly matches: readonly {
    readonly symbol: Symbol;
    readonly facts?: Readonly<Record<string, unknown>> | undefined;
  }[];
  /** Symbols for which the filter was run, whatever came of it. */
  readonly checked: number;
  /** Symbols that it wasn't run for. One without `wanted` lacks klines that may come to be yet. */
  readonly skipped: readonly {
    readonly symbol: Symbol;
    readonly reason: string;
    readonly wanted?: number | undefined;
  }[];
  readonly errors: readonly { readonly symbol: Symbol; readonly message: string }[];
}

/** How a filter would be run, and why so; and what is wrong with it, when it can't be. */
export interface FilterCheck {
  readonly errors: readonly FilterFault[];
  readonly engine: string | null;
}

/** What is wrong with a filter, and where, both counted from 1. */
export interface FilterFault {
  readonly message: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** Told what a person who looks after the server should know. */
export interface TraderLog {
  info(message: string): void;
  warn(message: string): void;
}
