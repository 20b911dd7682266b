import {
  type Interval,
  type Kline,
  type StopSignal,
  type Symbol,
  type Ticker,
  type UnixMs,
  VyxError,
} from "../core/mod.ts";
import type { MarketView } from "../strategy/mod.ts";
import type { ClosesAnswer, ReadFrom } from "../wire/mod.ts";

/**
 * Where the functions read the market. Methods reject with a retryable VyxError when it can't be reached. `whom` is the
 * trader or user that it is read for: where there are several sources it decides which one answers.
 */
export interface MarketDataSource {
  /** The last close of each interval, and who is still without it. */
  closes(whom?: string): Promise<ClosesAnswer["intervals"]>;
  /** Klines and ticker of one symbol, for get-klines. */
  klines(symbol: Symbol, interval: Interval, limit: number, whom?: string): Promise<KlinesRead>;
  /** The market as it stood at a close. */
  at(close: CloseRequest): Promise<MarketAtClose>;
  /** Answers that another source should have given, since the start; undefined where there is but one. */
  readonly fallbacks?: number;
}

/** A series that was read, oldest first, and the ticker, null where there is none yet. */
export interface KlinesRead {
  readonly klines: readonly Kline[];
  readonly ticker: Ticker | null;
  readonly readFrom: ReadFrom;
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
  /** The trader that it is read for. */
  readonly whom?: string;
}

/** A market as it stood at a close. */
export interface MarketAtClose {
  /** For a screener that has no market of its own. The same object for the same close, as long as it is kept. */
  readonly view: MarketView;
  /** Those that were asked for. */
  readonly symbols: readonly Symbol[];
  /** The close of the candle that closed, undefined while that isn't there. */
  price(symbol: Symbol): number | undefined;
  /** Which market that is, as `/health` of a server says: binance, recorded or simulated. */
  readonly source: string;
  readonly readFrom: ReadFrom;
}

/**
 * Runs filters. Both methods reject with a VyxError that isn't retryable when the filter can't be one, or may not run; and with
 * {@link ScreenerBusy} when there is no room for it just now.
 */
export interface Screener {
  screen(request: ScreenRequest): Promise<ScreenResult>;
  /** Reads a filter without running it. Rejects with {@link TooManyChecks}, too. */
  check(code: string, by?: CheckCaller): Promise<FilterCheck>;
}

/** There is no room for a screen, or it was cut short by something else. A run that failed of it spends no attempt. */
export class ScreenerBusy extends VyxError {
  readonly code = "not_ready";
  readonly retryable = true;
}

/** The caller's own checks take all places that one caller has. */
export class TooManyChecks extends VyxError {
  readonly code = "rate_limited";
  readonly retryable = true;
}

/** Whose share a check takes, and whether anybody still waits for it. */
export interface CheckCaller {
  /** The same value from request to request. */
  readonly caller: unknown;
  readonly signal: StopSignal;
}

/** One filter over some symbols of a market. */
export interface ScreenRequest {
  /** Whose trader it is: owners have equal shares of the time for filters. */
  readonly owner: string;
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
