import { expect, test } from "bun:test";
import { emptyKline } from "../core/mod.ts";
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
