/** Decimals of percentages in answers: a ten-thousandth of a basis point. */
const UNITS = 1e6;

/** A percentage or share as answers have it; null stays null. */
export function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * UNITS) / UNITS;
}

/**
 * Rounds percentages and shares, wherever they are in an answer: to be given to `JSON.stringify`.
 *
 * @example
 * JSON.stringify({ meanPercent: 100 / 3, price: 100 / 3 }, roundedShares); // {"meanPercent":33.333333,"price":33.333333333333336}
 */
export function roundedShares(name: string, value: unknown): unknown {
  const isShare = name.endsWith("Percent") || name === "hitRate" || name === "confidence";
  return isShare && typeof value === "number" ? rounded(value) : value;
}
