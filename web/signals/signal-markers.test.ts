import { expect, test } from "bun:test";
import { type Interval, openTimeOf, parseSymbol, type UnixMs } from "../../src/core/mod.ts";
import type { Signal } from "../../src/wire/mod.ts";
import { type MarkedSignals, marksOf } from "./signal-markers.ts";

const START = Date.UTC(2026, 1, 10);
const OWN: MarkedSignals = { isEachInterval: false, hidden: new Set() };

function aSignal(minute: number, traderId: string, interval: Interval = "1m"): Signal {
  const closeTime = (START + (minute + 1) * 60_000 - 1) as UnixMs;
  const rest = { traderVersion: 1, interval, price: 1, facts: {}, createdAt: closeTime } as const;
  return { id: minute, traderId, symbol: parseSymbol("BTCUSDT"), closeTime, ...rest };
}

const ROWS = [aSignal(9, "a", "5m"), aSignal(7, "a"), aSignal(6, "b"), aSignal(5, "a"), aSignal(4, "a")];

/** The minute at which each mark's candle opens, and its text. */
function marks(interval: Interval, marked: MarkedSignals): [number, string][] {
  return marksOf(ROWS, { symbol: "BTCUSDT", interval }, marked, (id) => id.toUpperCase()).map(({ openTime, text }) => [
    (openTime - START) / 60_000,
    text,
  ]);
}

test("a chart marks the signals of its own interval, each at its candle", () => {
  expect(marks("1m", OWN)).toEqual([
    [7, "A"],
    [6, "B"],
    [5, "A"],
    [4, "A"],
  ]);
  expect(marks("5m", OWN)).toEqual([[5, "A"]]);
});

test("those of other intervals are marked by choice, at the candle in which their close lies, and say their interval", () => {
  expect(marks("5m", { ...OWN, isEachInterval: true })).toEqual([
    [5, "A, A (1m), B (1m)"],
    [0, "A (1m)"],
  ]);
  expect(openTimeOf("1m", ROWS[0]?.closeTime as UnixMs)).toBe((START + 9 * 60_000) as UnixMs);
  expect(marks("1m", { ...OWN, isEachInterval: true })[0]).toEqual([9, "A (5m)"]);
});

test("hidden traders have no marks", () => {
  expect(marks("1m", { ...OWN, hidden: new Set(["a"]) })).toEqual([[6, "B"]]);
});
