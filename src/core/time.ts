import type { Brand } from "./brand.ts";
import { InvalidInput } from "./errors.ts";

/** A moment: milliseconds since 1970-01-01T00:00:00Z. */
export type UnixMs = Brand<number, "UnixMs">;

/** A span of time in milliseconds. */
export type Millis = Brand<number, "Millis">;

/** The last moment that a JavaScript date can tell: ±8.64e15 ms. */
export const LAST_MOMENT_MS = 8.64e15;

/**
 * The years of markets, in milliseconds: a moment in seconds lies before them, one in micro- or nanoseconds after them. What
 * comes from outside and lies elsewhere is a wrong unit or a wrong year.
 */
export const MARKETS_FROM_MS: number = Date.UTC(2000, 0, 1);
const MARKETS_UNTIL_MS = Date.UTC(2100, 0, 1);

/** Whether a value is a moment in whole milliseconds at which a market can be. */
export function isMarketMoment(value: unknown): value is UnixMs {
  return Number.isSafeInteger(value) && Number(value) >= MARKETS_FROM_MS && Number(value) < MARKETS_UNTIL_MS;
}

/** Reads a moment from a number of milliseconds. Throws {@link InvalidInput} unless it is a whole number in a date's range. */
export function unixMs(value: number): UnixMs {
  if (!Number.isSafeInteger(value) || Math.abs(value) > LAST_MOMENT_MS) {
    throw new InvalidInput(
      `${value} is not a moment: expected whole milliseconds since 1970, for example 1760000000000`,
    );
  }
  return value as UnixMs;
}

/** Reads a moment from text: whole milliseconds, or an ISO 8601 date such as 2026-02-10T00:00Z. Throws {@link InvalidInput}. */
export function parseMoment(text: string): UnixMs {
  const trimmed = text.trim();
  const value = /^-?\d+$/.test(trimmed) ? Number(trimmed) : Date.parse(trimmed);
  if (trimmed === "" || Number.isNaN(value)) {
    throw new InvalidInput(
      `"${text}" is not a moment: expected an ISO date such as 2026-02-10T00:00Z, or milliseconds since 1970`,
    );
  }
  return unixMs(value);
}

/** A span from a number of milliseconds. Throws {@link InvalidInput} unless it is finite and not negative. */
export function millis(value: number): Millis {
  if (!Number.isFinite(value) || value < 0) {
    throw new InvalidInput(`${value} is not a span of time: expected milliseconds, zero or more`);
  }
  return value as Millis;
}
