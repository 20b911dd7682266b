import { emptyKline, type Kline } from "../core/mod.ts";
import type { KlineSelection, Series } from "../store/mod.ts";
import { klineJson } from "../wire/mod.ts";

/** Room for a kline's JSON and the comma behind it; rows are about 230 bytes, with prices of 17 digits up to 400. */
const BYTES_PER_ROW = 256;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

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
    return this.#block.byteLength;
  }

  /** `head`, the selected rows joined by commas, `tail`, in one piece. */
  answer(head: string, selection: KlineSelection, tail: string): Uint8Array {
    const { ready, rest } = this.#rows(selection);
    // All bytes of head, rest and tail are ASCII but for a symbol of another script.
    const headBytes = encoder.encode(head);
    const restBytes = encoder.encode(rest + tail);
    const answer = new Uint8Array(headBytes.byteLength + ready.byteLength + restBytes.byteLength);
    answer.set(headBytes);
    answer.set(ready, headBytes.byteLength);
    answer.set(restBytes, headBytes.byteLength + ready.byteLength);
    return answer;
  }

  /** The same as text. */
  text(head: string, selection: KlineSelection, tail: string): string {
    const { ready, rest } = this.#rows(selection);
    return `${head}${decoder.decode(ready)}${rest}${tail}`;
  }

  /**
   * Encodes `most` more of the selected closed rows at most. Gives back whether all of them are there: then `answer` and `text`
   * only copy. Selections of thousands of klines are prepared in several turns of the event loop.
   */
  prepare({ first, end }: KlineSelection, most: number): boolean {
    const wanted = Math.min(end, Math.max(first, this.#next(first)) + most);
    return this.#keep(first, wanted) < wanted - first || wanted === end;
  }

  /** The selected rows: those that are kept as bytes, the others as text, and a comma between the two. */
  #rows({ first, end }: KlineSelection): { readonly ready: Uint8Array; readonly rest: string } {
    const kept = this.#keep(first, end);
    const from = kept === 0 ? 0 : this.#start(first);
    const to = kept === 0 ? 0 : this.#start(first + kept);
    let rest = "";
    for (let position = first + kept; position < end; position += 1) {
      rest += klineJson(this.#series.ring.read(position, this.#row));
      if (position + 1 < end) rest += ",";
    }
    return { ready: this.#block.subarray(from, rest === "" && to > from ? to - 1 : to), rest };
  }

  /** Makes sure that rows from `first` on are encoded as far as they are closed; gives back how many are, without a break. */
  #keep(first: number, end: number): number {
    const { ring } = this.#series;
    let next = this.#next(first);
    for (; next < end && ring.isClosedAt(next); next += 1) this.#append(klineJson(ring.read(next, this.#row)));
    return Math.max(0, Math.min(end, next) - first);
  }

  /** The position of the first row from `first` on that isn't encoded. Rows that don't reach it, or are out of date, are dropped. */
  #next(first: number): number {
    const { ring, rewrites } = this.#series;
    const number = ring.forgotten + first;
    if (this.#rewrites !== rewrites || number < this.#first || number > this.#first + this.#ends.length) {
      this.#rewrites = rewrites;
      this.#first = number;
      this.#ends = [];
    }
    return this.#first + this.#ends.length - ring.forgotten;
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
