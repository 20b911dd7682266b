import {
  type ExchangePast,
  type ExchangePastAnswer,
  type Interval,
  type OpenTimeRange,
  openTimeOf,
  previousOpenTime,
  type Symbol,
  type UnixMs,
} from "../../../core/mod.ts";
import { answeredRanges } from "../reading/judged-rows.ts";
import type { HistoryAsker } from "./shared-history.ts";

/** An exchange's history for readers: their questions go through the weight governor, after those of the repair. */
export class ExchangeHistory implements ExchangePast {
  readonly #rest: HistoryAsker;
  readonly #marketTime: () => UnixMs | undefined;

  /** `marketTime`: undefined while it isn't certain; nothing is asked then, because no candle is known to be over. */
  constructor(rest: HistoryAsker, marketTime: () => UnixMs | undefined) {
    this.#rest = rest;
    this.#marketTime = marketTime;
  }

  rowsOf(interval: Interval): number {
    return this.#rest.rowsOf(interval);
  }

  async klines(
    symbol: Symbol,
    interval: Interval,
    range: OpenTimeRange,
    signal: AbortSignal,
  ): Promise<ExchangePastAnswer> {
    const marketTime = this.#marketTime();
    if (marketTime === undefined) throw new Error("the exchange's time isn't known yet: its history can't be read");
    const rows = await this.#rest.klines(symbol, interval, range, marketTime, "user", signal);
    const lastOver = previousOpenTime(interval, openTimeOf(interval, marketTime));
    const settled = answeredRanges(interval, rows.answered, rows).flatMap(({ from, to }) => {
      const end = Math.min(to, lastOver) as UnixMs;
      return from <= end ? [{ from, to: end }] : [];
    });
    return { klines: rows.klines.filter(({ closed }) => closed), settled };
  }
}
