import { expect, test } from "bun:test";
import { parseSymbol, type UnixMs } from "../../src/core/mod.ts";
import type { Signal } from "../../src/wire/mod.ts";
import { marksOf } from "./signal-markers.ts";

const START = Date.UTC(2026, 1, 10);

function aSignal(minute: number, traderId: string): Signal {
  const closeTime = (START + (minute + 1) * 60_000 - 1) as UnixMs;
  const rest = { traderVersion: 1, interval: "1m", price: 1, facts: {}, createdAt: closeTime } as const;
  return { id: minute, traderId, symbol: parseSymbol("BTCUSDT"), closeTime, ...rest };
}

test("a signal is marked at the candle in which its close lies, whatever interval the chart shows", () => {
  const rows = [aSignal(7, "a"), aSignal(6, "b"), aSignal(5, "a"), aSignal(4, "a")];
  const marks = (interval: "1m" | "5m") =>
    marksOf(rows, { symbol: "BTCUSDT", interval }, (id) => id.toUpperCase()).map(({ openTime, text }) => [
      (openTime - START) / 60_000,
      text,
    ]);
  expect(marks("1m")).toEqual([
    [7, "A"],
    [6, "B"],
    [5, "A"],
    [4, "A"],
  ]);
  expect(marks("5m")).toEqual([
    [5, "A +1"],
    [0, "A"],
  ]);
});
