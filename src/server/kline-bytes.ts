import { emptyKline, type Kline } from "../core/mod.ts";
import type { KlineSelection, Series } from "../store/mod.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { MAX_KLINE_BYTES, writeKline } from "./kline-writer.ts";

/** Room for a kline's JSON and the comma behind it; rows are about 230 bytes, with prices of 17 digits up to 400. */
export const BYTES_PER_ROW = 256;

/** What a row takes in the list of ends, in bytes. */
const BYTES_PER_END = 8;

const COMMA = 0x2c;

/**
 * One series' closed klines as JSON rows, each encoded once and kept in one block, a comma behind every row. An answer
 * is then one copied stretch and the open kline. Rows are numbered from the first kline the ring ever had.
 */
export class KlineBytes {
  readonly #series: Series;
  readonly #row: Kline = emptyKline();
  #block: Uint8Array = new Uint8Array(0);
  /** Where each kept row ends in the block, its comma included. */
  #ends: number[] = [];
  /** The number of the first kept row. */
  #first = 0;
  #rewrites = 0;

  constructor(series: Series) {
    this.#series = series;
  }

  /** Bytes held. */
  get size(): number {
    return this.#block.byteLength + BYTES_PER_END * this.#ends.length;
  }

  /** Writes the selected rows, commas between them. */
  write({ first, end }: KlineSelection, into: ByteWriter): void {
    const kept = this.#keep(first, end, Number.POSITIVE_INFINITY);
    const from = kept === 0 ? 0 : this.#start(first);
    const to = kept === 0 ? 0 : this.#start(first + kept);
    const isAll = first + kept === end;
    into.bytes(this.#block.subarray(from, isAll && to > from ? to - 1 : to));
    writeRows(this.#series, { first: first + kept, end }, into, this.#row);
  }

  /** Encodes at most so many of the selected rows that aren't yet; true when all that are closed are. */
  prepare({ first, end }: KlineSelection, mostRows: number): boolean {
    const kept = this.#keep(first, end, mostRows);
    return first + kept >= end || !this.#series.ring.isClosedAt(first + kept);
  }

  /** Makes sure that rows from `first` on are encoded as far as they are closed; gives back how many are, without a break. */
  #keep(first: number, end: number, most: number): number {
    const { ring, rewrites } = this.#series;
    const number = ring.forgotten + first;
    if (this.#rewrites !== rewrites || number < this.#first || number > this.#first + this.#ends.length) {
      this.#rewrites = rewrites;
      this.#first = number;
      this.#ends = [];
    }
    let next = this.#first + this.#ends.length - ring.forgotten;
    const stop = Math.min(end, next + most);
    for (; next < stop && ring.isClosedAt(next); next += 1) this.#append(ring.read(next, this.#row), stop - next);
    return Math.max(0, Math.min(end, next) - first);
  }

  /** `rows`: how many are about to come, this one included. */
  #append(row: Kline, rows: number): void {
    const used = this.#ends.at(-1) ?? 0;
    if (this.#block.byteLength < used + MAX_KLINE_BYTES) this.#makeRoom(rows);
    const end = writeKline(row, this.#block, this.#ends.at(-1) ?? 0);
    this.#block[end] = COMMA;
    this.#ends.push(end + 1);
  }

  /** Drops the rows that the ring forgot, and grows when that isn't enough. */
  #makeRoom(rows: number): void {
    const forgotten = Math.min(Math.max(0, this.#series.ring.forgotten - this.#first), this.#ends.length);
    const dropped = forgotten === 0 ? 0 : (this.#ends[forgotten - 1] as number);
    const used = (this.#ends.at(-1) ?? 0) - dropped;
    const more = Math.max(rows * BYTES_PER_ROW, used / 8) + 2 * MAX_KLINE_BYTES;
    const block = new Uint8Array(Math.ceil(used + more));
    block.set(this.#block.subarray(dropped, dropped + used));
    this.#block = block;
    this.#first += forgotten;
    this.#ends = this.#ends.slice(forgotten).map((end) => end - dropped);
  }

  /** Where the row at a position begins in the block. */
  #start(position: number): number {
    const index = this.#series.ring.forgotten + position - this.#first;
    return index === 0 ? 0 : (this.#ends[index - 1] as number);
  }
}

/** Writes rows straight from the ring, commas between them: about a microsecond each. */
export function writeRows(
  { ring }: Series,
  { first, end }: Pick<KlineSelection, "first" | "end">,
  into: ByteWriter,
  row: Kline = emptyKline(),
): void {
  for (let position = first; position < end; position += 1) {
    const bytes = into.room(MAX_KLINE_BYTES);
    const at = writeKline(ring.read(position, row), bytes, into.length);
    if (position + 1 < end) bytes[at] = COMMA;
    into.length = position + 1 < end ? at + 1 : at;
  }
}
