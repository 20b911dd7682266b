import { ANY_UNKNOWN, KLINE_COLUMNS, type OptionalColumn } from "../core/mod.ts";
import { arrowLayout } from "./arrow.ts";
import { ARROW_FIGURES, type ArrowBatch } from "./arrow-batch.ts";

/** What is asked of a series' ring. */
export interface ArrowRing {
  /** Copies the klines from `first` to before `end`: their columns one after another, each without a gap. */
  copyColumns(first: number, end: number, into: Float64Array): void;
  isClosedAt(position: number): boolean;
}

/** Rows of one series, from `first` to before `end` of its ring. `symbol` and `interval`: their places in the stream's dictionaries. */
export interface ArrowSpan {
  readonly ring: ArrowRing;
  readonly symbol: number;
  readonly interval: number;
  readonly first: number;
  readonly end: number;
  /** Whether the series is complete. */
  readonly complete: boolean;
}

/** Places of a kline's columns, as a ring copies them out. */
const PLACES: ReadonlyMap<string, number> = new Map(KLINE_COLUMNS.map((name, place) => [name, place]));

/** Writes record batches, column by column. Keeps room for one batch, which the next one overwrites. */
export class ArrowRows {
  readonly #cells: Float64Array;

  /** `most`: rows of the largest batch. */
  constructor(most: number) {
    this.#cells = new Float64Array(most * KLINE_COLUMNS.length);
  }

  /** The rows of all spans, at least one, as a record batch: an encapsulated message. */
  batchOf(spans: readonly ArrowSpan[]): Uint8Array<ArrayBuffer> {
    let rows = 0;
    const columnsOf = spans.map(({ ring, first, end }) => {
      const count = end - first;
      const cells = this.#cells.subarray(rows * KLINE_COLUMNS.length);
      ring.copyColumns(first, end, cells);
      rows += count;
      return (name: string): Float64Array => {
        const at = (PLACES.get(name) as number) * count;
        return cells.subarray(at, at + count);
      };
    });
    const unknown = [...ANY_UNKNOWN].filter((name) => columnsOf.some((column) => hasUnknown(column(name))));
    const batch = arrowLayout(rows, unknown).blank();
    const columns = {
      symbol: batch.ints("symbol"),
      interval: batch.ints("interval"),
      openTime: batch.halves("openTime"),
      closeTime: batch.halves("closeTime"),
      figures: ARROW_FIGURES.map((name) => [name, batch.doubles(name)] as const),
      trades: batch.ints("trades"),
      closed: batch.bits("closed"),
      complete: batch.bits("complete"),
    };
    let at = 0;
    for (const [index, { ring, symbol, interval, first, end, complete }] of spans.entries()) {
      const column = columnsOf[index] as (name: string) => Float64Array;
      const to = at + end - first;
      columns.symbol.fill(symbol, at, to);
      columns.interval.fill(interval, at, to);
      writeMoments(columns.openTime, at, column("openTime"));
      writeMoments(columns.closeTime, at, column("closeTime"));
      for (const [name, values] of columns.figures) values.set(column(name), at);
      columns.trades.set(column("trades"), at);
      for (let row = at; row < to; row += 1) if (ring.isClosedAt(first + row - at)) setBit(columns.closed, row);
      if (complete) for (let row = at; row < to; row += 1) setBit(columns.complete, row);
      at = to;
    }
    for (const name of unknown) {
      writeNulls(
        batch,
        name,
        columnsOf.map((column) => column(name)),
      );
    }
    return batch.bytes;
  }
}

/** What is unknown is NaN in memory, and null in the stream with 0 below it. */
function writeNulls(batch: ArrowBatch, name: OptionalColumn, columns: readonly Float64Array[]): void {
  const validity = batch.validity(name);
  const values = name === "trades" ? batch.ints(name) : batch.doubles(name);
  let [row, nulls] = [0, 0];
  for (const column of columns) {
    for (const value of column) {
      if (Number.isNaN(value)) {
        values[row] = 0;
        nulls += 1;
      } else setBit(validity, row);
      row += 1;
    }
  }
  batch.setNulls(name, nulls);
}

function setBit(bits: Uint8Array, row: number): void {
  bits[row >> 3] = (bits[row >> 3] as number) | (1 << (row & 7));
}

/** Writes moments, which aren't negative, as the low and the high halves of int64. Far faster than by BigInt. */
function writeMoments(halves: Uint32Array, at: number, moments: Float64Array): void {
  for (let index = 0; index < moments.length; index += 1) {
    const moment = moments[index] as number;
    const high = Math.floor(moment / 0x1_0000_0000);
    halves[2 * (at + index)] = moment - high * 0x1_0000_0000;
    halves[2 * (at + index) + 1] = high;
  }
}

function hasUnknown(column: Float64Array): boolean {
  // A sum is finite only if all that is added is.
  let sum = 0;
  for (let row = 0; row < column.length; row += 1) sum += column[row] as number;
  return Number.isNaN(sum);
}
