import { KLINE_COLUMNS, type Kline, type KlineColumn } from "../core/mod.ts";
import { type Argument, type ClosedKlines, type Column, type ColumnSource, klineAt } from "../strategy/mod.ts";

/**
 * What compiled filters hold of a column. It has no field and no method that a filter could name but its length: what else
 * is to be had of it, the runtime takes through these functions.
 */
export class ColumnObject {
  readonly #column: Column;

  constructor(column: Column) {
    this.#column = column;
  }

  get length(): number {
    return this.#column.values.length;
  }

  static of(value: unknown): Column | undefined {
    return typeof value === "object" && value !== null && #column in value ? value.#column : undefined;
  }
}

/** What compiled filters hold of an interval's klines: its columns by name, and its length. */
export class CandlesObject {
  readonly #source: ColumnSource;

  constructor(source: ColumnSource) {
    this.#source = source;
  }

  get length(): number {
    return this.#source.klines.length;
  }

  static of(value: unknown): ColumnSource | undefined {
    return typeof value === "object" && value !== null && #source in value ? value.#source : undefined;
  }

  static column(candles: CandlesObject, name: KlineColumn): ColumnObject {
    return new ColumnObject(candles.#source.column(name));
  }
}

for (const name of KLINE_COLUMNS) {
  Object.defineProperty(CandlesObject.prototype, name, {
    get(this: CandlesObject): ColumnObject {
      return CandlesObject.column(this, name);
    },
  });
}

const ROWS: WeakMap<ClosedKlines, readonly Kline[]> = new WeakMap();

/** The klines of a window as objects, made once a window and frozen: all filters share them. */
export function rowsOf(klines: ClosedKlines): readonly Kline[] {
  let rows = ROWS.get(klines);
  if (rows === undefined) {
    rows = Object.freeze(Array.from({ length: klines.length }, (_, row) => Object.freeze(klineAt(klines, row))));
    ROWS.set(klines, rows);
  }
  return rows;
}

/** A value as an argument of an indicator; undefined for what only the other engine can read. */
export function argumentOf(value: unknown): Argument | undefined {
  if (typeof value === "number") return { kind: "number", value };
  if (value === undefined) return { kind: "absent" };
  const column = ColumnObject.of(value);
  if (column !== undefined) return { kind: "column", column };
  const source = CandlesObject.of(value);
  return source === undefined ? undefined : { kind: "klines", source };
}
