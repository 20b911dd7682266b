import type { MarketEvent, OpenTimeRange } from "./events.ts";
import type { Histogram } from "./histogram.ts";
import type { Interval } from "./interval.ts";
import { EXCHANGE_SOURCES, type ExchangeSource } from "./market-table.ts";
import type { Refused } from "./refusals.ts";
import type { Symbol } from "./symbol.ts";
import type { Millis, UnixMs } from "./time.ts";

/** What we ask of an AbortSignal, which this room's types don't know. */
export interface StopSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/**
 * The local clock. `now` is the time of day, which people and programs may set at any moment: what has to know how much time
 * has passed asks a {@link Stopwatch}. Market time comes from neither.
 */
export interface Clock {
  now(): UnixMs;
  /** Resolves after `span`; rejects with the signal's reason when it is aborted before. */
  sleep(span: Millis, signal?: StopSignal): Promise<void>;
}

/** Milliseconds that only go forward, from any beginning: time-outs, back-off and ages count by it. */
export type Stopwatch = () => number;

/** Takes market events, in order and at once: when the call returns, the market has moved. Never throws for foreign data. */
export type MarketSink = (event: MarketEvent) => void;

/** What a feed asks of the memory that it fills, so that first warm-up, repair after a cut and restart are one thing. */
export interface MarketGaps {
  /** The intervals that are kept, children before the intervals that are rolled up from them. */
  readonly intervals: readonly Interval[];
  /**
   * The ranges of a series that aren't certain at market time `now`, oldest first and apart from each other: never asked
   * for, a hole, a kline without its close. Empty when the series is whole.
   */
  missing(symbol: Symbol, interval: Interval, now: UnixMs): readonly OpenTimeRange[];
  /** The first and the last kline that a series holds; undefined while it is empty. What an audit reads again. */
  span(symbol: Symbol, interval: Interval): OpenTimeRange | undefined;
}

/** Where the data comes from; every answer is labelled with it: the real market, a recording of it, or a simulation. */
export type MarketSource = ExchangeSource | "recorded" | "simulated";

/** Each {@link MarketSource}. */
export const MARKET_SOURCES: readonly MarketSource[] = [...EXCHANGE_SOURCES, "recorded", "simulated"];

/**
 * What a feed is doing: `connecting` until the exchange was reached, `warming` until every series was asked for once, `silent`
 * while connections are up and what has to come over them doesn't.
 */
export type FeedState = "connecting" | "warming" | "live" | "silent" | "disconnected" | "ended";

/** A symbol whose history can't be read whole now: the exchange refuses it, or its rows are refused. It is asked again. */
export interface SymbolTrouble {
  readonly symbol: Symbol;
  /** One line. */
  readonly reason: string;
}

/** How far a feed's start is. */
export interface WarmUp {
  /** Symbols whose history was read. */
  readonly done: number;
  /** 0 until the exchange has said which symbols there are. */
  readonly total: number;
  /** About how long the exchange's request limit makes the other requests wait, in milliseconds; 0 when they needn't. */
  readonly remainingMs: number;
}

/** A feed's condition, for health pages. */
export interface FeedStatus {
  readonly state: FeedState;
  readonly source: MarketSource;
  /** Connections that are up now. */
  readonly connections: number;
  /** When the last kline or ticker was accepted, by the local clock as it is set now. Other frames prove nothing. */
  readonly lastEventAt: UnixMs | undefined;
  /**
   * For how long no kline or ticker was accepted, in milliseconds: since the last one, else since the first connection, else since
   * the start.
   */
  readonly silentForMs: number;
  /** The symbols that can't be read whole now, with why. They hold up no others. None where left out. */
  readonly troubles?: readonly SymbolTrouble[];
  /** How a stand-in for an exchange names its market; undefined of any other, and until it has said so. */
  readonly standIn?: string | undefined;
  /** What time it is in the market, once that is certain. Left out by feeds that don't judge it themselves. */
  readonly marketTime?: UnixMs | undefined;
  /** How old the newest event is by the exchange's own clock, in milliseconds; undefined where that can't be judged. */
  readonly marketLagMs?: number | undefined;
  /** The local clock less the exchange's, in milliseconds; undefined where that wasn't measured. */
  readonly clockOffsetMs?: number | undefined;
  /** In words, which data is missing or too old although connections are up. None where left out. */
  readonly silences?: readonly string[];
  /** Where it starts and has history to read; undefined once it has started. */
  readonly warmUp?: WarmUp | undefined;
}

/** What a feed has done since the start, and where it stands, for metrics. Counts only grow. */
export interface FeedFigures {
  /** Frames by what became of them. */
  readonly frames: ReadonlyMap<string, number>;
  /** What the feed's borders refused, by border and reason. */
  readonly refusals: readonly Refused[];
  /** Entries of the exchange's list of symbols that named none. */
  readonly refusedEntries?: number;
  /** How late all final states came after their close, in seconds of market time. */
  readonly closeLags: Histogram;
  /** How late final states came after their close, in milliseconds of market time, over the newest closes. */
  readonly closeLagMs: { readonly p50: number | undefined; readonly p99: number | undefined };
  /** Closes that REST was asked for because the stream hadn't brought them in the time that the exchange usually takes. */
  readonly closesAsked: number;
  /** Connections: opened, lost, left for a new one in good order, given up for their silence. */
  readonly connections: {
    readonly connected: number;
    readonly lost: number;
    readonly rotations: number;
    readonly silent: number;
  };
  /** Silent streams: subscribed again, moved to another connection. */
  readonly streams: { readonly resubscribed: number; readonly moved: number };
  /** REST questions of the repair, symbols whose repair failed, symbols that wait for one now. */
  readonly repairs: { readonly asked: number; readonly failed: number; readonly pending: number };
  /** Klines read again by the audit, and how often it began to read every series once more. */
  readonly audit: { readonly klines: number; readonly rounds: number };
  readonly weight: {
    readonly spent: number;
    /** Spent in the present window of the exchange's budget: a minute, or a few seconds. */
    readonly used: number;
    /** What the exchange allows in such a window. */
    readonly limit: number;
    /** How often the exchange made us stop, or banned us. */
    readonly stops: number;
    /** Until when it makes us stop now, in local time. */
    readonly stoppedUntil: UnixMs | undefined;
    /** Until when we wait by ourselves because requests failed, in local time; undefined while the exchange makes us stop. */
    readonly pausedUntil: UnixMs | undefined;
  };
}

/** An exchange, live or replayed. */
export interface Feed {
  /** Delivers events to the sink until the signal is aborted or the recording ends. Rejects only when it can't ever work. */
  run(sink: MarketSink, signal: StopSignal): Promise<void>;
  status(): FeedStatus;
  /** Figures for metrics, where the feed keeps any. */
  figures?(): FeedFigures;
}
