import { expect, test } from "bun:test";
import { sparklinePath } from "./sparkline-path.ts";
import type { Sparkline } from "./sparklines.ts";

const MINUTE = 60_000;

test("closes from left to right, the highest at the top, the price last", () => {
  expect(sparklinePath(line([0, 10], [1, 20], [2, 11]), 15)).toBe("M0 18.5L48 1.5L96 10");
});

test("a hole is a break in the line, not a line across", () => {
  expect(sparklinePath(line([0, 10], [1, 20], [3, 10], [4, 20]), 20)).toBe("M0 18.5L24 1.5M72 18.5L96 1.5");
});

test("prices that don't move are a line in the middle; no candles are no line", () => {
  expect(sparklinePath(line([0, 5], [1, 5]), 5)).toBe("M0 10L96 10");
  expect(sparklinePath(line(), 5)).toBe("");
  expect(sparklinePath(line([0, 5]), 7)).toBe("M0 10");
});

function line(...points: [minute: number, close: number][]): Sparkline {
  return { interval: "1m", points: points.map(([minute, close]) => ({ openTime: minute * MINUTE, close })) };
}
