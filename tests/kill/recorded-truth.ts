import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Interval, Kline } from "../../src/core/mod.ts";
import { dumpRows, klineOfRow, RECORDED } from "../helpers/recorded.ts";
import { rolledUp } from "../helpers/truth.ts";

/** The folder of recorded minutes that is played. */
export const MINUTES_FOLDER: string = join(RECORDED, "um_1m_full");

const COLUMNS = [
  "openTime",
  "open",
  "high",
  "low",
  "close",
  "volume",
  "closeTime",
  "quoteVolume",
  "trades",
  "takerBuyVolume",
  "takerBuyQuoteVolume",
] as const;

/** The final candles of the recording before a moment, read and added up without the project's own code. */
export class RecordedTruth {
  readonly symbols: readonly string[];
  readonly #series: Map<string, readonly Kline[]> = new Map();
  readonly #byOpenTime: Map<string, ReadonlyMap<number, Kline>> = new Map();

  constructor(intervals: readonly Interval[], before: number) {
    const files = readdirSync(MINUTES_FOLDER);
    this.symbols = files.map((file) => file.split("-")[0] as string);
    for (const [index, symbol] of this.symbols.entries()) {
      const minutes = dumpRows(`um_1m_full/${files[index]}`, 0, before).map(klineOfRow);
      for (const interval of intervals) {
        const klines = interval === "1m" ? minutes : rolledUp(interval, minutes, Number.MAX_SAFE_INTEGER);
        this.#series.set(`${symbol} ${interval}`, klines);
        this.#byOpenTime.set(`${symbol} ${interval}`, new Map(klines.map((kline) => [kline.openTime, kline])));
      }
    }
  }

  /** The newest `count` candles up to the one that opens at `last`. */
  upTo(symbol: string, interval: Interval, last: number, count: number): Kline[] {
    return (this.#series.get(`${symbol} ${interval}`) ?? []).filter(({ openTime }) => openTime <= last).slice(-count);
  }

  /** The columns in which a closed candle differs from the recording, or that it was made up; undefined when it is right. */
  fault(symbol: string, interval: Interval, kline: Kline): string | undefined {
    const right = this.#byOpenTime.get(`${symbol} ${interval}`)?.get(kline.openTime);
    if (right === undefined) return `${symbol} ${interval} has a candle at ${kline.openTime} that never was`;
    const wrong = COLUMNS.filter((column) => kline[column] !== right[column]);
    if (wrong.length === 0) return undefined;
    return `${symbol} ${interval} at ${kline.openTime} is wrong in ${wrong.join(", ")}`;
  }
}
