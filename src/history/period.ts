import { InvalidInput, type OpenTimeRange, type UnixMs } from "../core/mod.ts";

/** Milliseconds of a candle: the history is kept in minutes, and longer intervals are rolled up from them. */
export const MINUTE_MS = 60_000;

/** Milliseconds of a day. */
export const DAY_MS = 86_400_000;

/** A month, `2024-01`, or a day, `2024-01-31`, in UTC: what one file covers. Text order is order in time. */
export type Period = string & { readonly __period: never };

const PERIOD = /^(\d{4})-(\d{2})(?:-(\d{2}))?$/;

/** The month that a moment lies in. */
export function monthOf(time: number): Period {
  return new Date(time).toISOString().slice(0, 7) as Period;
}

/** The day that a moment lies in. */
export function dayOf(time: number): Period {
  return new Date(time).toISOString().slice(0, 10) as Period;
}

/** Whether a period is a day. */
export function isDay(period: Period): boolean {
  return period.length > 7;
}

/** The minutes of a period, first to last. */
export function minutesOf(period: Period): OpenTimeRange {
  const [, year, month, day] = PERIOD.exec(period) ?? [];
  const [y, m] = [Number(year), Number(month) - 1];
  const from = Date.UTC(y, m, day === undefined ? 1 : Number(day));
  const end = day === undefined ? Date.UTC(y, m + 1, 1) : from + DAY_MS;
  return { from: from as UnixMs, to: (end - MINUTE_MS) as UnixMs };
}

/** Reads a period; undefined for any other text, and for a day that its month doesn't have. */
export function periodIn(text: string): Period | undefined {
  const [, year, month, day = "01"] = PERIOD.exec(text) ?? [];
  if (year === undefined) return undefined;
  const time = Date.UTC(Number(year), Number(month) - 1, Number(day));
  return dayOf(time) === `${year}-${month}-${day}` ? (text as Period) : undefined;
}

/** The days of a month. */
export function daysOf(month: Period): Period[] {
  const { from, to } = minutesOf(month);
  return Array.from({ length: Math.ceil((to - from) / DAY_MS) }, (_, day) => dayOf(from + day * DAY_MS));
}

/** The months that a range touches, oldest first. Throws InvalidInput for a range that ends before it begins. */
export function monthsBetween(from: number, to: number): Period[] {
  if (to < from)
    throw new InvalidInput("the range ends before it begins: expected an earlier beginning, or a later end");
  const months: Period[] = [];
  for (let at = from; monthOf(at) <= monthOf(to); at = minutesOf(monthOf(at)).to + MINUTE_MS) months.push(monthOf(at));
  return months;
}
