import type { UnixMs } from "./time.ts";

/**
 * The columns of a dump without a header row, as data.binance.vision writes them; a last one without a meaning follows. Source: the
 * exchange's repository binance-public-data, read 2026-11.
 */
export const DUMP_COLUMNS = [
  "open_time",
  "open",
  "high",
  "low",
  "close",
  "volume",
  "close_time",
  "quote_volume",
  "count",
  "taker_buy_volume",
  "taker_buy_quote_volume",
] as const;

/**
 * The moment that digits in a dump mean: seconds, milliseconds, microseconds (spot since 2025) or nanoseconds since 1970. Numbers tell their
 * unit by their size, as no candle is older than 1973 or younger than the year 5138.
 */
export function dumpMoment(text: string): UnixMs {
  const number = Number(text);
  if (number < 1e11) return Math.round(number * 1_000) as UnixMs;
  if (number < 1e14) return number as UnixMs;
  // More digits than a double holds: the last ones are cut off as text, so that ….999999 isn't rounded up.
  const digits = number < 1e17 ? 3 : 6;
  return Number(/^\d+$/.test(text) ? text.slice(0, -digits) : Math.floor(number / 10 ** digits)) as UnixMs;
}
