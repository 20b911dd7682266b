import { expect, test } from "bun:test";
import type { WireKline } from "../../src/wire/mod.ts";
import type { ChartPlane } from "./chart-plane.ts";
import { type HeldCrosshair, movedCrosshair, moveOfKey } from "./crosshair-keys.ts";

const MINUTE = 60_000;

/** Twenty candles; the one of minute 12 is missing. Each closes at its minute's number. */
const KLINES = Array.from({ length: 20 }, (_, at) => ({ openTime: at * MINUTE, close: at }) as WireKline).filter(
  ({ close }) => close !== 12,
);

/** Candles 5 to 14 are in sight, ten pixels each; a price is ten pixels high. */
const PLANE: ChartPlane = {
  series: { symbol: "BTCUSDT", interval: "1m", decimals: 1 },
  box: { left: 0, top: 0, width: 100, height: 200 },
  placeOf: (time) => time / MINUTE,
  timeAt: (place) => place * MINUTE,
  xOf: (place) => (place - 5) * 10 + 5,
  placeAt: (x) => 5 + (x - 5) / 10,
  yOf: (price) => 200 - 10 * price,
  priceAt: (y) => (200 - y) / 10,
  attach: () => () => {},
};

function at(minute: number, price = minute): HeldCrosshair {
  const kline = KLINES.find(({ close }) => close === minute);
  if (kline === undefined) throw new Error("there is no such candle");
  return { kline, price };
}

function after(key: string, from: HeldCrosshair | undefined, isShift = false): readonly [number, number] | undefined {
  const move = moveOfKey(key, isShift);
  const moved = move === undefined ? undefined : movedCrosshair(move, from, KLINES, PLANE);
  return moved === undefined ? undefined : [moved.kline.close, moved.price];
}

test("left and right go candle by candle, with Shift by ten, over holes and no farther than the ends", () => {
  expect(after("ArrowLeft", at(10))).toEqual([9, 9]);
  expect(after("ArrowRight", at(11))).toEqual([13, 13]);
  expect(after("ArrowRight", at(5), true)).toEqual([16, 16]);
  expect(after("ArrowLeft", at(3), true)).toEqual([0, 0]);
  expect(after("ArrowRight", at(19))).toEqual([19, 19]);
});

test("Home and End go to the ends of what is in sight, and so does the first key from nowhere", () => {
  expect([after("Home", at(10)), after("End", at(10))]).toEqual([
    [5, 5],
    [14, 14],
  ]);
  expect(after("ArrowLeft", undefined)).toEqual([14, 14]);
});

test("up and down move the price by four pixels, with Shift by forty, on the same candle", () => {
  expect(after("ArrowUp", at(10))).toEqual([10, 10.4]);
  expect(after("ArrowDown", at(10, 10.4))).toEqual([10, 10]);
  expect(after("ArrowDown", at(10), true)).toEqual([10, 6]);
});

test("a step is at least the symbol's last decimal, and no price is below it", () => {
  const fine = { ...PLANE, yOf: (price: number) => 200 - 1_000 * price, priceAt: (y: number) => (200 - y) / 1_000 };
  expect(movedCrosshair({ steps: 1 }, at(10), KLINES, fine)?.price).toBe(10.1);
  expect(movedCrosshair({ steps: -1 }, at(10), KLINES, fine)?.price).toBe(9.9);
  expect(after("ArrowDown", at(1, 0.1))).toEqual([1, 0.1]);
});

test("a candle that has left the chart leads to the one before its moment; without candles there is no crosshair", () => {
  const gone = { kline: { openTime: 12 * MINUTE, close: 12 } as WireKline, price: 12 };
  expect(after("ArrowRight", gone)).toEqual([13, 13]);
  expect(movedCrosshair({ to: "last" }, undefined, [], PLANE)).toBeUndefined();
});

test("other keys don't move it", () => {
  expect(["w", "Enter", "PageUp"].map((key) => moveOfKey(key, false))).toEqual([undefined, undefined, undefined]);
});
