import { assert } from "../core/mod.ts";
import { type ArrowMessage, placesIn, type RecordBatchPlaces } from "./arrow-messages.ts";

/** The columns that a kline's figures fill as they are. */
export const ARROW_FIGURES = [
  "open",
  "high",
  "low",
  "close",
  "volume",
  "quoteVolume",
  "takerBuyVolume",
  "takerBuyQuoteVolume",
] as const;

/** A column of a record batch. */
export type ArrowColumn =
  | ("symbol" | "interval" | "openTime" | "closeTime")
  | (typeof ARROW_FIGURES)[number]
  | ("trades" | "closed" | "complete");

/** The columns of a record batch, in their order. */
export const ARROW_COLUMNS: readonly ArrowColumn[] = [
  "symbol",
  "interval",
  "openTime",
  "closeTime",
  ...ARROW_FIGURES,
  "trades",
  "closed",
  "complete",
];

/**
 * How the record batches of one number of rows and one set of columns with nulls look: all but the values. The library wrote one such
 * batch; this one's bytes before the body are everybody's.
 */
export class ArrowBatchLayout {
  readonly rows: number;
  readonly #message: ArrowMessage;
  readonly #places: RecordBatchPlaces;

  constructor(rows: number, message: ArrowMessage) {
    this.rows = rows;
    this.#message = message;
    this.#places = placesIn(message);
    assert(this.#places.values.length === ARROW_COLUMNS.length, "the library writes each column");
  }

  /** A batch whose values are all 0, false or null. */
  blank(): ArrowBatch {
    const { bytes, bodyAt } = this.#message;
    const fresh = new Uint8Array(bytes.byteLength);
    fresh.set(bytes.subarray(0, bodyAt));
    return new ArrowBatch(fresh, this.rows, this.#places);
  }
}

/** A record batch that is being filled. */
export class ArrowBatch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #rows: number;
  readonly #places: RecordBatchPlaces;

  constructor(bytes: Uint8Array<ArrayBuffer>, rows: number, places: RecordBatchPlaces) {
    this.bytes = bytes;
    this.#rows = rows;
    this.#places = places;
  }

  ints(column: ArrowColumn): Int32Array {
    return new Int32Array(this.bytes.buffer, this.#valuesAt(column), this.#rows);
  }

  doubles(column: ArrowColumn): Float64Array {
    return new Float64Array(this.bytes.buffer, this.#valuesAt(column), this.#rows);
  }

  /** Each int64 as its low and its high half. */
  halves(column: ArrowColumn): Uint32Array {
    return new Uint32Array(this.bytes.buffer, this.#valuesAt(column), 2 * this.#rows);
  }

  /** A bit a row, the lowest of a byte first. */
  bits(column: ArrowColumn): Uint8Array {
    return new Uint8Array(this.bytes.buffer, this.#valuesAt(column), Math.ceil(this.#rows / 8));
  }

  /** A column's nulls, where the layout has some: a bit a row that is set where the row has a value. All rows are null to begin with. */
  validity(column: ArrowColumn): Uint8Array {
    const at = this.#places.validity[ARROW_COLUMNS.indexOf(column)] as number;
    return new Uint8Array(this.bytes.buffer, at, Math.ceil(this.#rows / 8));
  }

  /** Says how many nulls a column has. */
  setNulls(column: ArrowColumn, count: number): void {
    const at = this.#places.nullCounts[ARROW_COLUMNS.indexOf(column)] as number;
    new DataView(this.bytes.buffer).setUint32(at, count, true);
  }

  #valuesAt(column: ArrowColumn): number {
    return this.#places.values[ARROW_COLUMNS.indexOf(column)] as number;
  }
}
