import { expect, test } from "bun:test";
import { emptyKline, type Kline, type UnixMs } from "../core/mod.ts";
import { noteExact, unitsOf, unitsOfText } from "./exact.ts";
import { summed } from "./sum.ts";

/** Amounts summed as whole numbers of 1e-8. */
function onPaper(amounts: readonly string[]): number {
  const units = amounts.reduce((sum, amount) => sum + BigInt(amount.replace(".", "")), 0n);
  return Number(`${units / 100_000_000n}.${String(units % 100_000_000n).padStart(8, "0")}`);
}

test.each([
  [["0.10000000", "0.20000000", "0.00000001"]],
  // So large that what is left of them without their whole part isn't the decimals that were meant.
  [["120366615.07090000", "93290603.13190000"]],
  [["175687699.95650000", "209162758.88590000"]],
  [Array.from({ length: 1_440 }, (_, index) => `${(index * 99_999.123_4).toFixed(4)}0000`)],
])("amounts add up as on paper (%#)", (amounts) => {
  const parts = amounts.map((amount) => ({ ...emptyKline(), quoteVolume: Number(amount) }));
  expect(summed(parts, 0, 1)?.quoteVolume).toBe(onPaper(amounts));
});

test("amounts that no double holds add up as on paper too, from one sum to the next", () => {
  // Quote volumes of BTCUSDT days; their doubles alone add up to one unit in the last place less or more.
  const days = ["4466070436.70123456", "5091318242.93765433", "3300000000.00000011", "7312458812.59999999"];
  const parts = days.map((text) =>
    noteExact({ ...emptyKline(), quoteVolume: Number(text) }, { quoteVolume: unitsOfText(text) as bigint }),
  );
  const halves = [summed(parts.slice(0, 2), 0, 1), summed(parts.slice(2), 0, 1)].flatMap((half) => half ?? []);
  const whole = summed(halves, 0, 1);
  expect(whole?.quoteVolume).toBe(onPaper(days));
  expect(whole === undefined ? undefined : unitsOf(whole, "quoteVolume")).toBe(
    days.reduce((sum, text) => sum + BigInt(text.replace(".", "")), 0n),
  );
});

test("a sum ends with its last part unless the caller says otherwise", () => {
  const parts = [
    { ...emptyKline(), closeTime: 59_999 as UnixMs },
    { ...emptyKline(), openTime: 60_000 as UnixMs, closeTime: 74_788 as UnixMs },
  ];
  expect(summed(parts, 0)?.closeTime).toBe(74_788 as UnixMs);
  expect(summed(parts, 0, 3_599_999)?.closeTime).toBe(3_599_999 as UnixMs);
});

test.each([0.5, 120_366_615.070_9, 4_466_070_436.701_234])(
  "with an unknown part beside %d, that sum is unknown and no other",
  (amount) => {
    const known = { ...emptyKline(), volume: amount, quoteVolume: amount, trades: 3 };
    const parts = [known, { ...known, quoteVolume: Number.NaN, trades: Number.NaN }, known];
    const sum = summed(parts, 0, 1) as Kline;
    expect([sum.quoteVolume, sum.trades, sum.takerBuyVolume]).toEqual([Number.NaN, Number.NaN, 0]);
    expect(sum.volume).toBeCloseTo(3 * amount, 5);
    expect(summed([sum, known], 0, 1)?.quoteVolume).toBeNaN();
  },
);
