import type { Interval, MarketId, UnixMs } from "../../core/mod.ts";
import type { BacktestTotals } from "./backtest.ts";
import type { LiveSignals } from "./live-signals.ts";
import type { BacktestSignal } from "./symbol-backtest.ts";
import type { BacktestUniverse } from "./universe.ts";

/** A backtest as it is asked for, before anything is known of the past or the filter. */
export interface BacktestAsked {
  readonly code: string;
  readonly market: MarketId;
  /** Whose closes they are; the shortest of the timeframes unless given. */
  readonly interval?: Interval | undefined;
  /** The intervals that the filter reads; those that its code names unless given. */
  readonly timeframes?: readonly Interval[] | undefined;
  /** The closes from this moment on, up to `to`; up to the newest that the past has unless given. */
  readonly from: UnixMs;
  readonly to?: UnixMs | undefined;
  readonly universe: BacktestUniverse;
  /** In candles, growing. */
  readonly horizons: readonly number[];
  readonly cooldownCandles: number;
  readonly facts: boolean;
  readonly feesPercent: number;
  /** Signals that were given, whose baseline is to be found; then the code isn't asked. */
  readonly live?: LiveSignals | undefined;
}

/** What a backtest found, with what it was about. */
export interface BacktestResult extends Omit<BacktestTotals, "missing"> {
  readonly market: MarketId;
  readonly interval: Interval;
  readonly timeframes: readonly Interval[];
  /** The first and the last close that were looked at. */
  readonly from: UnixMs;
  readonly to: UnixMs;
  readonly closes: number;
  readonly universe: BacktestUniverse;
  /** Symbols that were looked at, at some close at least. */
  readonly symbols: number;
  readonly horizons: readonly number[];
  readonly cooldownCandles: number;
  readonly feesPercent: number;
  /** How many klines of each interval the filter saw at most. */
  readonly windows: Readonly<Partial<Record<Interval, number>>>;
  readonly engine: string;
  readonly why: string;
  /** Whether each close shows what a live run saw; if not, `notes` say why. */
  readonly exact: boolean;
  readonly notes: readonly string[];
}

/** What comes of a backtest, one after the other. The same past and request bring the same events. */
export type BacktestEvent =
  /** Minutes of all symbols that were gone through. */
  | { readonly kind: "progress"; readonly minutes: number; readonly of: number }
  /** Symbol by symbol, each symbol's oldest first. */
  | { readonly kind: "signal"; readonly signal: BacktestSignal }
  /** The last event. */
  | { readonly kind: "result"; readonly result: BacktestResult };

/** A backtest that can be meant, and has a place. */
export interface PlannedBacktest {
  /** Symbols × closes that the filter is to be asked at, at most. */
  readonly symbolCloses: number;
  /** What comes of it. To be read once. Ends early where it was closed, and rejects as screens do. */
  events(): AsyncGenerator<BacktestEvent, void>;
  /** Ends it, unless it has ended. */
  close(): void;
}
