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

/**
 * What a figure is read as that may be unknown, but is neither a number nor null: NaN means unknown there, and would be believed. No
 * check takes infinity.
 */
export const UNREADABLE: number = Number.POSITIVE_INFINITY;

/**
 * Reads a figure that may be unknown: null is NaN, and what {@link readDecimal} can't read is {@link UNREADABLE}. No real exchange sends
 * null: a column that it doesn't have isn't there at all. Our stand-in sends it for what a recording doesn't have.
 */
export function readOptionalDecimal(value: unknown): number {
  return optional(value, readDecimal(value));
}

/** The same for a count, which is a number in JSON. */
export function readOptionalCount(value: unknown): number {
  return optional(value, typeof value === "number" ? value : Number.NaN);
}

function optional(value: unknown, read: number): number {
  if (!Number.isNaN(read)) return read;
  return value === null ? Number.NaN : UNREADABLE;
}
