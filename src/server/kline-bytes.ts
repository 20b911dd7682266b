import { emptyKline, type Kline } from "../core/mod.ts";
import type { KlineSelection, Series } from "../store/mod.ts";
import { klineJson } from "../wire/mod.ts";

/** Room for a kline's JSON and the comma behind it; rows are about 230 bytes, with prices of 17 digits up to 400. */
export const BYTES_PER_ROW = 256;

const encoder = new TextEncoder();

/**
 * One series' closed klines as JSON rows, each encoded once and kept in one block, a comma behind every row. An answer
 * is then a head, one copied stretch and the open kline. Rows are numbered from the first kline the ring ever had.
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
    return this.#block.byteLength + 8 * this.#ends.length;
  }

  /** `head`, the selected rows joined by commas, `tail`, in one piece. */
  answer(head: Uint8Array, selection: KlineSelection, tail: Uint8Array): Uint8Array<ArrayBuffer> {
    const { first, end } = selection;
    const kept = this.#keep(first, end, Number.POSITIVE_INFINITY);
    const from = kept === 0 ? 0 : this.#start(first);
    const to = kept === 0 ? 0 : this.#start(first + kept);
    let rest = "";
    for (let position = first + kept; position < end; position += 1) {
      rest += klineJson(this.#series.ring.read(position, this.#row));
      if (position + 1 < end) rest += ",";
    }
    const restBytes = encoder.encode(rest);
    const stretch = rest === "" && to > from ? to - 1 : to;
    const restAt = head.byteLength + (stretch - from);
    const answer = new Uint8Array(restAt + restBytes.byteLength + tail.byteLength);
    answer.set(head);
    answer.set(this.#block.subarray(from, stretch), head.byteLength);
    answer.set(restBytes, restAt);
    answer.set(tail, restAt + restBytes.byteLength);
    return answer;
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
    for (; next < stop && ring.isClosedAt(next); next += 1) this.#append(klineJson(ring.read(next, this.#row)));
    return Math.max(0, Math.min(end, next) - first);
  }

  #append(row: string): void {
    const used = this.#ends.at(-1) ?? 0;
    if (this.#block.byteLength < used + 2 * BYTES_PER_ROW + row.length) this.#makeRoom();
    const at = this.#ends.at(-1) ?? 0;
    const { written } = encoder.encodeInto(`${row},`, this.#block.subarray(at));
    this.#ends.push(at + written);
  }

  /** Drops the rows that the ring forgot, and grows when that isn't enough. */
  #makeRoom(): void {
    const forgotten = Math.min(Math.max(0, this.#series.ring.forgotten - this.#first), this.#ends.length);
    const dropped = forgotten === 0 ? 0 : (this.#ends[forgotten - 1] as number);
    const used = (this.#ends.at(-1) ?? 0) - dropped;
    const block = new Uint8Array(Math.max(16 * BYTES_PER_ROW, Math.ceil(used * 1.25) + 4 * BYTES_PER_ROW));
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
