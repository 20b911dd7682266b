import { InvalidInput } from "./errors.ts";
import { MARKETS_FROM_MS, type UnixMs } from "./time.ts";

/** The exchange's 16 kline intervals, shortest first. Case matters: 1m is a minute, 1M a month. Source: Binance spot API, 2026-07. */
export const INTERVALS = [
  "1s",
  "1m",
  "3m",
  "5m",
  "15m",
  "30m",
  "1h",
  "2h",
  "4h",
  "6h",
  "8h",
  "12h",
  "1d",
  "3d",
  "1w",
  "1M",
] as const;

/** One of {@link INTERVALS}. */
export type Interval = (typeof INTERVALS)[number];

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

/** The Monday that weeks are counted from: the epoch itself was a Thursday. */
const FIRST_MONDAY = 4 * DAY;

const LENGTH_MS: Readonly<Record<Interval, number>> = {
  "1s": SECOND,
  "1m": MINUTE,
  "3m": 3 * MINUTE,
  "5m": 5 * MINUTE,
  "15m": 15 * MINUTE,
  "30m": 30 * MINUTE,
  "1h": HOUR,
  "2h": 2 * HOUR,
  "4h": 4 * HOUR,
  "6h": 6 * HOUR,
  "8h": 8 * HOUR,
  "12h": 12 * HOUR,
  "1d": DAY,
  "3d": 3 * DAY,
  "1w": WEEK,
  "1M": 0, // months differ: see monthIndex
};

/** Reads an interval. Throws {@link InvalidInput} that lists the right ones. */
export function parseInterval(text: string): Interval {
  if (!isInterval(text)) {
    const shown = text.length > 20 ? `${text.slice(0, 20)}…` : text;
    throw new InvalidInput(
      `"${shown}" is not an interval: expected one of ${INTERVALS.join(", ")} (1m is a minute, 1M a month)`,
    );
  }
  return text;
}

/** Whether the text is one of {@link INTERVALS}. */
export function isInterval(text: string): text is Interval {
  return Object.hasOwn(LENGTH_MS, text);
}

/** The open time of the candle that holds a moment. Weeks open on Monday 00:00 UTC, months on the 1st, 3d counts from the epoch. */
export function openTimeOf(interval: Interval, moment: number): UnixMs {
  if (interval === "1M") return monthStart(monthIndex(moment));
  const length = LENGTH_MS[interval];
  const origin = interval === "1w" ? FIRST_MONDAY : 0;
  return (Math.floor((moment - origin) / length) * length + origin) as UnixMs;
}

/** The last millisecond of the candle that opens at `openTime`: the exchange's close times are inclusive (…59999). */
export function closeTimeOf(interval: Interval, openTime: number): UnixMs {
  return (nextOpenTime(interval, openTime) - 1) as UnixMs;
}

/** The open time of the candle after the one that opens at `openTime`. */
export function nextOpenTime(interval: Interval, openTime: number): UnixMs {
  return addCandles(interval, openTime, 1);
}

/** The open time of the candle before the one that opens at `openTime`. */
export function previousOpenTime(interval: Interval, openTime: number): UnixMs {
  return addCandles(interval, openTime, -1);
}

/** The open time `count` candles later (earlier if negative). */
export function addCandles(interval: Interval, openTime: number, count: number): UnixMs {
  if (interval === "1M") return monthStart(monthIndex(openTime) + count);
  return (openTime + count * LENGTH_MS[interval]) as UnixMs;
}

/** The first candle that a market can have: none opens before {@link MARKETS_FROM_MS}. */
export function earliestOpenTime(interval: Interval): UnixMs {
  const openTime = openTimeOf(interval, MARKETS_FROM_MS);
  return openTime < MARKETS_FROM_MS ? nextOpenTime(interval, openTime) : openTime;
}

/** How many candles open from `from` (an open time) up to but without `to` (an open time). Negative when `to` is earlier. */
export function candlesBetween(interval: Interval, from: number, to: number): number {
  if (interval === "1M") return monthIndex(to) - monthIndex(from);
  return (to - from) / LENGTH_MS[interval];
}

/** Whether a candle of this interval can open at the moment. */
export function isOpenTime(interval: Interval, moment: number): boolean {
  return openTimeOf(interval, moment) === moment;
}

function monthIndex(moment: number): number {
  const date = new Date(moment);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}

function monthStart(index: number): UnixMs {
  return Date.UTC(1970 + Math.floor(index / 12), ((index % 12) + 12) % 12) as UnixMs;
}
