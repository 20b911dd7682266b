import { afterEach, expect, test } from "bun:test";
import { BTC, LIFE, type ServedMarket, START, serveMarket } from "../../tests/helpers/served-market.ts";
import type { Kline, UnixMs } from "../core/mod.ts";
import type { Series } from "../store/mod.ts";
import { LOOP_SLICE_MS } from "./loop-turns.ts";
import { klineParameters } from "./parameters.ts";
import { SeriesTags } from "./series-tags.ts";

const ARROW = { accept: "application/vnd.apache.arrow.stream" };
const MINUTE_MS = 60_000;

let markets: ServedMarket[] = [];
afterEach(async () => {
  for (const { server } of markets.splice(0)) await server.stop();
});

const tagOf = async (market: ServedMarket, path: string, headers = {}): Promise<string> =>
  (await market.get(path, headers)).headers.get("etag") ?? "";
const minute = ({ minutes }: ServedMarket, index: number): Kline => minutes[index] as Kline;

/**
 * Two servers with the same market. The first has run for an hour, and its rings have gone round. The second has read all of that as
 * history.
 */
function serveTwo(): [ServedMarket, ServedMarket] {
  const [lasting, fresh] = [
    serveMarket({ capacityKlines: 280 }),
    serveMarket({ capacityKlines: 280, historyMinutes: 360 }),
  ];
  markets = [lasting, fresh];
  for (let index = 300; index < 360; index += 1) {
    for (const symbol of [BTC, LIFE]) lasting.stream(minute(lasting, index), symbol);
  }
  for (const market of markets) {
    for (const symbol of [BTC, LIFE]) market.stream({ ...minute(market, 360), closed: false }, symbol);
  }
  return [lasting, fresh];
}

const PATHS = [
  "/klines/BTCUSDT/1m?limit=5",
  "/klines/BTCUSDT/1m?limit=280",
  "/klines/BTCUSDT/1m?limit=100&closed=true",
  `/klines/BTCUSDT/1m?startTime=${START + 200 * MINUTE_MS}&endTime=${START + 250 * MINUTE_MS}`,
  "/klines/BTCUSDT/5m?limit=20",
  "/klines?symbols=*&intervals=1m,5m&limit=50",
];

test.each(PATHS)("servers with the same klines have the same tag: %s", async (path) => {
  const [lasting, fresh] = serveTwo();
  expect(await (await fresh.get(path)).text()).toBe(await (await lasting.get(path)).text());
  for (const form of [{}, ARROW]) {
    const etag = await tagOf(lasting, path, form);
    expect(etag).toMatch(/^W\/"\w+"$/);
    expect(await tagOf(fresh, path, form)).toBe(etag);
    expect((await fresh.get(path, { ...form, "if-none-match": etag })).status).toBe(304);
  }
});

test("servers with the same tickers have the same tags", async () => {
  const [one, other] = [serveMarket(), serveMarket()];
  markets = [one, other];
  for (const path of ["/tickers", "/tickers?symbols=BTCUSDT", "/ticker/BTCUSDT"]) {
    const etag = await tagOf(one, path);
    expect((await other.get(path, { "if-none-match": etag })).status).toBe(304);
  }
});

test("a tag changes with the open kline, a close, and with what is settled, at each server alike", async () => {
  const [one, other] = serveTwo();
  const path = "/klines/BTCUSDT/1m?limit=50";
  const seen = new Set([await tagOf(one, path)]);
  const change = async (apply: (market: ServedMarket) => void): Promise<void> => {
    apply(one);
    const etag = await tagOf(one, path);
    expect([...seen]).not.toContain(etag);
    seen.add(etag);
    expect((await other.get(path, { "if-none-match": etag })).status).toBe(200);
    apply(other);
    expect((await other.get(path, { "if-none-match": etag })).status).toBe(304);
  };
  await change((market) => market.stream({ ...minute(market, 360), closed: false, trades: 7 }));
  await change((market) => market.stream(minute(market, 360)));
  await change((market) => market.stream({ ...minute(market, 361), closed: false }));
  await change(({ store }) => {
    const from = (START + 340 * MINUTE_MS) as UnixMs;
    store.apply({ type: "gap", symbol: BTC, interval: "1m", from, reason: "cut" });
  });
});

test("different limits, symbols and formats of the same klines have tags of their own, however often they take turns", async () => {
  const [market] = serveTwo();
  const limits = [1, 2, 3, 4, 5, 6, 7, 8];
  const all = async (): Promise<string[]> =>
    await Promise.all(
      limits.flatMap((limit) => [
        tagOf(market, `/klines?symbols=BTCUSDT&intervals=1m&limit=${limit}`),
        tagOf(market, `/klines?symbols=BTCUSDT&intervals=1m&limit=${limit}`, ARROW),
        tagOf(market, `/klines?symbols=${encodeURIComponent(LIFE)}&intervals=1m&limit=${limit}`),
      ]),
    );
  const first = await all();
  expect(new Set(first).size).toBe(first.length);
  expect(await all()).toEqual(first);
});

test("tags of many klines are made in small jobs, so that those of many requests don't hold up the event loop together", async () => {
  let [at, turn, isOver] = [0, 0, false];
  const nextTurn = (): void => {
    turn += 1;
    if (!isOver) setImmediate(nextTurn);
  };
  nextTurn();
  const market = serveMarket({ capacityKlines: 600, historyMinutes: 600, with: { stopwatch: () => at } });
  markets = [market];
  const path = "/klines?symbols=*&intervals=1m,5m,1h&limit=600";
  const etag = await tagOf(market, path);
  const lookedAtIn: number[] = [];
  for (const interval of ["1m", "5m", "1h"] as const) {
    const series = market.store.series(BTC, interval) as Series;
    const select = series.select.bind(series);
    series.select = (query) => {
      at += LOOP_SLICE_MS;
      lookedAtIn.push(turn);
      return select(query);
    };
  }
  const ask = async (): Promise<number> => (await market.get(path, { "if-none-match": etag })).status;
  expect(await Promise.all(Array.from({ length: 16 }, ask))).toEqual(Array(16).fill(304));
  isOver = true;
  const together = lookedAtIn.map((one) => lookedAtIn.filter((other) => other === one).length);
  expect(lookedAtIn).toHaveLength(16 * 3);
  expect(Math.max(...together)).toBe(3);
});

test("a tag that is made in jobs is the one that is made in one go", async () => {
  const market = serveMarket({ historyMinutes: 400 });
  markets = [market];
  const series = Array.from({ length: 40 }, () => market.store.series(BTC, "1m") as Series);
  const query = klineParameters(400, false);
  let jobs = 0;
  const tag = await new SeriesTags().inJobs(series, query, "json", async (job) => {
    jobs += 1;
    job();
  });
  expect(tag).toBe(new SeriesTags().of(series, query, "json"));
  expect(jobs).toBe(1);
  const many = Array.from({ length: 1_000 }, (_, index) => series[index % 40] as Series);
  await new SeriesTags().inJobs(many, query, "json", async (job) => {
    jobs += 1;
    job();
  });
  expect(jobs).toBeGreaterThan(4);
});
