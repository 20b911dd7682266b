import type { Brand } from "./brand.ts";
import { InvalidInput } from "./errors.ts";

/** A moment: milliseconds since 1970-01-01T00:00:00Z. */
export type UnixMs = Brand<number, "UnixMs">;

/** A span of time in milliseconds. */
export type Millis = Brand<number, "Millis">;

/** The last moment that a JavaScript date can hold: ±8.64e15 ms. */
export const LAST_MOMENT_MS = 8.64e15;

/**
 * The years of markets, in milliseconds: a moment in seconds lies before them, one in micro- or nanoseconds after them. What
 * comes from outside and lies elsewhere is a wrong unit or a wrong year.
 */
export const MARKETS_FROM_MS: number = Date.UTC(2000, 0, 1);
const MARKETS_UNTIL_MS = Date.UTC(2100, 0, 1);

/** A moment to the minute, in UTC, for people. @example minuteText(1_770_000_000_000) // "2026-02-02 02:40" */
export function minuteText(moment: number): string {
  return new Date(moment).toISOString().slice(0, 16).replace("T", " ");
}

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

/** A moment that was given in another unit than milliseconds. */
export interface WrongUnit {
  readonly unit: "seconds" | "microseconds" | "nanoseconds";
  /** The moment in milliseconds. */
  readonly ms: number;
}

/** Units that moments are mistakenly given in, and how many of each a millisecond has. */
const WRONG_UNITS: readonly (readonly [WrongUnit["unit"], number])[] = [
  ["seconds", 1 / 1_000],
  ["microseconds", 1_000],
  ["nanoseconds", 1_000_000],
];

/** Whether a number is a moment of a market's years in a wrong unit; undefined for all other numbers. */
export function wrongUnitOf(value: number): WrongUnit | undefined {
  for (const [unit, perMs] of WRONG_UNITS) {
    const ms = Math.round(value / perMs);
    if (isMarketMoment(ms)) return { unit, ms };
  }
  return undefined;
}

/** An ISO 8601 date, which is UTC, or a date and time; the zone is a group of its own. */
const ISO = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * Reads a moment: whole Unix milliseconds as a number or text, or ISO 8601 with a time zone, such as 2026-02-10T00:00Z. Throws
 * {@link InvalidInput} that says what would be right, also for a moment of a market's years in seconds, micro- or nanoseconds.
 */
export function parseMoment(given: string | number): UnixMs {
  const text = String(given).trim();
  if (/^-?\d+$/.test(text)) {
    const value = Number(text);
    const wrong = wrongUnitOf(value);
    if (wrong !== undefined) {
      throw new InvalidInput(
        `${text} looks like ${wrong.unit}: expected Unix milliseconds, which would be ${wrong.ms}`,
      );
    }
    return unixMs(value);
  }
  const [date, zone] = ISO.exec(text) ?? [];
  if (date?.includes("T") === true && zone === undefined) {
    throw new InvalidInput(`"${text}" has no time zone: expected for example ${text}Z, which is UTC`);
  }
  const value = date === undefined ? Number.NaN : Date.parse(text);
  if (Number.isNaN(value)) {
    throw new InvalidInput(
      `"${text.slice(0, 60)}" is not a moment: expected Unix milliseconds such as 1760000000000, or ISO 8601 such as 2026-02-10T00:00Z`,
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
