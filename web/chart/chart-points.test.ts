import { expect, test } from "bun:test";
import { emptyKline, type Kline, type UnixMs } from "../../src/core/mod.ts";
import { chartPoints, inOrder, newPoints } from "./chart-points.ts";

const MINUTE = 60_000;

test("klines that follow one another are drawn as they are", () => {
  const klines = [1, 2, 3].map(kline);
  expect(chartPoints(klines, "1m")).toEqual(klines);
  expect(chartPoints([], "1m")).toEqual([]);
});

test("a hole becomes empty places, not klines", () => {
  const points = chartPoints([1, 2, 5].map(kline), "1m");
  expect(points.map(({ openTime }) => openTime / MINUTE)).toEqual([1, 2, 3, 4, 5]);
  expect(points.map((point) => "close" in point)).toEqual([true, true, false, false, true]);
});

test("a hole of days doesn't push the klines out of the chart", () => {
  expect(chartPoints([1, 10_000].map(kline), "1m").length).toBeLessThan(200);
});

test("only what changed at the end is drawn", () => {
  const drawn = [1, 2, 3].map(kline);
  const changed = kline(3);
  const next = kline(4);
  expect(newPoints(drawn, drawn, "1m")).toEqual([]);
  expect(newPoints(drawn, drawn.with(2, changed), "1m")).toEqual([changed]);
  expect(newPoints(drawn, [...drawn, next], "1m")).toEqual([next]);
  expect(newPoints(drawn, [...drawn.with(2, changed), next], "1m")).toEqual([changed, next]);
});

test("what leaves the series at its beginning stays in the chart", () => {
  const drawn = [1, 2, 3].map(kline);
  const next = kline(4);
  expect(newPoints(drawn, drawn.slice(1), "1m")).toEqual([]);
  expect(newPoints(drawn, [...drawn.slice(1), next], "1m")).toEqual([next]);
  expect(newPoints(drawn, [kline(0), ...drawn], "1m")).toBeUndefined();
});

test("klines that came out of order, or twice, are put in order; the last word counts", () => {
  const [one, two, again] = [kline(1), kline(2), kline(1)];
  const right = [one, two];
  expect(inOrder(right)).toBe(right);
  const mended = inOrder([two, one, again]);
  expect(mended.map(({ openTime }) => openTime / MINUTE)).toEqual([1, 2]);
  expect(mended[0]).toBe(again);
});

test("all is drawn anew when it isn't only the end, and when empty places come in", () => {
  const drawn = [1, 2, 3].map(kline);
  expect(newPoints([], drawn, "1m")).toBeUndefined();
  expect(newPoints(drawn, drawn.with(1, kline(2)), "1m")).toBeUndefined();
  expect(newPoints(drawn, drawn.slice(0, 2), "1m")).toBeUndefined();
  expect(newPoints(drawn, [...drawn, kline(6)], "1m")).toBeUndefined();
});

function kline(minute: number): Kline {
  return { ...emptyKline(), openTime: (minute * MINUTE) as UnixMs };
}
