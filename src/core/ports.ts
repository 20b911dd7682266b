import type { MarketEvent, OpenTimeRange } from "./events.ts";
import type { Interval } from "./interval.ts";
import type { Symbol } from "./symbol.ts";
import type { Millis, UnixMs } from "./time.ts";

/** What we ask of an AbortSignal, which this room's types don't know. */
export interface StopSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** The local clock. Market time never comes from here; time-outs, back-off and ages do. */
export interface Clock {
  now(): UnixMs;
  /** Resolves after `span`; rejects with the signal's reason when it is aborted before. */
  sleep(span: Millis, signal?: StopSignal): Promise<void>;
}

/** Takes market events, in order and at once: when the call returns, the market has moved. Never throws for foreign data. */
export type MarketSink = (event: MarketEvent) => void;

/** What a feed asks of the memory that it fills, so that first warm-up, repair after a cut and restart are one thing. */
export interface MarketGaps {
  /** The intervals that are kept, children before the intervals that are rolled up from them. */
  readonly intervals: readonly Interval[];
  /**
   * The smallest range that holds all that isn't certain in a series at market time `now`: never asked for, a hole, a
   * kline without its close. Undefined when the series is whole.
   */
  missing(symbol: Symbol, interval: Interval, now: UnixMs): OpenTimeRange | undefined;
}

/** Where the data comes from, told to everyone: real, recorded real data played back, or made up. */
export type MarketSource = "binance" | "recorded" | "simulated";

/** What a feed is doing. `warming` until every series was asked for once. */
export type FeedState = "connecting" | "warming" | "live" | "disconnected" | "ended";

/** A feed's condition, for health pages. */
export interface FeedStatus {
  readonly state: FeedState;
  readonly source: MarketSource;
  /** Connections that are up now. */
  readonly connections: number;
  /** Local time of the last event from the exchange, if any. */
  readonly lastEventAt: UnixMs | undefined;
}

/** An exchange, live or replayed. */
export interface Feed {
  /** Delivers events to the sink until the signal is aborted or the recording ends. Rejects only when it can't ever work. */
  run(sink: MarketSink, signal: StopSignal): Promise<void>;
  status(): FeedStatus;
}
