import type { Interval, Kline } from "../../core/mod.ts";
import type { Faults } from "./faults.ts";
import type { FaultKind } from "./kinds.ts";

const LATEST_SECONDS = 30;

/** Which finals come late on the streams, and which never: the same for all who listen. */
export class CloseFaults {
  readonly #faults: Faults;
  readonly #isPlanned: boolean;

  constructor(faults: Faults) {
    this.#faults = faults;
    this.#isPlanned = faults.has("late-close", "no-close");
  }

  /** How late a final is told, in milliseconds of market time: 0 on time, infinite never. */
  latenessMs(symbol: string, interval: Interval, kline: Kline): number {
    if (!this.#isPlanned || this.#faults.isCalmAt(kline.openTime)) return 0;
    const series = `${symbol} ${interval}`;
    const index = kline.openTime / 1_000;
    const name = (): string => `${series} of ${new Date(kline.openTime).toISOString()}`;
    if (this.#hits("no-close", series, kline, index)) {
      this.#faults.note("no-close", () => `the final of ${name()} never comes`);
      return Number.POSITIVE_INFINITY;
    }
    if (this.#hits("late-close", series, kline, index)) {
      const seconds = 1 + Math.floor(this.#faults.chance("late-close", `${series} seconds`)(index) * LATEST_SECONDS);
      this.#faults.note("late-close", () => `the final of ${name()} comes ${seconds} s late`);
      return seconds * 1_000;
    }
    return 0;
  }

  #hits(kind: FaultKind, series: string, kline: Kline, index: number): boolean {
    if (closesFirstAfter(kline, this.#faults.times(kind))) return true;
    return this.#faults.often(kind) > 0 && this.#faults.chance(kind, series)(index) < this.#faults.often(kind);
  }
}

/** Whether a candle is the first of its series to close at or after one of the times. */
export function closesFirstAfter(kline: { openTime: number; closeTime: number }, times: readonly number[]): boolean {
  const end = kline.closeTime + 1;
  return times.some((time) => end >= time && kline.openTime < time);
}
