import { assert, InvalidInput, KLINE_COLUMNS, type Kline, OPTIONAL_COLUMNS, type UnixMs } from "../../core/mod.ts";
import { type Exact, exactOf, noteExact } from "../exact.ts";

const WIDTH = KLINE_COLUMNS.length;

/** The recorded klines of one symbol and interval, in order, as numbers side by side. */
export class KlineTable {
  readonly #figures: Float64Array;
  /** By index, what doubles don't tell of large amounts. */
  readonly #exact: Map<number, Exact> = new Map();

  /**
   * Sorts what was read. A kline that is in two files alike counts once, and one's unknown figures are the other's; with different
   * figures, it is an InvalidInput.
   */
  constructor(klines: readonly Kline[], name: string) {
    assert(klines.length > 0, "a table has rows");
    const sorted = [...klines].sort((a, b) => a.openTime - b.openTime);
    const kept: Kline[] = [];
    for (const kline of sorted) {
      const before = kept.at(-1);
      if (before?.openTime !== kline.openTime) kept.push(kline);
      else if (KLINE_COLUMNS.some((column) => isDifferent(before[column], kline[column]))) {
        throw new InvalidInput(`${name}: two files differ about ${new Date(kline.openTime).toISOString()}; remove one`);
      } else kept[kept.length - 1] = completed(before, kline);
    }
    this.#figures = new Float64Array(kept.length * WIDTH);
    for (const [index, kline] of kept.entries()) {
      for (const [offset, column] of KLINE_COLUMNS.entries()) this.#figures[index * WIDTH + offset] = kline[column];
      const exact = exactOf(kline);
      if (exact !== undefined) this.#exact.set(index, exact);
    }
  }

  get length(): number {
    return this.#figures.length / WIDTH;
  }

  openTimeAt(index: number): UnixMs {
    return this.#figures[index * WIDTH] as UnixMs;
  }

  at(index: number): Kline {
    const figures = this.#figures;
    const at = index * WIDTH;
    const kline: Kline = {
      openTime: figures[at] as UnixMs,
      open: figures[at + 1] as number,
      high: figures[at + 2] as number,
      low: figures[at + 3] as number,
      close: figures[at + 4] as number,
      volume: figures[at + 5] as number,
      closeTime: figures[at + 6] as UnixMs,
      quoteVolume: figures[at + 7] as number,
      trades: figures[at + 8] as number,
      takerBuyVolume: figures[at + 9] as number,
      takerBuyQuoteVolume: figures[at + 10] as number,
      closed: true,
    };
    return noteExact(kline, this.#exact.get(index));
  }

  /** The index of the first kline that opens at or after a moment. */
  position(openTime: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.openTimeAt(middle) < openTime) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Whether two figures differ; one that is unknown differs from none. */
function isDifferent(a: number, b: number): boolean {
  return a !== b && !Number.isNaN(a) && !Number.isNaN(b);
}

/** A kline with another's figures where its own are unknown. */
function completed(kline: Kline, other: Kline): Kline {
  const lacking = OPTIONAL_COLUMNS.filter((column) => Number.isNaN(kline[column]) && !Number.isNaN(other[column]));
  if (lacking.length === 0) return kline;
  const learned = Object.fromEntries(lacking.map((column) => [column, other[column]]));
  return noteExact({ ...kline, ...learned }, { ...exactOf(other), ...exactOf(kline) });
}
