import { expect, test } from "bun:test";
import { parseSymbol } from "../../src/core/mod.ts";
import { newDraft } from "../traders/trader-draft.ts";
import { type BacktestChoice, FIRST_CHOICE, readChoice, SPANS } from "./backtest-choice.ts";

const DAY = 86_400_000;
const NEWEST = Date.UTC(2026, 10, 30, 12, 5);
const BTC = parseSymbol("BTCUSDT");
const draft = { ...newDraft(undefined, "binance"), cooldownCandles: 12 };
const read = (choice: Partial<BacktestChoice>, symbols: readonly (typeof BTC)[] | null = null) =>
  readChoice({ ...draft, symbols }, { ...FIRST_CHOICE, ...choice }, NEWEST);

test("a request has the trader's filter, interval and cooldown", () => {
  expect(read({})).toEqual({
    request: {
      code: draft.code,
      timeframes: ["1m"],
      market: "binance",
      interval: "1m",
      cooldownCandles: 12,
      horizons: [1, 4, 16, 96],
      from: NEWEST - 30 * DAY,
      to: undefined,
      universe: "all",
      feesPercent: 0.2,
    },
  });
});

test("spans end at the newest data, days include the last one", () => {
  for (const { name, days } of SPANS)
    expect(read({ range: name })).toMatchObject({ request: { from: NEWEST - days * DAY } });
  expect(read({ range: "dates", fromDay: "2026-11-01", toDay: "2026-11-01" })).toMatchObject({
    request: { from: Date.UTC(2026, 10, 1), to: Date.UTC(2026, 10, 2) },
  });
});

test("the trader's symbols are meant unless others are chosen", () => {
  expect(read({}, [BTC])).toMatchObject({ request: { universe: [BTC] } });
  expect(read({ universe: "all" }, [BTC])).toMatchObject({ request: { universe: "all" } });
  expect(read({ universe: "top", top: 5, topDays: 7 }, [BTC])).toMatchObject({
    request: { universe: { top: 5, days: 7 } },
  });
});

test("horizons are typed in any order", () => {
  expect(read({ horizons: "16 4;4,1" })).toMatchObject({ request: { horizons: [1, 4, 16] } });
});

test.each<[Partial<BacktestChoice>, string]>([
  [{ range: "dates" }, "Enter the first day."],
  [{ range: "dates", fromDay: "2026-11-02" }, "Enter the last day."],
  [{ range: "dates", fromDay: "2026-11-02", toDay: "2026-11-01" }, "The last day is before the first one."],
  [{ universe: "top", top: Number.NaN }, "The number of symbols must be a whole number from 1 to 5,000."],
  [{ universe: "top", topDays: 366 }, "The days of volume must be a whole number from 1 to 365."],
  ...["", "0", "1.5", "1001", "one", "1,2,3,4,5,6,7,8,9"].map((horizons): [Partial<BacktestChoice>, string] => [
    { horizons },
    "Enter 1 to 8 horizons, each a whole number of candles from 1 to 1,000.",
  ]),
  [{ feesPercent: Number.NaN }, "The fees must be 0 to 10 percent."],
  [{ feesPercent: -0.1 }, "The fees must be 0 to 10 percent."],
])("%j can't be meant", (choice, fault) => {
  expect(read(choice)).toEqual({ fault });
});
