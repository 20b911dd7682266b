import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { keyAccess } from "../../tests/helpers/keys.ts";
import { type ServedMarket, serveMarket } from "../../tests/helpers/served-market.ts";
import { until } from "../../tests/helpers/until.ts";
import { type FeedFigures, Histogram, type Kline, type UnixMs } from "../core/mod.ts";
import { parseAddressList } from "./addresses.ts";
import type { ClusterFigures } from "./cluster-figures.ts";
import { KeyRing } from "./keys/key-ring.ts";
import { METRICS } from "./metric-table.ts";
import type { RequestLine } from "./request-log.ts";
import type { ScreenQueueFigures } from "./screen-figures.ts";

const PROMTOOL = Bun.which("promtool");

const FIGURES: FeedFigures = {
  refusedEntries: 2,
  frames: new Map([["kline", 7]]),
  refusals: [{ border: "stream", reason: "misaligned", count: 2, first: "{}" }],
  closeLagMs: { p50: 40, p99: 2_100 },
  closeLags: new Histogram([1, 2]),
  closesAsked: 3,
  connections: { connected: 2, lost: 1, rotations: 0, silent: 0 },
  streams: { resubscribed: 1, moved: 0 },
  repairs: { asked: 9, failed: 2, pending: 1 },
  audit: { klines: 500, rounds: 2 },
  weight: {
    spent: 1_234,
    used: 80,
    limit: 6_000,
    stops: 1,
    stoppedUntil: undefined,
    pausedUntil: undefined,
  },
};

let market: ServedMarket;
const lines: RequestLine[] = [];
let stoppedUntil: UnixMs | undefined;
let pausedUntil: UnixMs | undefined;
const checkpoint = {
  lastWrittenAt: 0 as UnixMs | undefined,
  bytes: 1_000,
  milliseconds: 25,
  failures: 0,
  fault: undefined,
  setAside: 0,
};
const closes = new Histogram([0.5, 1]);
const QUEUE: ScreenQueueFigures = {
  waiting: 3,
  places: 5,
  refused: { caller: 4, total: 1, quarantined: 6, wait: 0 },
  dropped: 2,
  ends: { overran: 1, failed: 0, silent: 0 },
  waitSeconds: new Histogram([0.1, 1]),
  ranSeconds: 12.5,
  previewBytes: 100,
  sandbox: { keptFilters: { filters: 9, bytes: 90_000, evictions: 8 } },
};
beforeAll(() => {
  for (const seconds of [0.25, 0.75, 60]) closes.add(seconds);
  for (const seconds of [0.1, 0.1, 2.4]) FIGURES.closeLags.add(seconds);
  market = serveMarket({
    figures: () => ({ ...FIGURES, weight: { ...FIGURES.weight, stoppedUntil, pausedUntil } }),
    with: {
      cluster: () => CLUSTER,
      traderFigures: () => ({
        runs: { done: 8, failed: 1, queued: 2 },
        signals: 5,
        outcomes: 17,
        closes,
        backlogSeconds: 12.5,
        databaseHealth: { fault: "traders: away", errors: 7, answeredAt: (market.clock.now() - 40_000) as UnixMs },
        closeRetries: 1,
        database: { waiting: 2, refused: { caller: 3, total: 1, wait: 0 }, dropped: 4 },
        fallbacks: 3,
        storage: {
          bytes: 9_000_000,
          logBytes: 50_331_648,
          checkpoints: 6,
          vacuums: 2,
          maintainedAt: (market.clock.now() - 20_000) as UnixMs,
        },
        alerts: 6,
        messages: { accepted: 9, failed: 2, dead: 1, waiting: 4 },
        expired: { signals: 700, executions: 30 },
      }),
      lastBackupAt: () => market.clock.now() - 7_200_000,
      historyFigures: () => ({ due: [{ market: "binance", symbols: 3 }], filesWritten: 11, failures: 2 }),
      screenFigures: () => ({
        queues: { requests: QUEUE, traders: { ...QUEUE, waiting: 7, sandbox: undefined } },
        quarantine: { size: 2, evictions: 1 },
      }),
      onRequest: (line) => lines.push(line),
    },
  });
  Object.assign(market.feed, { marketLagMs: 1_500, clockOffsetMs: -20 });
  checkpoint.lastWrittenAt = (market.clock.now() - 30_000) as UnixMs;
  market.checkpoint.status = checkpoint;
});
afterAll(() => market.server.stop());

/** A node of a cluster with a figure of each kind, though no role has all of them. */
const CLUSTER: ClusterFigures = {
  ...{ role: "serve", node: "out-1", isConnected: true, losses: 1, others: 4, created: 2, filled: 3 },
  markets: [
    {
      ...{
        market: "binance",
        spends: true,
        waiting: 5,
        behind: 6,
        hasStream: true,
        streamLosses: 7,
        isLate: false,
        late: 8,
      },
      counts: { stored: 9, duplicates: 10, retried: 11, dropped: 12 },
    },
  ],
};

/** Values by name and labels, as they stand in the text, without the label of the one market. */
async function metrics(): Promise<Map<string, number>> {
  const labelled = await (await market.get("/metrics")).text();
  const text = labelled.replaceAll('{market="binance"}', "").replaceAll('{market="binance",', "{");
  const rows = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    rows.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  );
}

describe("GET /metrics", () => {
  test("has every metric of the table, as Prometheus takes them", async () => {
    await market.get("/health");
    const response = await market.get("/metrics");
    const text = await response.text();
    expect(response.headers.get("content-type")).toStartWith("text/plain; version=0.0.4");
    for (const { name, type, help } of METRICS) {
      expect(text).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name}`);
    }
  });

  test.skipIf(PROMTOOL === null)("is without fault to promtool", async () => {
    const text = await (await market.get("/metrics")).text();
    const checked = Bun.spawnSync([PROMTOOL ?? "", "check", "metrics"], { stdin: Buffer.from(text) });
    expect([checked.exitCode, checked.stderr.toString()]).toEqual([0, ""]);
  });

  test("says how the server is in its cluster", async () => {
    const all = await metrics();
    expect(all.get('vyx_nats_connected{node="out-1",role="serve"}')).toBe(1);
    expect([
      all.get("vyx_cluster_nodes"),
      all.get("vyx_cluster_stream_behind"),
      all.get("vyx_cluster_close_late"),
    ]).toEqual([5, 6, 0]);
    expect(all.get('vyx_cluster_finals_total{outcome="dropped"}')).toBe(12);
  });

  test("counts requests by route and status, never by what strangers ask for", async () => {
    const count = async (labels: string): Promise<number> =>
      (await metrics()).get(`vyx_requests_total{${labels}}`) ?? 0;
    const klines = 'route="/klines/{symbol}/{interval}",status="200"';
    const before = await count(klines);
    for (const symbol of ["BTCUSDT", "btcusdt", "BTCUSDT"]) await market.get(`/klines/${symbol}/1m`);
    for (const path of ["/a", "/b", "/c"]) await market.get(path);
    expect(await count(klines)).toBe(before + 3);
    expect(await count('route="(none)",status="404"')).toBe(3);
    const values = await metrics();
    const of = (suffix: string): number => values.get(`vyx_request_seconds_${suffix}`) ?? Number.NaN;
    expect(of('count{route="(none)"}')).toBe(3);
    expect(of('bucket{route="(none)",le="+Inf"}')).toBe(3);
  });

  test("says of feed, store, checkpoints and sockets what they say themselves", async () => {
    const values = await metrics();
    const of = (name: string): number | undefined => values.get(`vyx_${name}`);
    expect({
      lag: of("feed_lag_seconds"),
      p99: of("close_lag_p99_seconds"),
      onTime: of('close_lag_seconds_bucket{le="2"}'),
      frames: of('feed_frames_total{outcome="kline"}'),
      weight: of("rest_weight_total"),
      stopped: of("rest_stopped_seconds"),
      series: of("series"),
      incomplete: of("incomplete_series"),
      klines: of("klines"),
      age: of("checkpoint_age_seconds"),
      failed: of('executions_total{status="failed"}'),
      signals: of("signals_total"),
      within: of('close_seconds_bucket{le="1"}'),
      closes: of("close_seconds_count"),
      backlog: of("trader_backlog_seconds"),
      database: [of("database_up"), of("database_errors_total"), of("database_answer_age_seconds")],
      fallbacks: of("market_fallbacks_total"),
      waiting: of('screens_waiting{for="traders"}'),
      refused: of('screens_refused_total{for="requests",why="caller"}'),
      overran: of('screen_threads_ended_total{for="requests",why="overran"}'),
      kept: [of('kept_filter_bytes{for="requests"}'), of('kept_filter_bytes{for="traders"}')],
      quarantined: of("quarantined_filters"),
      ready: [of("ready"), of("serving")],
      storage: [of("database_bytes"), of("database_log_bytes"), of("database_maintenance_age_seconds")],
      backup: of("backup_age_seconds"),
    }).toEqual({
      lag: 0,
      p99: 2.1,
      onTime: 2,
      frames: 7,
      weight: 1_234,
      stopped: 0,
      series: 6,
      incomplete: 0,
      klines: 2 * (300 + 60 + 5),
      age: 30,
      failed: 1,
      signals: 5,
      within: 2,
      closes: 3,
      backlog: 12.5,
      database: [0, 7, 40],
      fallbacks: 3,
      waiting: 7,
      refused: 4,
      overran: 1,
      kept: [90_000, undefined],
      quarantined: 2,
      ready: [1, 1],
      storage: [9_000_000, 50_331_648, 20],
      backup: 7_200,
    });
    expect(of("resident_memory_bytes")).toBeGreaterThan(1e7);
    const socket = new WebSocket(`${market.server.url.replace("http", "ws")}/ws`);
    let heard = 0;
    socket.onmessage = () => {
      heard += 1;
    };
    await until(() => heard === 1);
    socket.send(JSON.stringify({ op: "subscribe", channels: ["kline:BTCUSDT:1m", "tickers"] }));
    await until(() => heard === 4);
    market.stream(market.minutes[300] as Kline);
    await until(() => heard === 5);
    const after = await metrics();
    expect([after.get("vyx_sockets"), after.get("vyx_subscriptions")]).toEqual([1, 2]);
    expect([after.get("vyx_messages_sent_total"), after.get("vyx_messages_received_total")]).toEqual([5, 1]);
    socket.close();
    await until(() => market.server.hub.sockets === 0);
    expect((await metrics()).get("vyx_subscriptions")).toBe(0);
  });

  test("the age of a checkpoint that was never written counts from the start, and none is kept without a folder", async () => {
    const { lastWrittenAt } = checkpoint;
    checkpoint.lastWrittenAt = undefined;
    const before = (await metrics()).get("vyx_checkpoint_age_seconds") ?? Number.NaN;
    await market.clock.turn(900_000);
    expect((await metrics()).get("vyx_checkpoint_age_seconds")).toBe(before + 900);
    market.feed.lastEventAt = market.clock.now();
    checkpoint.lastWrittenAt = lastWrittenAt;
  });

  test("/health says in words that the exchange stopped us, or that we wait by ourselves, and when that ends", async () => {
    const reasons = async (): Promise<string[]> =>
      ((await (await market.get("/health")).json()) as { reasons: string[] }).reasons;
    const before = await reasons();
    // It knows them for half a second.
    await market.clock.turn(500);
    stoppedUntil = (market.clock.now() + 65_000) as UnixMs;
    expect((await reasons()).slice(before.length)).toEqual([
      "the exchange takes no requests from this server for another 65 s: no history is repaired until then",
    ]);
    const stopped = async (): Promise<(number | undefined)[]> => {
      const values = await metrics();
      return [values.get("vyx_rest_stopped_seconds"), values.get("vyx_rest_paused_seconds")];
    };
    expect(await stopped()).toEqual([65, 0]);
    // An exchange that can't be reached hasn't banned anybody.
    await market.clock.turn(500);
    pausedUntil = (market.clock.now() + 65_000) as UnixMs;
    stoppedUntil = undefined;
    expect((await reasons()).slice(before.length)).toEqual([
      "the last request to the exchange failed, and the next one is made in 65 s: no history is repaired until then",
    ]);
    expect(await stopped()).toEqual([0, 65]);
    await market.clock.turn(500);
    pausedUntil = undefined;
    expect(await reasons()).toEqual(before);
  });
});

describe("the request log", () => {
  test("has the client's address only if the operator wants it, as a trusted proxy names it, also of WebSockets", async () => {
    const heard: RequestLine[] = [];
    const before = lines.length;
    await market.get("/symbols");
    expect(lines.slice(before).map((line) => "address" in line)).toEqual([false]);
    const access = keyAccess(new KeyRing([]), { trustedProxies: parseAddressList("127.0.0.1") });
    const other = serveMarket({ with: { logsClientAddresses: true, access, onRequest: (line) => heard.push(line) } });
    const { url } = other.server;
    await fetch(`${url}/symbols`, { headers: { "x-forwarded-for": "198.51.100.7" } });
    await fetch(`${url}/symbols`);
    const socket = new WebSocket(`${url.replace("http", "ws")}/ws`, {
      headers: { "x-forwarded-for": "2001:db8:1:2:3::4" },
    } as never);
    await until(() => heard.length === 3);
    socket.close();
    await other.server.stop();
    expect(heard.map(({ route, status, address }) => [route, status, address])).toEqual([
      ["/symbols", 401, "198.51.100.7"],
      ["/symbols", 401, "127.0.0.1"],
      ["/ws", 101, "2001:db8:1:2:3::4"],
    ]);
  });

  test("has one line a request, with the route's pattern and without what was asked for", async () => {
    lines.length = 0;
    await market.get("/klines/BTCUSDT/1m?limit=1", { "x-request-id": "mine" });
    expect(lines).toEqual([
      {
        requestId: "mine",
        key: undefined,
        method: "GET",
        route: "/klines/{symbol}/{interval}",
        status: 200,
        bytes: expect.any(Number),
        ms: expect.any(Number),
      },
    ] as never);
    expect(lines[0]?.bytes).toBeGreaterThan(200);
  });

  test("is sampled above the rate, but never of errors", async () => {
    await market.clock.turn(1_000);
    lines.length = 0;
    for (let count = 0; count < 230; count += 1) await market.get("/health");
    for (let count = 0; count < 30; count += 1) await market.get("/nothing");
    const good = lines.filter(({ status }) => status === 200);
    expect(good.map(({ oneOf }) => oneOf ?? 1)).toEqual([...Array.from({ length: 20 }, () => 1), 100, 100]);
    expect(lines.filter(({ status }) => status === 404)).toHaveLength(30);
    await market.clock.turn(1_000);
    await market.get("/health");
    expect(lines.at(-1)?.oneOf).toBeUndefined();
  });
});

test("a market that comes from another server has no request weight, and still says how often that one made us stop", async () => {
  const store = market.store;
  const feed = { status: () => market.feed, figures: () => FIGURES };
  const follower = serveMarket({ store, with: { markets: [{ store, feed, counterpart: "the upstream" }] } });
  const text = await (await follower.get("/metrics")).text();
  await follower.server.stop();
  const figures = text.split("\n").filter((line) => line.startsWith("vyx_rest_"));
  expect(figures.filter((line) => line.startsWith("vyx_rest_weight"))).toEqual([]);
  expect(figures).toContain('vyx_rest_stops_total{market="binance"} 1');
});
