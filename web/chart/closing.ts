import { type Interval, nextOpenTime, openTimeOf } from "../../src/core/mod.ts";

const SECOND = 1_000;
const DAY_SECONDS = 86_400;

/** Milliseconds until the candle that is open at a moment of the exchange's clock closes. */
export function msToClose(interval: Interval, exchangeTime: number): number {
  return nextOpenTime(interval, openTimeOf(interval, exchangeTime)) - exchangeTime;
}

/** The time that is left, rounded up to seconds: "0:07", "4:32", "1:02:03", "6d 04:05:06". */
export function countdownText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / SECOND));
  const two = (number: number): string => String(number).padStart(2, "0");
  const [days, rest] = [Math.floor(seconds / DAY_SECONDS), seconds % DAY_SECONDS];
  const [hours, minutes] = [Math.floor(rest / 3_600), Math.floor(rest / 60) % 60];
  const end = `${two(minutes)}:${two(rest % 60)}`;
  if (days > 0) return `${days}d ${two(hours)}:${end}`;
  return hours > 0 ? `${hours}:${end}` : `${minutes}:${two(rest % 60)}`;
}
