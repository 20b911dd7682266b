import { beforeAll, describe, expect, test } from "bun:test";
import { askedOf, backtestsHere, eventsOf } from "../../tests/helpers/backtests.ts";
import { MemoryPast, wholeSymbol } from "../../tests/helpers/past.ts";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import { type Kline, parseSymbol, seededRandom, type UnixMs } from "../core/mod.ts";
import type { BacktestResult } from "../strategy/mod.ts";
import type { Backtests } from "./backtests.ts";

/** BACKTEST_SEEDS=100 tosses so many coins. */
const SEEDS = Number(process.env.BACKTEST_SEEDS ?? 5);
const START = Date.UTC(2026, 1, 1) as UnixMs;
const DAYS = 33;
const QUARTERS = DAYS * 96;
const SPIKE_VOLUME = 1_000_000;

/** Minutes of a random walk that rises by 1 % within the quarter of an hour after each spike of its volume. */
function withPlantedEdge(seed: number): Kline[] {
  const random = seededRandom(100 + seed);
  const isSpike = Array.from({ length: QUARTERS }, () => random() < 0.05);
  let factor = 1;
  return minuteKlines(START, QUARTERS * 15, seed, () => false).map((kline, index) => {
    const quarter = Math.floor(index / 15);
    const before = factor;
    if (isSpike[quarter - 1] === true) factor *= 1.01 ** (1 / 15);
    const [open, close] = [kline.open * before, kline.close * factor];
    const volume = isSpike[quarter] === true && index % 15 === 7 ? SPIKE_VOLUME : kline.volume;
    return { ...kline, open, close, high: Math.max(open, close), low: Math.min(open, close), volume };
  });
}

describe("of a market with a planted edge", () => {
  let backtests: Backtests;
  beforeAll(async () => {
    const symbols = ["AUSDT", "BUSDT", "CUSDT", "DUSDT"].map((name, index) => {
      return [parseSymbol(name), wholeSymbol(withPlantedEdge(index + 1))] as const;
    });
    backtests = await backtestsHere(new MemoryPast(new Map(symbols), 10_000));
  });

  const resultOf = async (code: string): Promise<BacktestResult> => {
    const last = (await eventsOf(backtests, askedOf(code, START + 3 * 86_400_000))).at(-1);
    if (last?.kind !== "result") throw new Error("a backtest ends with its result");
    return last.result;
  };

  test("the filter that sees it is said to have one, of about its size", async () => {
    const result = await resultOf(`return candles("15m").volume.at(-1) > ${SPIKE_VOLUME - 100_000};`);
    expect(result.signals).toBeGreaterThanOrEqual(500);
    const [next] = result.outcomes;
    expect(next?.edge.verdict).toBe("edge seen");
    expect(Math.abs((next?.edge.differencePercent as number) - 1)).toBeLessThan(0.3);
  });

  test("filters that toss a coin are said to have none, in 95 of 100 at least", async () => {
    let edges = 0;
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      // The last digits of the price are the coin.
      const code = `const cents = Math.round(candles("15m").close.at(-1) * 1e6) % 1000003;
return (cents * 48271 + ${seed * 7919}) % 1009 < 50;`;
      const { outcomes, signals } = await resultOf(code);
      expect(signals).toBeGreaterThan(300);
      if (outcomes.some(({ edge }) => edge.verdict !== "no edge seen")) edges += 1;
    }
    expect(edges).toBeLessThanOrEqual(0.05 * SEEDS);
  });
});
