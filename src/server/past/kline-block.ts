import {
  emptyKline,
  KLINE_COLUMNS,
  type Kline,
  type KlineColumn,
  type PastBlock,
  readRow,
  writeRow,
} from "../../core/mod.ts";
import type { Series } from "../../store/mod.ts";

/** Where klines of an answer come from: the server's memory, its history of years, or the exchange, asked for this answer. */
export type StretchSource = "memory" | "vault" | "exchange";

/** Klines in a row, oldest first, that come from one source. Columns lie one after another, each `capacity` long. */
export class KlineBlock {
  readonly source: StretchSource;
  readonly #capacity: number;
  readonly #cells: Float64Array;
  readonly #open: Set<number> = new Set();
  readonly #kline: Kline = emptyKline();
  #length = 0;

  constructor(source: StretchSource, capacity: number) {
    this.source = source;
    this.#capacity = capacity;
    this.#cells = new Float64Array(capacity * KLINE_COLUMNS.length);
  }

  get length(): number {
    return this.#length;
  }

  get isFull(): boolean {
    return this.#length === this.#capacity;
  }

  /** Adds a copy of the kline; there must be room. */
  append(kline: Readonly<Kline>): void {
    if (!kline.closed) this.#open.add(this.#length);
    writeRow(kline, this.#cells, this.#length, this.#capacity);
    this.#length += 1;
  }

  /** Adds copies of rows of a block of the past, which are all closed; there must be room. */
  appendRows({ columns }: PastBlock, from: number, to: number): void {
    for (const [place, name] of KLINE_COLUMNS.entries()) {
      this.#cells.set(columns[name].subarray(from, to), place * this.#capacity + this.#length);
    }
    this.#length += to - from;
  }

  /** A copy of rows of a ring. */
  static ofRing(ring: Series["ring"], first: number, end: number): KlineBlock {
    const block = new KlineBlock("memory", Math.max(1, end - first));
    if (end > first) ring.copyColumns(first, end, block.#cells);
    block.#length = end - first;
    for (let row = 0; row < block.#length; row += 1) if (!ring.isClosedAt(first + row)) block.#open.add(row);
    return block;
  }

  /** A copy of the rows from `first` to before `end`. */
  part(first: number, end: number): KlineBlock {
    const copy = new KlineBlock(this.source, Math.max(1, end - first));
    for (let row = first; row < end; row += 1) copy.append(this.read(row, this.#kline));
    return copy;
  }

  openTimeAt(row: number): number {
    return this.#cells[row] as number;
  }

  isClosedAt(row: number): boolean {
    return !this.#open.has(row);
  }

  read(row: number, into: Kline): Kline {
    into.closed = this.isClosedAt(row);
    return readRow(this.#cells, row, this.#capacity, into);
  }

  /** Copies the klines from `first` to before `end`: their columns one after another, each without a gap. */
  copyColumns(first: number, end: number, into: Float64Array): void {
    for (let place = 0; place < KLINE_COLUMNS.length; place += 1) {
      const start = place * this.#capacity;
      into.set(this.#cells.subarray(start + first, start + end), place * (end - first));
    }
  }

  /** The first row that opens at or after the moment. */
  position(openTime: number): number {
    let [low, high] = [0, this.#length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.openTimeAt(middle) < openTime) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Fills `into` with a row of the past, and returns it. */
export function pastKline({ columns }: PastBlock, row: number, into: Kline): Kline {
  for (const name of KLINE_COLUMNS) (into as Record<KlineColumn, number>)[name] = columns[name][row] as number;
  into.closed = true;
  return into;
}
