import type { TraderFigures } from "../traders/mod.ts";
import type { Access } from "./access.ts";
import type { CacheMeters } from "./caches.ts";
import { CLUSTER_METRICS, type ClusterFigures } from "./cluster-figures.ts";
import type { EventLoop } from "./event-loop.ts";
import { HISTORY_METRICS, type HistoryFigures } from "./history-figures.ts";
import type { Hub } from "./hub.ts";
import { MARKET_METRICS, type MarketSources } from "./market-metrics.ts";
import type { MemoryFigures } from "./memory.ts";
import { counter, gauge, histogram, type Metric, one, type Sample } from "./metric.ts";
import type { OpenAnswers } from "./open-answers.ts";
import type { RequestFigures } from "./request-figures.ts";
import type { ScreenFigures, ScreenQueueFigures } from "./screen-figures.ts";
import type { Sockets } from "./sockets.ts";
import type { WaitingBytes } from "./waiting-bytes.ts";

/** Where metrics are read from, all of it only when somebody asks. */
export interface MetricSources {
  readonly now: () => number;
  readonly startedAt: number;
  readonly version: string;
  readonly commit: string;
  readonly requests: RequestFigures;
  readonly hub: Hub;
  readonly sockets: Sockets;
  readonly access: Access;
  /** The first one first. */
  readonly markets: readonly MarketSources[];
  readonly isReady: () => boolean;
  readonly isServing: () => boolean;
  /** When a backup was last written, in Unix milliseconds; undefined where none is known. */
  readonly lastBackupAt: () => number | undefined;
  /** How its history is recorded; undefined where it keeps none. */
  readonly history: () => HistoryFigures | undefined;
  /** How it is as a node of a cluster; undefined where it is in none. */
  readonly cluster: () => ClusterFigures | undefined;
  readonly traders: () => TraderFigures | undefined;
  readonly screens: () => ScreenFigures | undefined;
  readonly openAnswers: OpenAnswers;
  readonly waiting: WaitingBytes;
  readonly caches: CacheMeters;
  readonly eventLoop: EventLoop;
  readonly memory: () => MemoryFigures;
}

/** One metric: everything that is to be known of it. */
export type MetricDefinition = Metric<MetricSources>;

/** All metrics, in base units: seconds and bytes. What nobody tells is left out, never made up. */
export const METRICS: readonly MetricDefinition[] = [
  {
    name: "vyx_build_info",
    type: "gauge",
    help: "1; the version, the commit that it was built from, and where the market comes from",
    read: ({ version, commit, markets: [first] }) => [
      { value: 1, labels: { version, commit, source: first?.feedStatus().source ?? "" } },
    ],
  },
  gauge("vyx_start_time_seconds", "when this run began, in Unix seconds", (from) => one(from.startedAt / 1_000)),
  gauge("vyx_ready", "1 while GET /ready says yes", (from) => one(from.isReady() ? 1 : 0)),
  gauge("vyx_serving", "1 while GET /serving says yes", (from) => one(from.isServing() ? 1 : 0)),
  counter("vyx_requests_total", "requests by route and status", ({ requests }) =>
    requests.all.flatMap(({ label, counts }) =>
      [...counts].map(([status, value]) => ({ value, labels: { route: label, status } })),
    ),
  ),
  {
    name: "vyx_request_seconds",
    type: "histogram",
    help: "from a request's arrival to when its answer was handed over for sending, by route",
    read: ({ requests }) => requests.all.flatMap(({ label, latency }) => histogram(latency, { route: label })),
  },
  counter("vyx_response_bytes_total", "bytes of bodies, by route", ({ requests }) =>
    requests.all.map(({ label, bytes }) => ({ value: bytes, labels: { route: label } })),
  ),
  gauge("vyx_sockets", "WebSockets that are open", ({ hub }) => one(hub.sockets)),
  gauge(
    "vyx_slow_sockets",
    "of these, those that read slowly, have snapshots to come, or whose caller is sent more than it may",
    ({ hub }) => one(hub.outboxes.size),
  ),
  gauge("vyx_subscriptions", "channels of all sockets together", ({ hub }) => one(hub.subscriptions)),
  counter("vyx_messages_sent_total", "messages to sockets", ({ hub }) => one(hub.sent)),
  counter("vyx_messages_received_total", "messages from sockets", ({ sockets }) => one(sockets.messages)),
  counter("vyx_messages_refused_total", "messages from sockets over their rate", ({ sockets }) =>
    one(sockets.refusedMessages),
  ),
  counter("vyx_conflations_total", "states that a newer one replaced before a slow socket took them", ({ hub }) =>
    one(hub.outboxes.conflations),
  ),
  counter(
    "vyx_paced_sockets_total",
    "how often a socket began to get conflated states as its caller was sent more than it may",
    ({ hub }) => one(hub.outboxes.pacings),
  ),
  counter("vyx_slow_closes_total", "sockets closed for being too slow (4008), by reason", ({ hub }) =>
    Object.entries(hub.outboxes.closes).map(([reason, value]) => ({ value, labels: { reason } })),
  ),
  gauge("vyx_signals_waiting", "signals that wait to be sent to the sockets that listen", ({ hub }) =>
    one(hub.waitingSignals),
  ),
  gauge("vyx_socket_waiting_bytes", "bytes that wait for WebSockets whose clients read slowly", ({ hub }) =>
    one(hub.outboxes.waitingBytes),
  ),
  gauge("vyx_pending_snapshots", "channels of WebSockets whose snapshot waits to be sent", ({ hub }) =>
    one(hub.outboxes.pendingSnapshots),
  ),
  counter("vyx_snapshot_klines_total", "klines sent in snapshots of WebSockets", ({ hub }) =>
    one(hub.outboxes.figures.snapshotKlines),
  ),
  gauge("vyx_addresses", "addresses without a key that are remembered for their rate", ({ access }) =>
    one(access.addresses),
  ),
  gauge("vyx_users", "users with a token that are remembered for their rate", ({ access }) => one(access.users)),
  gauge("vyx_keys", "API keys, good ones or not", ({ access }) => one(access.keys)),
  gauge("vyx_tickets", "tickets that were used here and are remembered until they expire", ({ access }) =>
    one(access.tickets.size),
  ),
  ...MARKET_METRICS.map(ofEachMarket),
  ...CLUSTER_METRICS,
  counter("vyx_executions_total", "runs of traders, by how they ended; queued ones are tried again", ({ traders }) =>
    Object.entries(traders()?.runs ?? {}).map(([status, value]) => ({ value, labels: { status } })),
  ),
  counter("vyx_signals_total", "signals that this server stored", ({ traders }) => one(traders()?.signals)),
  counter(
    "vyx_messages_total",
    "tries to send a message about signals: accepted, failed (tried again); and deliveries that were given up (dead)",
    ({ traders }) => {
      const messages = traders()?.messages;
      return (["accepted", "failed", "dead"] as const).flatMap((outcome) =>
        messages === undefined ? [] : { value: messages[outcome], labels: { outcome } },
      );
    },
  ),
  gauge("vyx_messages_waiting", "signals that wait to be sent to destinations, as of the last minute", ({ traders }) =>
    one(traders()?.messages?.waiting),
  ),
  gauge("vyx_price_alerts", "price alerts that this server watches", ({ traders }) => one(traders()?.alerts)),
  counter(
    "vyx_signal_outcomes_total",
    "outcomes of signals that this server stored, four for each signal in the end",
    ({ traders }) => one(traders()?.outcomes),
  ),
  {
    name: "vyx_close_seconds",
    type: "histogram",
    help: "from a close until all traders that are due have run, or have been waited for long enough, or until the webhook took it",
    read: ({ traders }) => {
      const figures = traders();
      return figures === undefined ? [] : histogram(figures.closes);
    },
  },
  gauge(
    "vyx_trader_backlog_seconds",
    "for how long closes or runs of traders have been waiting without a break; 0 when nothing waits",
    ({ traders }) => one(traders()?.backlogSeconds),
  ),
  counter("vyx_close_retries_total", "closes that had to be told to the traders once more", ({ traders }) =>
    one(traders()?.closeRetries),
  ),
  counter(
    "vyx_market_fallbacks_total",
    "reads of traders and get-klines that another source should have answered",
    (from) => one(from.traders()?.fallbacks),
  ),
  gauge("vyx_database_up", "1 while the traders' database answers and can be used, 0 while not", ({ traders }) => {
    const health = traders()?.databaseHealth;
    return health === undefined ? [] : one(health.fault === undefined ? 1 : 0);
  }),
  counter("vyx_database_errors_total", "looks at the database that failed; there is one every second", ({ traders }) =>
    one(traders()?.databaseHealth?.errors),
  ),
  gauge(
    "vyx_database_answer_age_seconds",
    "since the database last answered, or since the start where it never did",
    ({ traders, now, startedAt }) => {
      const health = traders()?.databaseHealth;
      return health === undefined ? [] : one(Math.max(0, now() - (health.answeredAt ?? startedAt)) / 1_000);
    },
  ),
  gauge("vyx_database_calls_waiting", "calls of the functions that wait for the database", ({ traders }) =>
    one(traders()?.database?.waiting),
  ),
  counter(
    "vyx_database_calls_refused_total",
    "calls of the functions that were refused: caller or total (places taken), wait (too long)",
    ({ traders }) =>
      Object.entries(traders()?.database?.refused ?? {}).map(([why, value]) => ({ value, labels: { why } })),
  ),
  counter(
    "vyx_database_calls_dropped_total",
    "calls of the functions whose client was gone before the database had time for them",
    ({ traders }) => one(traders()?.database?.dropped),
  ),
  gauge(
    "vyx_database_bytes",
    "disk space of the traders' database: tables and indexes, without its log",
    ({ traders }) => one(traders()?.storage?.bytes),
  ),
  gauge("vyx_database_log_bytes", "disk space of the embedded database's write-ahead log", ({ traders }) =>
    one(traders()?.storage?.logBytes),
  ),
  counter("vyx_database_checkpoints_total", "checkpoints of the embedded database", ({ traders }) =>
    one(traders()?.storage?.checkpoints),
  ),
  counter("vyx_database_vacuums_total", "tables of the embedded database that were vacuumed", ({ traders }) =>
    one(traders()?.storage?.vacuums),
  ),
  gauge(
    "vyx_database_maintenance_age_seconds",
    "since the embedded database was last examined and got the checkpoint or vacuum that it needed; that happens every 15 s",
    ({ traders, now }) => {
      const at = traders()?.storage?.maintainedAt;
      return at === undefined ? [] : one(Math.max(0, now() - at) / 1_000);
    },
  ),
  gauge(
    "vyx_backup_age_seconds",
    "since `vyx backup` last wrote a backup with this server's data folder; left out where it never did",
    ({ lastBackupAt, now }) => {
      const at = lastBackupAt();
      return at === undefined ? [] : one(Math.max(0, now() - at) / 1_000);
    },
  ),
  ...HISTORY_METRICS,
  counter(
    "vyx_expired_rows_total",
    "signals, with their outcomes, and executions that were deleted because of their age",
    ({ traders }) => Object.entries(traders()?.expired ?? {}).map(([table, value]) => ({ value, labels: { table } })),
  ),
  gauge(
    "vyx_screens_waiting",
    "screens, previews and checks that wait for their thread, by whom they are for",
    (from) => queues(from, ({ waiting }) => waiting),
  ),
  gauge("vyx_screen_places", "places that are taken by these and by those that run", (from) =>
    queues(from, ({ places }) => places),
  ),
  counter(
    "vyx_screens_refused_total",
    "of these, those that were refused: caller, total (places), quarantined, wait (too long)",
    (from) => byWhy(from, ({ refused }) => refused),
  ),
  counter("vyx_screens_dropped_total", "of these, those whose client was gone", (from) =>
    queues(from, ({ dropped }) => dropped),
  ),
  {
    name: "vyx_screen_wait_seconds",
    type: "histogram",
    help: "from when a screen, preview or check came until its filter was given to the thread",
    read: ({ screens }) =>
      Object.entries(screens()?.queues ?? {}).flatMap(([whom, { waitSeconds }]) =>
        histogram(waitSeconds, { for: whom }),
      ),
  },
  counter("vyx_screen_seconds_total", "seconds that filters ran", (from) =>
    queues(from, ({ ranSeconds }) => ranSeconds),
  ),
  counter("vyx_screen_threads_ended_total", "threads of filters that were replaced: overran, failed, silent", (from) =>
    byWhy(from, ({ ends }) => ends),
  ),
  gauge("vyx_preview_bytes", "what previews under way keep of their results", (from) =>
    queues(from, ({ previewBytes }) => previewBytes),
  ),
  gauge("vyx_quarantined_filters", "filters that are refused because they held up their thread", ({ screens }) =>
    one(screens()?.quarantine.size),
  ),
  counter("vyx_quarantine_evictions_total", "filters that may be tried again, to make room for others", ({ screens }) =>
    one(screens()?.quarantine.evictions),
  ),
  gauge("vyx_kept_filters", "filters that are kept read and compiled", (from) =>
    queues(from, ({ sandbox }) => sandbox?.keptFilters.filters),
  ),
  gauge("vyx_kept_filter_bytes", "memory that they take", (from) =>
    queues(from, ({ sandbox }) => sandbox?.keptFilters.bytes),
  ),
  counter("vyx_kept_filter_evictions_total", "of these, those that made room for others", (from) =>
    queues(from, ({ sandbox }) => sandbox?.keptFilters.evictions),
  ),
  gauge("vyx_answers_open", "large answers that are being sent", ({ openAnswers }) => one(openAnswers.size)),
  counter("vyx_answers_cut_total", "large answers whose readers were too slow, and were cut", ({ openAnswers }) =>
    one(openAnswers.cut),
  ),
  counter(
    "vyx_answers_refused_total",
    "large answers that weren't begun, as too much waited to be read already",
    ({ openAnswers }) => one(openAnswers.refused),
  ),
  gauge("vyx_waiting_bytes", "bytes that are held for readers, of large answers and WebSockets", ({ waiting }) =>
    one(waiting.total),
  ),
  gauge("vyx_cache_bytes", "bytes that a cache holds, about; docs/limits.md has the bounds", ({ caches }) =>
    Object.entries(caches).map(([cache, { bytes }]) => ({ value: bytes, labels: { cache } })),
  ),
  counter("vyx_cache_evictions_total", "entries of a cache that made room for others", ({ caches }) =>
    Object.entries(caches).map(([cache, { evictions }]) => ({ value: evictions, labels: { cache } })),
  ),
  gauge("vyx_event_loop_lag_seconds", "the longest that anything waited for the event loop in the last 15 s", (from) =>
    one(from.eventLoop.lagSeconds),
  ),
  gauge("vyx_event_loop_lag_p99_seconds", "how long 99 of 100 waited for it at most in the last 15 s", (from) =>
    one(from.eventLoop.lagP99Seconds),
  ),
  gauge("vyx_heap_bytes", "memory that JavaScript uses", (from) => one(from.memory().heap)),
  gauge("vyx_resident_memory_bytes", "memory of the process", (from) => one(from.memory().resident)),
  gauge(
    "vyx_memory_bytes",
    "memory by kind: resident; shared, in files without a name, which resident may leave out; cgroup, all that the service is charged for, where it has a cgroup",
    ({ memory }) => {
      const { resident, shared, cgroup } = memory();
      return [
        { value: resident, labels: { kind: "resident" } },
        ...(shared === undefined ? [] : [{ value: shared, labels: { kind: "shared" } }]),
        ...(cgroup === undefined ? [] : [{ value: cgroup, labels: { kind: "cgroup" } }]),
      ];
    },
  ),
];

/** A metric of each market, with the market as a label. */
function ofEachMarket({ name, type, help, read }: Metric<MarketSources>): MetricDefinition {
  return {
    name,
    type,
    help,
    read: ({ markets }) =>
      markets.flatMap((one) =>
        read(one).map((sample) => ({ ...sample, labels: { market: one.store.market, ...sample.labels } })),
      ),
  };
}

/** One sample for each queue of filters. */
function queues({ screens }: MetricSources, value: (queue: ScreenQueueFigures) => number | undefined): Sample[] {
  return Object.entries(screens()?.queues ?? {}).flatMap(([whom, queue]) =>
    one(value(queue)).map((sample) => ({ ...sample, labels: { for: whom } })),
  );
}

function byWhy(
  { screens }: MetricSources,
  counts: (queue: ScreenQueueFigures) => Readonly<Record<string, number>>,
): Sample[] {
  return Object.entries(screens()?.queues ?? {}).flatMap(([whom, queue]) =>
    Object.entries(counts(queue)).map(([why, value]) => ({ value, labels: { for: whom, why } })),
  );
}
