import { expect, test } from "bun:test";
import fc from "fast-check";
import { ReturnCounts } from "./return-counts.ts";

function histogramOf(returns: readonly number[]) {
  const counts = new ReturnCounts();
  for (const one of returns) counts.add(one);
  return counts.histogram();
}

test("there is none without returns", () => {
  expect(histogramOf([])).toBeUndefined();
});

test("bars are as narrow as a hundredth of a percent, and a return on an edge counts in the bar above it", () => {
  expect(histogramOf([0.28, 0.29, 0.29, 0.3])?.bars).toEqual([
    { fromPercent: 0.28, toPercent: 0.29, count: 1 },
    { fromPercent: 0.29, toPercent: 0.3, count: 2 },
    { fromPercent: 0.3, toPercent: 0.31, count: 1 },
  ]);
});

test("losses and gains are never in the same bar", () => {
  expect(histogramOf([-0.001, 0, 0.001])?.bars.map(({ count }) => count)).toEqual([1, 2]);
});

test("an outlier is in the outermost bar, and the others keep their shape", () => {
  const returns = Array.from({ length: 200 }, (_, at) => (at - 100) / 100);
  const [plain, bent] = [histogramOf(returns), histogramOf([...returns, 900])];
  expect(bent?.widthPercent).toBe(plain?.widthPercent as number);
  expect(bent?.bars.at(-1)?.toPercent).toBeLessThan(2);
  expect(bent?.count).toBe(201);
});

test("any returns: few bars side by side, an edge at 0, and each return in its bar", () => {
  const percents = fc.array(fc.double({ min: -100, max: 2_000, noNaN: true }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(percents, (returns) => {
      const histogram = histogramOf(returns);
      if (histogram === undefined) return false;
      const { bars, widthPercent, highest, count } = histogram;
      const sides = bars.every(
        ({ toPercent }, at) => at === bars.length - 1 || toPercent === bars[at + 1]?.fromPercent,
      );
      const zero = bars.every(({ fromPercent, toPercent }) => fromPercent >= 0 || toPercent <= 0);
      const [first, last] = [bars[0]?.fromPercent ?? 0, bars.at(-1)?.toPercent ?? 0];
      const inner = bars.slice(1, -1).every(({ fromPercent, toPercent, count: of }) => {
        const within = returns.filter((one) => one >= fromPercent + 1e-6 && one < toPercent - 1e-6).length;
        const about = returns.filter((one) => one >= fromPercent - 1e-6 && one < toPercent + 1e-6).length;
        return of >= within && of <= about;
      });
      const sum = bars.reduce((total, bar) => total + bar.count, 0);
      return (
        sides &&
        zero &&
        inner &&
        sum === returns.length &&
        count === sum &&
        bars.length <= 24 &&
        last > first &&
        highest === Math.max(...bars.map((bar) => bar.count)) &&
        widthPercent > 0
      );
    }),
  );
});
