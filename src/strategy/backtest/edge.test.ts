import { describe, expect, test } from "bun:test";
import { seededRandom } from "../../core/mod.ts";
import { DaySums, type Edge, edgeOf, studentQuantile } from "./edge.ts";

const DAYS = 60;
const SYMBOLS = 20;
const CLOSES_A_DAY = 48;
const HORIZON = 8;

interface MadeUp {
  readonly seed: number;
  /** The share of closes that are signals. */
  readonly share: number;
  /** What is added to the price after a signal, in percent. */
  readonly plantedPercent: number;
}

/** Symbols that move with their market and each by itself, and signals by the toss of a coin. */
function edgeOfMarket({ seed, share, plantedPercent }: MadeUp): { edge: Edge; signals: number } {
  const random = seededRandom(seed);
  const gauss = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const closes = DAYS * CLOSES_A_DAY;
  const market = Array.from({ length: closes + HORIZON }, () => 0.3 * gauss());
  const sums = new DaySums(DAYS);
  let signals = 0;
  for (let symbol = 0; symbol < SYMBOLS; symbol += 1) {
    const moves = market.map((move) => move + 0.3 * gauss());
    for (let close = 0; close < closes; close += 1) {
      let percent = 0;
      for (let after = 1; after <= HORIZON; after += 1) percent += moves[close + after] as number;
      const day = Math.floor(close / CLOSES_A_DAY);
      const isSignal = random() < share;
      if (isSignal) {
        percent += plantedPercent;
        signals += 1;
        sums.addSignal(day, percent);
      }
      sums.addBaseline(day, percent);
    }
  }
  return { edge: edgeOf(sums, { daysEach: 1, horizons: 4, seed: 1 }), signals };
}

describe("an edge", () => {
  test("a coin has none: so it is said in 95 of 100 markets at least", () => {
    const verdicts = Array.from({ length: 100 }, (_, seed) => {
      return edgeOfMarket({ seed: seed + 1, share: 0.02, plantedPercent: 0 }).edge.verdict;
    });
    expect(verdicts.filter((verdict) => verdict === "no edge seen").length).toBeGreaterThanOrEqual(95);
  });

  test("one of 1 % is found among 500 signals and more, and its size lies in the interval", () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const { edge, signals } = edgeOfMarket({ seed, share: 0.01, plantedPercent: 1 });
      expect(signals).toBeGreaterThanOrEqual(450);
      expect(edge.verdict).toBe("edge seen");
      expect(edge.lowPercent as number).toBeLessThan(1);
      expect(edge.highPercent as number).toBeGreaterThan(0.9);
    }
    expect(edgeOfMarket({ seed: 1, share: 0.01, plantedPercent: -1 }).edge.verdict).toBe("worse than the baseline");
  });

  test("signals of a single day are one observation, however many they are", () => {
    const sums = new DaySums(30);
    for (let day = 0; day < 30; day += 1) for (let close = 0; close < 100; close += 1) sums.addBaseline(day, 0);
    for (let signal = 0; signal < 1_000; signal += 1) sums.addSignal(7, 5);
    const edge = edgeOf(sums, { daysEach: 1, horizons: 1, seed: 1 });
    expect(edge).toMatchObject({ verdict: "no edge seen", days: 1, differencePercent: 5, lowPercent: null });
    expect(edge.says).toContain("signals with outcomes on 1 day, and 10 are needed");
  });

  test("where a horizon reaches into other days, days are taken together", () => {
    const sums = new DaySums(30);
    for (let day = 0; day < 30; day += 1) {
      sums.addBaseline(day, 0);
      sums.addSignal(day, day % 2);
    }
    expect(edgeOf(sums, { daysEach: 1, horizons: 1, seed: 1 }).days).toBe(30);
    expect(edgeOf(sums, { daysEach: 4, horizons: 1, seed: 1 }).days).toBe(8);
  });

  test("without signals there is nothing to say", () => {
    expect(edgeOf(new DaySums(30), { daysEach: 1, horizons: 1, seed: 1 }).differencePercent).toBeNull();
  });
});

test.each([
  // Tables of Student's distribution.
  [0.975, 9, 2.2622],
  [0.995, 9, 3.2498],
  [0.975, 29, 2.0452],
  [0.995, 29, 2.7564],
  [0.9995, 29, 3.6594],
  [0.995, 119, 2.6178],
])("the %p quantile of Student's distribution with %p degrees of freedom is %p", (share, degrees, quantile) => {
  expect(Math.abs(studentQuantile(share, degrees) / quantile - 1)).toBeLessThan(0.01);
});
