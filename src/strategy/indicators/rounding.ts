/**
 * Differences below this share of the numbers themselves come from rounding. Prices have ten significant digits at most
 * (Binance's tick sizes, 2026-11), so a real move is a thousand times larger even in the mean of a long window.
 */
const SHARE = 1e-12;

/** Whether a difference between two numbers of about this size is nothing but rounding; false for NaN. */
export function isRounding(difference: number, size: number): boolean {
  return Math.abs(difference) <= SHARE * Math.abs(size);
}
