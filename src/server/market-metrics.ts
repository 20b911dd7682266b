import type { FeedFigures, FeedStatus } from "../core/mod.ts";
import type { CheckpointStatus, MarketStore } from "../store/mod.ts";
import type { MarketCount } from "./market-count.ts";
import { counter, gauge, histogram, type Metric, one, seconds } from "./metric.ts";

/** Where the metrics of one market are read from. */
export interface MarketSources {
  readonly now: () => number;
  readonly startedAt: number;
  readonly store: MarketStore;
  /** Counted anew for each scrape. */
  readonly counted: MarketCount;
  readonly feedStatus: () => FeedStatus;
  readonly feed: () => FeedFigures | undefined;
  readonly coverage: () => { readonly complete: number; readonly total: number };
  readonly isReady: () => boolean;
  readonly checkpoint: () => CheckpointStatus | undefined;
  /** Whether the market comes from another server: that one bounds requests by key, and has no weight. */
  readonly isFollowed: boolean;
}

/** The metrics of one market: its feed, what is held of it, and its checkpoints. */
export const MARKET_METRICS: readonly Metric<MarketSources>[] = [
  gauge("vyx_market_ready", "1 while GET /ready?market= says yes", (from) => one(from.isReady() ? 1 : 0)),
  gauge(
    "vyx_feed_lag_seconds",
    "since a kline or ticker was last accepted, or since the connect or the start where none was",
    ({ feedStatus }) => one(feedStatus().silentForMs / 1_000),
  ),
  gauge(
    "vyx_market_lag_seconds",
    "how old the newest event is by the exchange's own clock; left out where that can't be judged",
    ({ feedStatus }) => seconds(feedStatus().marketLagMs),
  ),
  gauge("vyx_clock_offset_seconds", "this machine's clock less the exchange's, as REST showed it", ({ feedStatus }) =>
    seconds(feedStatus().clockOffsetMs),
  ),
  counter("vyx_exchange_entries_refused_total", "entries of the exchange's list that name no symbol", ({ feed }) =>
    one(feed()?.refusedEntries),
  ),
  gauge("vyx_feed_connections", "connections to the exchange that are up", ({ feedStatus }) =>
    one(feedStatus().connections),
  ),
  gauge("vyx_feed_state", "1 for the state that the feed is in", ({ feedStatus }) => [
    { value: 1, labels: { state: feedStatus().state } },
  ]),
  counter("vyx_feed_frames_total", "frames of the exchange by what became of them", ({ feed }) =>
    [...(feed()?.frames ?? [])].map(([outcome, value]) => ({ value, labels: { outcome } })),
  ),
  counter("vyx_feed_connection_events_total", "connections that were opened, lost, rotated or given up", ({ feed }) =>
    Object.entries(feed()?.connections ?? {}).map(([event, value]) => ({ value, labels: { event } })),
  ),
  counter("vyx_feed_silent_streams_total", "silent streams, by what was done about them", ({ feed }) =>
    Object.entries(feed()?.streams ?? {}).map(([action, value]) => ({ value, labels: { action } })),
  ),
  gauge(
    "vyx_close_lag_p50_seconds",
    "how late half of the newest final klines came at most after their close",
    (from) => seconds(from.feed()?.closeLagMs.p50),
  ),
  {
    name: "vyx_close_lag_seconds",
    type: "histogram",
    help: "how late final klines came after their close, by the exchange's time",
    read: ({ feed }) => {
      const lags = feed()?.closeLags;
      return lags === undefined ? [] : histogram(lags);
    },
  },
  gauge("vyx_close_lag_p99_seconds", "how late 99 of 100 came at most", (from) => seconds(from.feed()?.closeLagMs.p99)),
  counter("vyx_closes_asked_total", "closes that REST was asked for, as the stream hadn't brought them", ({ feed }) =>
    one(feed()?.closesAsked),
  ),
  counter("vyx_repairs_total", "questions to REST for what was missing", ({ feed }) => one(feed()?.repairs.asked)),
  counter("vyx_repairs_failed_total", "repairs that failed and will be tried again", ({ feed }) =>
    one(feed()?.repairs.failed),
  ),
  gauge("vyx_repairs_pending", "symbols that wait for a repair", ({ feed }) => one(feed()?.repairs.pending)),
  counter("vyx_audited_klines_total", "klines read again from REST and compared", ({ feed }) =>
    one(feed()?.audit.klines),
  ),
  counter(
    "vyx_rest_weight_total",
    "request weight spent at the exchange; like the next two, left out for a market that comes from another server",
    (from) => one(weightOf(from)?.spent),
  ),
  gauge(
    "vyx_rest_weight_used",
    "request weight spent in the present window of the exchange's budget: a minute at Binance, 5 s at Bybit",
    (from) => one(weightOf(from)?.used),
  ),
  gauge("vyx_rest_weight_limit", "request weight that the exchange allows in such a window", (from) =>
    one(weightOf(from)?.limit),
  ),
  counter(
    "vyx_rest_stops_total",
    "times that the exchange told us to stop or banned us (429, 418; 403 at Bybit)",
    ({ feed }) => one(feed()?.weight.stops),
  ),
  gauge("vyx_rest_stopped_seconds", "how much longer that holds; 0 when it doesn't", ({ feed, now }) => {
    const weight = feed()?.weight;
    return weight === undefined ? [] : one(Math.max(0, (weight.stoppedUntil ?? 0) - now()) / 1_000);
  }),
  gauge(
    "vyx_rest_paused_seconds",
    "how much longer the server waits before its next request, because the last ones failed; 0 when it doesn't",
    ({ feed, now }) => {
      const weight = feed()?.weight;
      return weight === undefined ? [] : one(Math.max(0, (weight.pausedUntil ?? 0) - now()) / 1_000);
    },
  ),
  gauge("vyx_symbols", "symbols that are followed", ({ store }) => one(store.symbols().length)),
  gauge("vyx_series", "series that are served", ({ coverage }) => one(coverage().total)),
  gauge("vyx_incomplete_series", "of these, those that have holes or are in doubt", ({ coverage }) =>
    one(coverage().total - coverage().complete),
  ),
  gauge("vyx_holes", "stretches of missing klines in those series", ({ counted }) => one(counted.holes)),
  gauge("vyx_klines", "klines in memory, of the series that are served", ({ counted }) => one(counted.klines)),
  counter("vyx_klines_total", "states of klines that were taken in, by what became of them", ({ store }) =>
    Object.entries(store.outcomes).map(([outcome, value]) => ({ value, labels: { outcome } })),
  ),
  counter("vyx_restated_klines_total", "closed klines that the exchange told otherwise later", ({ store }) =>
    one(store.restated.klines),
  ),
  gauge(
    "vyx_checkpoint_age_seconds",
    "since the newest checkpoint was written, or since the start where there is none",
    ({ checkpoint, now, startedAt }) => {
      const status = checkpoint();
      return status === undefined ? [] : one(Math.max(0, now() - (status.lastWrittenAt ?? startedAt)) / 1_000);
    },
  ),
  gauge("vyx_checkpoint_bytes", "size of the newest checkpoint of this run", ({ checkpoint }) =>
    one(checkpoint()?.bytes),
  ),
  gauge("vyx_checkpoint_seconds", "what writing it took", ({ checkpoint }) => {
    const written = checkpoint();
    return written === undefined ? [] : one(written.milliseconds / 1_000);
  }),
  counter("vyx_checkpoint_failures_total", "checkpoints that couldn't be written", ({ checkpoint }) =>
    one(checkpoint()?.failures),
  ),
  counter("vyx_checkpoints_set_aside_total", "checkpoints that were found unusable", ({ checkpoint }) =>
    one(checkpoint()?.setAside),
  ),
  counter("vyx_refusals_total", "frames, rows and imported klines that weren't believed", ({ feed, store }) =>
    [...(feed()?.refusals ?? []), ...store.refusals.all()].map(({ border, reason, count }) => ({
      value: count,
      labels: { border, reason },
    })),
  ),
  gauge("vyx_troubled_symbols", "symbols whose history can't be read whole now; they are asked again", (from) =>
    one(from.feedStatus().troubles?.length ?? 0),
  ),
];

function weightOf({ feed, isFollowed }: MarketSources): FeedFigures["weight"] | undefined {
  return isFollowed ? undefined : feed()?.weight;
}
