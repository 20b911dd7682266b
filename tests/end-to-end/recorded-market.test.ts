import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../src/cli/clock.ts";
import type { RunningVyx } from "../../src/cli/serve.ts";
import { candlesBetween, type Kline, openTimeOf, type UnixMs } from "../../src/core/mod.ts";
import { createExchange, type Exchange } from "../../src/exchange/mod.ts";
import { dumpRows, hasRecorded, klineOfRow, RECORDED, restRows } from "../helpers/recorded.ts";
import { getJson, startOn, subscribe, untilReady } from "../helpers/running-vyx.ts";
import { rolledUp } from "../helpers/truth.ts";
import { until } from "../helpers/until.ts";

type Klines = { count: number; complete: boolean; klines: Kline[] };

const MINUTE = 60_000;

describe.skipIf(!hasRecorded)("90 recorded minutes of seven symbols, a minute a second", () => {
  const START = Date.UTC(2026, 1, 10) as UnixMs;
  const MINUTES = 90;
  const INTERVALS = ["1m", "5m", "15m", "1h", "4h", "1d"] as const;
  const files = hasRecorded ? readdirSync(join(RECORDED, "um_1m_full")) : [];
  const symbols = files.map((file) => file.split("-")[0] as string);
  const source = new Map<string, Kline[]>();
  let exchange: Exchange;
  let vyx: RunningVyx;
  let heard: Record<string, unknown>[] = [];
  const answers = new Map<string, Klines>();
  let joinedAt = 0;

  beforeAll(async () => {
    for (const [index, symbol] of symbols.entries()) {
      source.set(symbol, dumpRows(`um_1m_full/${files[index]}`).map(klineOfRow));
    }
    exchange = createExchange({
      port: 0,
      clock: systemClock,
      data: join(RECORDED, "um_1m_full"),
      start: START,
      speed: 60,
    });
    vyx = await startOn(exchange, { intervals: "1m,5m,15m,1h,4h,1d" });
    ({ heard } = await subscribe(vyx, ["closed:*:1m", "closed:*:5m", "closed:*:1h"]));
    joinedAt = exchange.now();
    await untilReady(vyx);
    await until(() => exchange.now() >= START + MINUTES * MINUTE + 2_000);
    for (const symbol of symbols) {
      for (const interval of INTERVALS) {
        const path = `/klines/${symbol}/${interval}?limit=500&closed=true`;
        answers.set(`${symbol} ${interval}`, await getJson<Klines>(vyx, path));
      }
    }
    await vyx.stop();
  }, 150_000);
  afterAll(() => exchange?.stop());

  const told = (channel: string): Kline[] =>
    heard
      .filter((message) => message.type === "kline" && message.channel === channel)
      .map(({ kline }) => kline as Kline);
  const minutesOf = (symbol: string): Kline[] => source.get(symbol) ?? [];

  test("there are seven", () => expect(symbols).toHaveLength(7));

  test("the WebSocket told every close once, in order, in every column as its source row", () => {
    const first = Math.ceil(joinedAt / MINUTE) * MINUTE;
    for (const symbol of symbols) {
      const closes = told(`closed:${symbol}:1m`);
      const expected = minutesOf(symbol).filter(
        ({ openTime }) => openTime >= first && openTime < START + MINUTES * MINUTE,
      );
      expect(expected.length).toBeGreaterThan(MINUTES - 10);
      expect(closes.filter(({ openTime }) => openTime >= first).slice(0, expected.length)).toEqual(expected);
    }
  });

  test("HTTP gave each closed minute as its source row, and 5m, 15m, 1h, 4h and 1d as an independent roll-up", () => {
    for (const symbol of symbols) {
      for (const interval of INTERVALS) {
        const { klines, complete } = answers.get(`${symbol} ${interval}`) as Klines;
        const now = START + MINUTES * MINUTE;
        const all =
          interval === "1m" ? minutesOf(symbol) : rolledUp(interval, minutesOf(symbol), Number.MAX_SAFE_INTEGER);
        // A minute may have closed since; no more than that.
        const last = klines.at(-1)?.openTime as UnixMs;
        expect([-1, 0]).toContain(candlesBetween(interval, openTimeOf(interval, now as UnixMs), last));
        expect(klines).toEqual(all.filter(({ openTime }) => openTime <= last).slice(-500));
        expect(complete).toBe(true);
      }
    }
  });

  test("the WebSocket's hours and five minutes equal a roll-up of the source", () => {
    for (const symbol of symbols) {
      for (const interval of ["5m", "1h"] as const) {
        const closes = told(`closed:${symbol}:${interval}`);
        const from = closes[0]?.openTime ?? 0;
        const expected = rolledUp(interval, minutesOf(symbol), exchange.now()).filter(
          ({ openTime }) => openTime >= from,
        );
        expect(closes.length).toBeGreaterThan(0);
        expect(closes).toEqual(expected.slice(0, closes.length));
      }
    }
  });
});

describe.skipIf(!hasRecorded)("BTC's two hours of 2017 to 2019, with the outages of the exchange", () => {
  const rows = hasRecorded ? restRows("spot_htf_full/BTCUSDT-2h-2017-08-17_2019-12-31.json.gz") : [];
  const TWO_HOURS = 2 * 60 * MINUTE;
  const outages = rows.flatMap((row, index) => {
    const expected = (rows[index - 1]?.[0] ?? Number.NaN) + TWO_HOURS;
    return index > 0 && row[0] !== expected ? [{ from: expected, to: (row[0] as number) - TWO_HOURS }] : [];
  });
  let exchange: Exchange;
  let vyx: RunningVyx;

  beforeAll(async () => {
    const start = Date.UTC(2019, 11, 31, 23) as UnixMs;
    exchange = createExchange({
      port: 0,
      clock: systemClock,
      data: join(RECORDED, "spot_htf_full"),
      symbols: ["BTCUSDT"],
      start,
    });
    vyx = await startOn(exchange, { intervals: "2h", capacity: "11000" });
    await untilReady(vyx);
  }, 60_000);
  afterAll(async () => {
    await vyx?.stop();
    await exchange?.stop();
  });

  test("the 11 outages are holes, and no row was made up", async () => {
    expect(outages).toHaveLength(11);
    const coverage = await getJson<{ holes: object[]; count: number; sources: object }>(vyx, "/coverage/BTCUSDT/2h");
    expect(coverage.holes).toEqual(outages);
    expect(coverage.sources).toMatchObject({ rest: coverage.count, rollup: 0, stream: 0 });
    const { klines } = await getJson<Klines>(vyx, "/klines/BTCUSDT/2h?limit=11000");
    const closed = klines.filter((kline) => kline.closed);
    expect(closed).toEqual(rows.filter(([openTime]) => (openTime ?? 0) < exchange.now() - TWO_HOURS).map(klineOfRow));
  });

  test("answers that span an outage aren't complete, others are", async () => {
    const complete = async (from: number, to: number): Promise<boolean> =>
      (await getJson<Klines>(vyx, `/klines/BTCUSDT/2h?startTime=${from}&endTime=${to}&limit=1000`)).complete;
    for (const { from, to } of outages) {
      expect(await complete(from - 2 * TWO_HOURS, to + 2 * TWO_HOURS)).toBe(false);
      expect(await complete(from, to)).toBe(false);
      expect(await complete(from - TWO_HOURS, from - TWO_HOURS)).toBe(true);
      expect(await complete(to + TWO_HOURS, to + TWO_HOURS)).toBe(true);
    }
  });
});
