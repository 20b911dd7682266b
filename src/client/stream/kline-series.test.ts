import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import { type ServedMarket, serveMarket } from "../../../tests/helpers/served-market.ts";
import { until } from "../../../tests/helpers/until.ts";
import type { Kline } from "../../core/mod.ts";
import { type Client, createClient } from "../mod.ts";

let market: ServedMarket;
let client: Client;
beforeEach(() => {
  market = serveMarket();
  client = createClient({ url: market.server.url });
});
afterEach(() => market.server.stop());

async function served(limit: number): Promise<Kline[]> {
  const answer = await market.get(`/klines/BTCUSDT/1m?limit=${limit}`);
  return ((await answer.json()) as { klines: Kline[] }).klines;
}

describe("a local series", () => {
  test("begins with history, and follows every change", async () => {
    const series = client.klineSeries("btcusdt", "1m", { limit: 250 });
    expect([series.state, series.klines, series.complete]).toEqual(["loading", [], false]);
    await until(() => series.complete);
    expect(series.klines).toEqual(await served(250));
    expect(series.klines).toHaveLength(250);
    const before = series.klines;
    const versions: number[] = [];
    const stop = series.listen(() => versions.push(series.version));
    const [minute, next] = market.minutes.slice(300) as [Kline, Kline];
    market.stream({ ...minute, closed: false, trades: 1 });
    market.stream(minute);
    market.stream({ ...next, closed: false });
    await until(() => series.klines.at(-1)?.openTime === next.openTime);
    expect(series.klines).toEqual(await served(250));
    expect(before).toHaveLength(250);
    expect(before.at(-1)).toEqual(market.minutes[299] as Kline);
    const first = versions[0] as number;
    expect(versions).toEqual([first, first + 1, first + 2]);
    stop();
    market.stream(next);
    await until(() => series.klines.at(-1)?.closed === true);
    expect(versions).toHaveLength(3);
    series.close();
    expect(series.state).toBe("ended");
  });

  test("holds more when it is asked to", async () => {
    const series = client.klineSeries("BTCUSDT", "1m", { limit: 50 });
    await until(() => series.complete);
    expect(series.klines).toEqual(await served(50));
    series.extend(250);
    expect(series.limit).toBe(250);
    await until(() => series.klines.length > 50);
    expect(series.klines).toEqual(await served(250));
    series.close();
  });

  test("asks again for older klines when that failed", async () => {
    const clock = new ManualClock();
    let isDown = false;
    const fetchUnlessDown = (url: string, init: RequestInit): Promise<Response> =>
      isDown ? Promise.reject(new TypeError("no network")) : fetch(url, init);
    const patient = createClient({ url: market.server.url, clock, maxTries: 1, fetch: fetchUnlessDown });
    const series = patient.klineSeries("BTCUSDT", "1m", { limit: 50 });
    await until(() => series.complete);
    isDown = true;
    series.extend(250);
    expect(series.isLoading).toBe(true);
    await until(() => !series.isLoading);
    expect([series.klines.length, series.settled]).toEqual([50, false]);
    isDown = false;
    await clock.turn(5_000);
    await until(() => series.complete);
    expect(series.klines).toEqual(await served(250));
    series.close();
  });

  test("takes what there is when the server keeps fewer", async () => {
    const { capacity } = await client.health();
    const series = client.klineSeries("BTCUSDT", "1m", { limit: capacity + 1 });
    await until(() => series.complete);
    expect(series.klines).toHaveLength(300);
    expect(series.klines).toEqual(await served(capacity));
    expect([series.isCapped, series.limit]).toEqual([true, capacity]);
    series.extend(capacity);
    expect([series.isCapped, series.limit]).toEqual([false, capacity]);
    series.close();
  });

  test("ends with the error when the server doesn't have it", async () => {
    const series = client.klineSeries("BTCUSDT", "1M");
    let changes = 0;
    series.listen(() => {
      changes += 1;
    });
    await until(() => series.state === "ended");
    expect(series.error).toMatchObject({ name: "ClientError", code: "unknown_interval" });
    expect(changes).toBeGreaterThan(0);
  });

  test("is ended by its signal", async () => {
    const controller = new AbortController();
    const series = client.klineSeries("BTCUSDT", "1m", { signal: controller.signal });
    await until(() => series.complete);
    controller.abort("enough");
    await until(() => series.state === "ended");
    expect(series.error).toBeUndefined();
    await until(() => market.server.hub.sockets === 0);
  });

  test("says that it is disconnected while the server is gone, keeps what it has, and is right again when it is back", async () => {
    const series = client.klineSeries("BTCUSDT", "1m", { limit: 200 });
    await until(() => series.complete);
    const port = Number(new URL(market.server.url).port);
    await market.server.stop();
    await until(() => series.state === "disconnected");
    expect(series.klines).toHaveLength(200);
    market = serveMarket({ port });
    for (const minute of market.minutes.slice(300, 303)) market.stream(minute);
    await until(() => series.state === "live" && series.klines.at(-1)?.openTime === market.minutes[302]?.openTime);
    expect(series.klines).toEqual(await served(200));
    series.close();
  });
});
