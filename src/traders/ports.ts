import {
  BARE_MARKET,
  type Interval,
  type Kline,
  type MarketId,
  type StopSignal,
  type Symbol,
  type Ticker,
  type UnixMs,
  VyxError,
} from "../core/mod.ts";
import type { HorizonFigures, LiveSignal, MarketView } from "../strategy/mod.ts";
import type {
  ClosesAnswer,
  FollowedSignal,
  ReadFrom,
  ScreenAnswer,
  ScreenRequest as ServerScreenRequest,
  SignalOutcome,
} from "../wire/mod.ts";

/**
 * The market data that traders and functions read. Methods reject with a retryable VyxError when the source can't be reached. `whom` is the
 * trader or user for whom it is read; with several sources, it decides which one answers.
 */
export interface MarketDataSource {
  /** The markets that it has, its first one first. A source without this method has {@link ONE_MARKET}. */
  markets?(): Promise<readonly MarketId[]>;
  /** The last close of each interval of a market, its first one unless said, and the symbols that lack it. */
  closes(whom?: string, market?: MarketId): Promise<ClosesAnswer["intervals"]>;
  /** Klines and ticker of one symbol, for get-klines. */
  klines(symbol: Symbol, interval: Interval, limit: number, whom?: string): Promise<KlinesRead>;
  /** The intervals and symbols that it has of a market, its first one unless said; undefined while they aren't known. */
  offer(market?: MarketId): Promise<MarketOffer | undefined>;
  /** The market at a close. Rejects with {@link MarketNotReady} while no symbols are known. */
  at(close: CloseRequest): Promise<MarketAtClose>;
  /** How many answers, since the start, came from a source that replaced another; undefined with a single source. */
  readonly fallbacks?: number;
}

/** The markets of a source that has one, and doesn't say which. */
export const ONE_MARKET: readonly MarketId[] = [BARE_MARKET];

/** The intervals and symbols that a source has of a market; no symbols where it doesn't have the market. */
export interface MarketOffer {
  /** The intervals that it serves. */
  readonly intervals: readonly Interval[];
  /** All symbols that it follows, halted ones included. */
  readonly symbols: ReadonlySet<Symbol>;
}

/** Klines of a series, oldest first, and its ticker, null before the first one. */
export interface KlinesRead {
  readonly klines: readonly Kline[];
  readonly ticker: Ticker | null;
  readonly readFrom: ReadFrom;
}

/** The part of the market that a run needs. */
export interface CloseRequest {
  /** The server's first one unless said. */
  readonly market?: MarketId | undefined;
  /** The interval that closed, and when. */
  readonly interval: Interval;
  readonly closeTime: UnixMs;
  /** The intervals that filters read. */
  readonly timeframes: readonly Interval[];
  /**
   * How many klines of these intervals the filters need, where that is more than {@link WINDOW_KLINES}. Only markets that read klines call it.
   */
  readonly windows?: (() => Promise<ReadonlyMap<Interval, number>>) | undefined;
  /** Null for all followed symbols that trade. */
  readonly symbols: readonly Symbol[] | null;
  /** The trader for which it is read. */
  readonly whom?: string;
  /** Whether what was read of the close before doesn't count: symbols that lacked klines then may have them now. */
  readonly anew?: boolean;
}

/** How outcomes are asked for. */
export interface OutcomeOptions {
  readonly signal?: StopSignal | undefined;
  /** Called before so many minutes of the history are read; a throw ends the call. */
  readonly onMinutes?: ((minutes: number) => void) | undefined;
}

/** Tells what became of the price after signals. */
export interface OutcomeSource {
  /**
   * The outcomes of each signal, in the same order, one for each horizon. Rejects with a retryable VyxError when the source can't be reached.
   */
  outcomes(
    signals: readonly FollowedSignal[],
    options?: OutcomeOptions,
  ): Promise<readonly (readonly SignalOutcome[])[]>;
}

/** What the performance of a version of a trader is computed from. */
export interface PerformanceAsked {
  readonly market: MarketId;
  readonly interval: Interval;
  /** Null for all of the market. */
  readonly symbols: readonly Symbol[] | null;
  /** The closes that it ran at, oldest first; at least one. */
  readonly closes: readonly UnixMs[];
  readonly signals: readonly LiveSignal[];
  readonly feesPercent: number;
}

/** Who asks for a performance. */
export interface PerformanceAsker extends CheckCaller {
  /** Charges for so many symbols × closes before they are gone through. Throws what ends the call. */
  readonly charge: (symbolCloses: number) => void;
}

/** The outcomes of signals beside their baseline. */
export interface PerformanceFound {
  readonly outcomes: readonly HorizonFigures[];
  /** Symbols of the baseline. */
  readonly symbols: number;
  /** The first of the closes that it covers; null where there are no candles of any. */
  readonly baselineFrom: UnixMs | null;
}

/** Compares the outcomes of live signals with the baseline. */
export interface PerformanceSource {
  /** How many signals it takes at a time; undefined where it takes any number. */
  readonly mostSignals?: number | undefined;
  /** How many closes may be asked for at a time, of these symbols; with `from`, of those that were still traded then. */
  mostCloses(
    market: MarketId,
    interval: Interval,
    symbols: readonly Symbol[] | null,
    from?: UnixMs | undefined,
  ): Promise<number>;
  /**
   * Rejects with InvalidInput where there are no candles of the symbols at all, with a retryable VyxError where places are taken, whose code
   * is `too_many_screens` when they are the caller's own, and with what `charge` throws.
   */
  performance(asked: PerformanceAsked, by: PerformanceAsker): Promise<PerformanceFound>;
}

/** A market at a close. */
export interface MarketAtClose {
  /** The klines, for a screener without a market of its own. The same object for the same close, as long as it is cached. */
  readonly view: MarketView;
  /** The requested symbols that are followed. */
  readonly symbols: readonly Symbol[];
  /** The served intervals; undefined while they aren't known. */
  readonly intervals?: readonly Interval[] | undefined;
  /** The close price of the symbol's candle; undefined while the candle is missing. */
  price(symbol: Symbol): number | undefined;
  /** The kind of market, as in `/health`: binance, recorded or simulated. */
  readonly source: string;
  readonly readFrom: ReadFrom;
  /** Set where the klines stay on a server: then `view` is empty, and `price` returns undefined for every symbol. */
  readonly onServer?: MarketOnServer;
}

/** A market at a close whose klines stay on a server. */
export interface MarketOnServer {
  /** Whether the server's market has reached the close. */
  readonly hasClose: boolean;
  /** Runs a filter there. Rejects as the client does. */
  screen(request: ServerScreenRequest): Promise<ScreenAnswer>;
  /** Reads the klines, for a screener here. Rejects as `MarketDataSource.at`. */
  read(): Promise<MarketAtClose>;
  /**
   * The market from another source: because this one failed with `cause`, or without a cause, because this one has no candle of the close.
   * Undefined if no other source has more. Never rejects because a source can't be reached.
   */
  readonly elsewhere?: ((cause: VyxError | undefined) => Promise<MarketAtClose | undefined>) | undefined;
}

/** What a filter that is checked is to run on. */
export interface AskedOfFilter {
  /** The intervals that were declared, if any. */
  readonly timeframes?: readonly Interval[] | undefined;
  /** The market that it is for, if one was named: it must send the columns that it needs. */
  readonly market?: MarketId | undefined;
  /** The symbols that were named, if any, where no market was: their markets must send these columns. */
  readonly symbols?: readonly Symbol[] | null | undefined;
}

/**
 * Runs filters. The methods reject with a VyxError that isn't retryable if the code isn't a valid filter or is quarantined, and with
 * {@link ScreenerBusy} if the queue is full.
 */
export interface Screener {
  screen(request: ScreenRequest): Promise<ScreenResult>;
  /** Checks a filter without running it. Also rejects with {@link TooManyChecks}. */
  check(code: string, asked?: AskedOfFilter, by?: CheckCaller): Promise<FilterCheck>;
  /** How many klines of each interval a filter needs, where that is more than {@link WINDOW_KLINES}. */
  windows(code: string, timeframes: readonly Interval[]): Promise<ReadonlyMap<Interval, number>>;
}

/** The queue for screens is full, or a screen was interrupted through no fault of its own. Such a run spends no attempt. */
export class ScreenerBusy extends VyxError {
  readonly code = "not_ready";
  readonly retryable = true;
  /** How long to wait before the next try, in milliseconds, if the busy screener says so. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    { retryAfterMs, ...options }: ErrorOptions & { retryAfterMs?: number | undefined } = {},
  ) {
    super(message, options);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The market has just started and knows no symbols yet. Such a run spends no attempt. */
export class MarketNotReady extends VyxError {
  readonly code = "not_ready";
  readonly retryable = true;
}

/** The caller has as many checks under way as one caller may have. */
export class TooManyChecks extends VyxError {
  readonly code = "rate_limited";
  readonly retryable = true;
}

/** The caller of a check. `signal` is aborted when it no longer waits. */
export interface CheckCaller {
  /** The same value from request to request. */
  readonly caller: unknown;
  readonly signal: StopSignal;
}

/** One filter over some symbols of a market. */
export interface ScreenRequest {
  /** The owner of the trader. Owners have equal shares of the time for filters. */
  readonly owner: string;
  readonly code: string;
  readonly timeframes: readonly Interval[];
  readonly symbols: readonly Symbol[];
  readonly interval: Interval;
  readonly closeTime: UnixMs;
  readonly market: MarketAtClose;
}

/** The result of a filter for each symbol. */
export interface ScreenResult {
  readonly matches: readonly {
    readonly symbol: Symbol;
    readonly facts?: Readonly<Record<string, unknown>> | undefined;
    /** The close of its candle; the market's price if undefined. */
    readonly price?: number | undefined;
  }[];
  /** How many symbols the filter was run for, failures included. */
  readonly checked: number;
  /** Symbols for which it wasn't run. Without `wanted`, the missing klines may still arrive. */
  readonly skipped: readonly {
    readonly symbol: Symbol;
    readonly reason: string;
    readonly wanted?: number | undefined;
  }[];
  readonly errors: readonly { readonly symbol: Symbol; readonly message: string }[];
  /** Symbols that lack the candle of the close; those without a price in the market if undefined. */
  readonly pending?: readonly Symbol[] | undefined;
  /** The market that was screened, if it isn't the request's. */
  readonly market?: Pick<MarketAtClose, "price" | "source" | "readFrom">;
}

/** The result of a check: the filter's mistakes, or the engine that would run it. */
export interface FilterCheck {
  readonly errors: readonly FilterFault[];
  readonly engine: string | null;
  /** The intervals that its code names, shortest first; null if the code computes them. */
  readonly timeframes: readonly Interval[] | null;
  /** In sentences: indicators for which the server keeps too few klines. */
  readonly notes: readonly string[];
}

/** A mistake in a filter. Line and column are counted from 1. */
export interface FilterFault {
  readonly message: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  /** Behind the last character of the mistake, where that is known. */
  readonly endLine?: number | undefined;
  readonly endColumn?: number | undefined;
}

/** Receives messages for the operator. */
export interface TraderLog {
  info(message: string): void;
  warn(message: string): void;
}
