import { expect, test } from "bun:test";
import { parseSymbol, type UnixMs } from "../core/mod.ts";
import type { AlertCondition, AlertEvent } from "../wire/mod.ts";
import { conditionText, eventDetails, eventTitle } from "./words.ts";

const AT = (Date.UTC(2026, 1, 10, 12) + 5_000) as UnixMs;
const LEVEL: AlertCondition = { kind: "level", direction: "either", level: 64_000 };

function event(more: Partial<AlertEvent> = {}): AlertEvent {
  return {
    ...{
      id: 1,
      alertId: "a",
      symbol: parseSymbol("BTCUSDT"),
      condition: LEVEL,
      note: "",
      direction: "up",
      price: 64_010,
    },
    ...{ reference: 64_000, value: 64_010, at: AT, since: null, openTime: (AT - 5_000) as UnixMs, inOpenCandle: true },
    ...more,
  };
}

test("conditions in words", () => {
  const point = (price: number) => ({ time: AT, price });
  expect([
    conditionText({ ...LEVEL, direction: "up" }),
    conditionText({ kind: "line", direction: "down", from: point(1), to: point(0.1 + 0.2), extended: true }),
    conditionText({ kind: "move", direction: "either", percent: 2.5, minutes: 1 }),
    conditionText({ kind: "volume", minutes: 15, times: 3 }),
  ]).toEqual([
    "crosses 64,000 upwards",
    "crosses the line from 1 to 0.3 downwards",
    "moves by 2.5 % within 1 minute",
    "has 3 times its average volume in 15 minutes",
  ]);
});

test("what fired in words: within the open candle, at a close, back again, after a hole", () => {
  expect(`${eventTitle(event())}: ${eventDetails(event())}`).toBe(
    "BTCUSDT crossed 64,000 upwards: 64,010 at 2026-02-10 12:00:05 UTC, within the open 1m candle",
  );
  expect(eventDetails(event({ price: 63_990, inOpenCandle: false }))).toBe(
    "63,990 (it reached 64,010) at 2026-02-10 12:00:05 UTC, at the close of the 1m candle",
  );
  expect(eventDetails(event({ since: (AT - 600_000) as UnixMs }))).toBe(
    "64,010 at 2026-02-10 12:00:05 UTC; when it happened isn't known: no prices came since 2026-02-10 11:50:05 UTC",
  );
  const move: AlertCondition = { kind: "move", direction: "either", percent: 2, minutes: 5 };
  expect(eventTitle(event({ condition: move, direction: "down", value: -2.131 }))).toBe(
    "BTCUSDT fell by 2.13 % within 5 minutes",
  );
  expect(eventTitle(event({ condition: { kind: "volume", minutes: 5, times: 2 }, reference: 10, value: 25 }))).toBe(
    "BTCUSDT has 2.5 times its average volume in 5 minutes",
  );
});

test("the price of a line has the decimals of the market's prices, also of very small ones", () => {
  const point = { time: AT, price: 1 };
  const condition: AlertCondition = { kind: "line", direction: "down", from: point, to: point, extended: true };
  const title = (price: number, value: number, reference: number): string =>
    eventTitle(event({ condition, direction: "down", price, value, reference }));
  expect([
    title(80_147.9, 80_147.93, 80_151.68117),
    title(1.5e-7, 1.4e-7, 1.5412e-7),
    title(80_147, 80_147, 80_151.2),
  ]).toEqual([
    "BTCUSDT crossed your line at 80,151.68 downwards",
    "BTCUSDT crossed your line at 0.00000015 downwards",
    "BTCUSDT crossed your line at 80,151 downwards",
  ]);
});
