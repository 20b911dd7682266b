/** The longest number text that is read: 8 decimals of the largest amount are under 30 characters. */
const MAX_CHARACTERS = 48;

/**
 * Reads a number as exchanges write it: digits, at most one point, at most a minus. Anything else is NaN: numbers that
 * aren't text, "1e5", "0x10", " 1", "". `Number` alone would take all of those.
 */
export function readDecimal(value: unknown): number {
  if (typeof value !== "string" || value.length > MAX_CHARACTERS) return Number.NaN;
  return /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
}
