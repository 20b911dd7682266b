import { afterEach, expect, test } from "bun:test";
import { BTC, LIFE, type ServedMarket, START, serveMarket } from "../../tests/helpers/served-market.ts";
import type { Kline, UnixMs } from "../core/mod.ts";

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
