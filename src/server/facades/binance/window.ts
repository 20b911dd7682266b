import { openTimeOf, type UnixMs } from "../../../core/mod.ts";
import { BinanceFault } from "./fault.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** The units of `windowSize`, how many of each there may be, and what one is in milliseconds (Binance spot API, 2026-07). */
const UNITS: Readonly<Record<string, { readonly most: number; readonly ms: number }>> = {
  m: { most: 59, ms: MINUTE_MS },
  h: { most: 23, ms: HOUR_MS },
  d: { most: 7, ms: 24 * HOUR_MS },
};

const DEFAULT_WINDOW = "1d";

/** A part of a window that is added up from klines of one interval. Open times in Unix milliseconds, both included. */
export interface WindowPart {
  readonly interval: "1m" | "1h";
  readonly from: number;
  readonly to: number;
}

/** Reads `windowSize` into milliseconds: 1m to 59m, 1h to 23h, 1d to 7d; a day unless given. Throws {@link BinanceFault}. */
export function windowAsked(given: string | undefined): number {
  const [, digits = "", name = ""] = /^([1-9]\d?)([mhd])$/.exec(given ?? DEFAULT_WINDOW) ?? [];
  const [count, unit] = [Number(digits), UNITS[name]];
  if (unit !== undefined && count >= 1 && count <= unit.most) return count * unit.ms;
  throw new BinanceFault("invalid_parameter", -1130, "Data sent for parameter 'windowSize' is not valid.");
}

/** When the window begins that ends now: on a minute, so that it may be up to 59,999 ms longer than was asked for. */
export function windowStart(windowMs: number, now: number): number {
  return openTimeOf("1m", now as UnixMs) - windowMs;
}

/**
 * The parts of a window, oldest first: whole hours where hours are kept, and minutes before and after them. The last part has the minute
 * that is open now.
 */
export function windowParts(openTime: number, now: number, hasHours: boolean): readonly WindowPart[] {
  const minute = openTimeOf("1m", now as UnixMs);
  const [first, end] = [Math.ceil(openTime / HOUR_MS) * HOUR_MS, openTimeOf("1h", now as UnixMs)];
  if (!hasHours || first >= end) return [{ interval: "1m", from: openTime, to: minute }];
  const parts: WindowPart[] = [
    { interval: "1m", from: openTime, to: first - MINUTE_MS },
    { interval: "1h", from: first, to: end - HOUR_MS },
    { interval: "1m", from: end, to: minute },
  ];
  return parts.filter(({ from, to }) => from <= to);
}

/** The most klines that a window is added up from. */
export function windowKlines(windowMs: number, hasHours: boolean): number {
  const minutes = windowMs / MINUTE_MS + 1;
  return hasHours ? Math.min(minutes, 120 + windowMs / HOUR_MS) : minutes;
}
