import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { keyAccess, keyRecord } from "../../tests/helpers/keys.ts";
import { restarted } from "../../tests/helpers/restarted.ts";
import { BTC, LIFE, type ServedMarket, serveMarket } from "../../tests/helpers/served-market.ts";
import { until } from "../../tests/helpers/until.ts";
import { type Kline, millis } from "../core/mod.ts";
import type { HealthAnswer } from "../wire/mod.ts";
import { KeyRing } from "./keys/key-ring.ts";

type Message = Record<string, unknown> & { type: string };

let market: ServedMarket;
beforeEach(() => {
  market = serveMarket();
});
afterEach(() => market.server.stop());

const minute = (index: number): Kline => market.minutes[index] as Kline;

async function connect(query = ""): Promise<{ heard: Message[]; ask(request: object): void; close(): void }> {
  const socket = new WebSocket(`${market.server.url.replace("http", "ws")}/ws${query}`);
  const heard: Message[] = [];
  socket.onmessage = ({ data }) => heard.push(JSON.parse(data));
  await until(() => heard.length === 1);
  return {
    heard,
    ask: (request) => socket.send(JSON.stringify(request)),
    close: () => socket.close(),
  };
}

describe("on /ws", () => {
  test("format=timed has the market's time in klines of one symbol and of all, and only there", async () => {
    const names = ["kline:BTCUSDT:1m", "closed:*:1m"];
    const clients = await Promise.all(["", "?format=timed"].map(connect));
    for (const { ask } of clients) ask({ op: "subscribe", channels: names, snapshots: false });
    await until(() => clients.every(({ heard }) => heard.length === 2));
    const open = { ...minute(300), volume: 0.1, closed: false };
    market.stream(open);
    market.stream(minute(300));
    market.stream(minute(300), LIFE);
    await until(() => clients.every(({ heard }) => heard.length === 6));
    const [plain, timed] = clients.map(({ heard }) => heard.slice(2));
    const closedAt = minute(300).closeTime + 1;
    expect(plain).toEqual([
      { type: "kline", channel: "kline:BTCUSDT:1m", kline: open },
      { type: "kline", channel: "kline:BTCUSDT:1m", kline: minute(300) },
      { type: "kline", channel: "closed:BTCUSDT:1m", kline: minute(300) },
      { type: "kline", channel: `closed:${LIFE}:1m`, kline: minute(300) },
    ] as never);
    const times = [minute(300).openTime + 30_000, closedAt, closedAt, closedAt];
    expect(timed).toEqual(plain?.map((message, at) => ({ ...message, time: times[at] })) as never);
    for (const { close } of clients) close();
  });

  test("a restatement says so, and the time", async () => {
    const { heard, ask, close } = await connect("?format=timed");
    ask({ op: "subscribe", channels: ["kline:BTCUSDT:1m"], snapshots: false });
    await until(() => heard.length === 2);
    market.stream(minute(300));
    const kline = { ...minute(10), volume: minute(10).volume + 1 };
    const [from, askedAt] = [kline.openTime, minute(301).openTime];
    market.store.apply({ type: "history", symbol: BTC, interval: "1m", from, to: from, klines: [kline], askedAt });
    await until(() => heard.length === 4);
    const told = { type: "kline", channel: "kline:BTCUSDT:1m", kline, restated: true, time: minute(301).openTime };
    expect(heard[3]).toEqual(told as never);
    close();
  });

  test("klines don't say the time of a checkpoint: the market is further on", async () => {
    market.stream(minute(300));
    const store = restarted(market.store);
    await market.server.stop();
    market = serveMarket({ store });
    const { heard, ask, close } = await connect("?format=timed");
    ask({ op: "subscribe", channels: ["kline:BTCUSDT:1m"], snapshots: false });
    await until(() => heard.length === 2);
    // History is read before the first event comes.
    const [from, to, askedAt] = [minute(301).openTime, minute(309).openTime, minute(310).openTime];
    const klines = market.minutes.slice(301, 310);
    store.apply({ type: "history", symbol: BTC, interval: "1m", from, to, klines, askedAt });
    await until(() => heard.length === 11);
    expect(heard.slice(2).filter(({ time }) => time !== undefined)).toEqual([]);
    market.stream(minute(310));
    await until(() => heard.length === 12);
    expect(heard[11]?.time).toBe(minute(310).closeTime + 1);
    close();
  });

  test("a lenient request leaves out symbols that aren't followed; others are refused whole", async () => {
    const { heard, ask, close } = await connect();
    const channels = ["kline:BTCUSDT:1m", "kline:GONEUSDT:1m"];
    ask({ id: 1, op: "subscribe", channels, snapshots: false });
    ask({ id: 2, op: "subscribe", channels, snapshots: false, lenient: true });
    ask({ id: 3, op: "subscribe", channels: ["kline:GONEUSDT"], lenient: true });
    const since = { "kline:BTCUSDT:1m": minute(298).openTime, "kline:GONEUSDT:1m": minute(298).openTime };
    ask({ id: 4, op: "subscribe", channels, snapshots: false, lenient: true, since });
    await until(() => heard.length === 5);
    expect(heard.slice(1)).toMatchObject([
      { type: "error", id: 1, code: "unknown_symbol" },
      { type: "ack", id: 2, channels: ["kline:BTCUSDT:1m"] },
      { type: "error", id: 3, code: "invalid_parameter" },
      { type: "ack", id: 4, channels: ["kline:BTCUSDT:1m"] },
    ]);
    close();
  });
});

describe("by HTTP", () => {
  const sourceOf = async (path: string): Promise<string | null> =>
    (await market.get(path, { "vyx-follower": "1" })).headers.get("vyx-source");

  test("answers about the market say to followers where its data comes from, once that is known", async () => {
    const paths = ["/klines/BTCUSDT/1m", "/tickers", "/symbols?market=binance", "/symbols?market=all"];
    for (const path of paths) expect([path, await sourceOf(path)]).toEqual([path, "recorded"]);
    expect((await market.get("/klines/BTCUSDT/1m")).headers.has("vyx-source")).toBe(false);
    expect(await sourceOf("/health")).toBe(null);
    market.feed.state = "connecting";
    expect(await sourceOf("/klines/BTCUSDT/1m")).toBe(null);
  });

  test("/health has the market's time, as its feed judges it or as the newest event had it", async () => {
    const times = async (): Promise<unknown[]> =>
      ((await (await market.get("/health")).json()) as HealthAnswer).markets.map(({ marketTime }) => marketTime);
    const before = minute(299).closeTime + 1;
    expect(await times()).toEqual([before]);
    market.stream(minute(300));
    expect(await times()).toEqual([minute(300).closeTime + 1]);
    market.feed.marketTime = minute(301).openTime;
    expect(await times()).toEqual([minute(301).openTime]);
  });

  test("/health has the exchange's clock as it is now, also while nothing comes; null where the feed can't ask it", async () => {
    const exchangeTimes = async (): Promise<unknown[]> =>
      ((await (await market.get("/health")).json()) as HealthAnswer).markets.map(({ exchangeTime }) => exchangeTime);
    expect(await exchangeTimes()).toEqual([null]);
    // Our clock is 1.25 s ahead of the exchange's.
    market.feed.clockOffsetMs = 1_250.4;
    const before = market.clock.now() - 1_250;
    expect(await exchangeTimes()).toEqual([before]);
    await market.clock.turn(millis(60_000));
    expect(await exchangeTimes()).toEqual([before + 60_000]);
  });
});

test("/health names the upstream's host to operators alone", async () => {
  await market.server.stop();
  const ring = new KeyRing([
    keyRecord("reader", { name: "reader" }),
    keyRecord("operator", { name: "operator", scopes: ["metrics"] }),
  ]);
  const followed = { host: "10.0.0.5:8080", path: () => ["up", "top"] };
  market = serveMarket({ with: { access: keyAccess(ring), node: "here", followed } });
  market.feed.marketLagMs = 40;
  const health = async (key?: string): Promise<HealthAnswer> =>
    (await (await market.get("/health", key === undefined ? {} : { "x-api-key": key })).json()) as HealthAnswer;
  const following = { upstream: null, path: ["up", "top"], behindMs: 40 };
  expect([(await health()).following, (await health("reader")).following]).toEqual([following, following]);
  expect((await health("operator")).following).toEqual({ ...following, upstream: "10.0.0.5:8080" });
  expect((await health()).node).toBe("here");
});
