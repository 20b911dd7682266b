import { expect, test } from "bun:test";
import { viewOfArrays } from "../../tests/helpers/arrays-view.ts";
import { NO_FINDINGS } from "../../tests/helpers/studies.ts";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import { closeTimeOf, type Kline, parseSymbol, type UnixMs } from "../core/mod.ts";
import type { FilterRunner } from "../strategy/mod.ts";
import { OF_VYX } from "../wire/mod.ts";
import { type MarketAtClose, StrategyScreener } from "./mod.ts";

const START = Date.UTC(2026, 1, 10) as UnixMs;
const KLINES = minuteKlines(START, 260, 5, () => false);
const SYMBOLS = Array.from({ length: 200 }, (_, index) => parseSymbol(`A${1_000 + index}USDT`));

test("screens share the event loop: no more than a slice of them runs in one turn of it", async () => {
  let now = 0;
  let sinceTurn = 0;
  let longest = 0;
  const runner: FilterRunner = {
    ready: async () => {},
    prepare: () => ({
      engine: "quickjs",
      why: "",
      readsTicker: false,
      study: NO_FINDINGS,
      run: () => {
        now += 1;
        sinceTurn += 1;
        longest = Math.max(longest, sinceTurn);
        return { engine: "quickjs", outcome: { kind: "match", facts: {} } };
      },
      close: () => {},
    }),
  };
  const view = viewOfArrays(SYMBOLS.map((symbol) => ({ symbol, interval: "1m", klines: KLINES, settled: true })));
  const market: MarketAtClose = { view, symbols: SYMBOLS, price: () => 1, source: "recorded", readFrom: OF_VYX };
  const closeTime = closeTimeOf("1m", (KLINES.at(-1) as Kline).openTime);
  const screener = new StrategyScreener(runner, () => now);
  let isOver = false;
  const elsewhere = (): void => {
    sinceTurn = 0;
    if (!isOver) setImmediate(elsewhere);
  };
  setImmediate(elsewhere);
  const request = { code: "x", timeframes: ["1m"], symbols: SYMBOLS, interval: "1m", closeTime, market } as const;
  const results = await Promise.all(["anna", "bert", "cleo"].map((owner) => screener.screen({ ...request, owner })));
  isOver = true;
  for (const { matches, checked } of results) {
    expect(checked).toBe(SYMBOLS.length);
    expect(matches.map(({ symbol }) => symbol)).toEqual(SYMBOLS);
  }
  // The clock is looked at after each symbol of such a filter: one more than the eight milliseconds.
  expect(longest).toBeGreaterThan(1);
  expect(longest).toBeLessThanOrEqual(10);
});
