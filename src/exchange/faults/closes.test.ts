import { afterEach, expect, test } from "bun:test";
import { START, startFaulty, stopFaulty } from "../../../tests/helpers/in-process.ts";
import { listenTo } from "../../../tests/helpers/listening-client.ts";

const MINUTE = 60_000;
const PATH = "/ws/btcusdt@kline_1m/ethusdt@kline_1m/solusdt@kline_1m/xrpusdt@kline_1m";

interface Final {
  readonly symbol: string;
  readonly openTime: number;
  readonly volume: string;
  readonly lateMs: number;
}

afterEach(stopFaulty);

function finals(frames: readonly string[]): Final[] {
  const events = frames.map((frame) => JSON.parse(frame)).filter(({ k }) => k.x);
  return events.map(({ E, s, k }) => ({ symbol: s, openTime: k.t, volume: k.v, lateMs: E - k.T - 1 }));
}

test("late-close: each final comes 1 to 30 s late, as it would have, alike for all who listen", async () => {
  const { exchange, clock, story } = startFaulty("late-close=1");
  const [one, other] = [listenTo(exchange, clock, PATH), listenTo(exchange, clock, PATH)];
  await clock.turn(60 * MINUTE + 30_000);
  const told = finals(one.frames);
  expect(told).toHaveLength(4 * 60);
  expect(finals(other.frames)).toEqual(told);
  for (const { symbol, openTime, volume, lateMs } of told) {
    expect(lateMs).toBeGreaterThanOrEqual(1_000);
    expect(lateMs).toBeLessThanOrEqual(30_000);
    expect(exchange.truth(symbol, openTime, openTime)[0]?.volume.toFixed(8)).toBe(volume);
  }
  expect(new Set(told.map(({ lateMs }) => lateMs)).size).toBeGreaterThan(20);
  expect(exchange.faults()["late-close"]).toBe(4 * 60);
  expect(story[0]?.what).toMatch(/^the final of BTCUSDT 1m of 2026-02-10T12:30:00.000Z comes \d+ s late$/);
});

test("no-close: about that share never comes, for nobody, but REST has it", async () => {
  const { exchange, clock, json } = startFaulty("no-close=0.2");
  const [one, other] = [listenTo(exchange, clock, PATH), listenTo(exchange, clock, PATH)];
  await clock.turn(120 * MINUTE);
  const told = finals(one.frames);
  expect(finals(other.frames)).toEqual(told);
  expect(told.every(({ lateMs }) => lateMs === 0)).toBe(true);
  const missing = 4 * 120 - told.length;
  expect(exchange.faults()["no-close"]).toBe(missing);
  // 96 are expected; four standard deviations are 35.
  expect(Math.abs(missing - 96)).toBeLessThan(35);
  const rows = await json<unknown[]>(
    `klines?symbol=BTCUSDT&interval=1m&startTime=${START}&endTime=${START + 119 * MINUTE}`,
  );
  expect(rows).toHaveLength(120);
});

test("at a time: the next close of each series", async () => {
  const { exchange, clock } = startFaulty("no-close@90s,late-close@3m");
  const { frames } = listenTo(exchange, clock, PATH);
  await clock.turn(6 * MINUTE);
  for (const symbol of exchange.symbols) {
    const told = finals(frames).filter((final) => final.symbol === symbol);
    expect(told.map(({ openTime }) => (openTime - START) / MINUTE)).toEqual([0, 2, 3, 4, 5]);
    expect(told.map(({ lateMs }) => lateMs > 0)).toEqual([false, true, false, false, false]);
  }
});
