import {
  KLINE_COLUMNS,
  type Kline,
  type KlineColumn,
  type OpenTimeRange,
  readRow,
  type UnixMs,
  writeRow,
} from "../core/mod.ts";
import { MINUTE_MS, minutesOf, type Period } from "./period.ts";

/** What is known of one minute of a {@link Sheet}. */
export const Mark = { unknown: 0, present: 1, none: 2, contradicted: 3 } as const;

/** One of {@link Mark}. */
export type Mark = (typeof Mark)[keyof typeof Mark];

/** A sheet as it travels between threads. */
export interface SheetBytes {
  readonly from: number;
  readonly length: number;
  readonly cells: Float64Array<ArrayBuffer>;
  readonly marks: Uint8Array<ArrayBuffer>;
}

/**
 * All minutes of a period, each with a place of its own: so rows are in order, and none is there twice, however they came. A month takes
 * 4 MB. `present` is a kline, `none` a minute that the exchange confirmed it doesn't have, `contradicted` one that two rows differ about.
 */
export class Sheet {
  readonly from: UnixMs;
  readonly length: number;
  readonly marks: Uint8Array<ArrayBuffer>;
  readonly #cells: Float64Array<ArrayBuffer>;

  constructor({ from, length, cells, marks }: SheetBytes) {
    this.from = from as UnixMs;
    this.length = length;
    this.#cells = cells;
    this.marks = marks;
  }

  static blank(period: Period): Sheet {
    const { from, to } = minutesOf(period);
    const length = (to - from) / MINUTE_MS + 1;
    const cells = new Float64Array(length * KLINE_COLUMNS.length);
    return new Sheet({ from, length, cells, marks: new Uint8Array(length) });
  }

  get bytes(): SheetBytes {
    return { from: this.from, length: this.length, cells: this.#cells, marks: this.marks };
  }

  get range(): OpenTimeRange {
    return { from: this.from, to: this.timeAt(this.length - 1) };
  }

  timeAt(place: number): UnixMs {
    return (this.from + place * MINUTE_MS) as UnixMs;
  }

  /** The place of a minute of the sheet. */
  placeOf(openTime: number): number {
    return (openTime - this.from) / MINUTE_MS;
  }

  write(place: number, kline: Readonly<Kline>): void {
    writeRow(kline, this.#cells, place, this.length);
    this.marks[place] = Mark.present;
  }

  read(place: number, into: Kline): Kline {
    return readRow(this.#cells, place, this.length, into);
  }

  /** Whether the kline at a place has the same figures; unknown ones are alike. */
  holds(place: number, kline: Readonly<Kline>): boolean {
    return KLINE_COLUMNS.every((column, at) => Object.is(this.#cells[at * this.length + place], kline[column]));
  }

  /** Takes the minutes of a part that are present there and not here. Returns how many. */
  fillFrom(part: Sheet): number {
    const shift = this.placeOf(part.from);
    let filled = 0;
    for (let place = 0; place < part.length; place += 1) {
      const here = place + shift;
      if (part.marks[place] !== Mark.present || here < 0 || here >= this.length) continue;
      if (this.marks[here] === Mark.present) continue;
      for (let column = 0; column < KLINE_COLUMNS.length; column += 1) {
        this.#cells[column * this.length + here] = part.#cells[column * part.length + place] as number;
      }
      this.marks[here] = Mark.present;
      filled += 1;
    }
    return filled;
  }

  /** Minutes that both sheets of one period have with different figures. */
  differing(other: Sheet): number {
    let count = 0;
    for (let place = 0; place < this.length; place += 1) {
      if (this.marks[place] !== Mark.present || other.marks[place] !== Mark.present) continue;
      for (let column = 0; column < KLINE_COLUMNS.length; column += 1) {
        const at = column * this.length + place;
        if (Object.is(this.#cells[at], other.#cells[at])) continue;
        count += 1;
        break;
      }
    }
    return count;
  }

  /** Marks the minutes of a range that aren't present. */
  mark({ from, to }: OpenTimeRange, mark: Mark): void {
    const end = Math.min(this.length - 1, this.placeOf(to));
    for (let place = Math.max(0, this.placeOf(from)); place <= end; place += 1) {
      if (this.marks[place] !== Mark.present) this.marks[place] = mark;
    }
  }

  /** The stretches of minutes whose mark is one of these, oldest first. */
  stretches(...marks: readonly Mark[]): OpenTimeRange[] {
    const found: OpenTimeRange[] = [];
    let first = -1;
    for (let place = 0; place <= this.length; place += 1) {
      const isIn = place < this.length && marks.includes(this.marks[place] as Mark);
      if (isIn && first < 0) first = place;
      if (isIn || first < 0) continue;
      found.push({ from: this.timeAt(first), to: this.timeAt(place - 1) });
      first = -1;
    }
    return found;
  }

  /** How many minutes have a mark. */
  count(mark: Mark): number {
    let count = 0;
    for (const one of this.marks) if (one === mark) count += 1;
    return count;
  }

  /** The klines that are present, in columns, oldest first. */
  columns(): { readonly rows: number; readonly columns: Readonly<Record<KlineColumn, Float64Array>> } {
    const rows = this.count(Mark.present);
    const columns = KLINE_COLUMNS.map((column, at) => {
      const all = this.#cells.subarray(at * this.length, (at + 1) * this.length);
      if (rows === this.length) return [column, all] as const;
      const some = new Float64Array(rows);
      let next = 0;
      for (let place = 0; place < this.length; place += 1) {
        if (this.marks[place] !== Mark.present) continue;
        some[next] = all[place] as number;
        next += 1;
      }
      return [column, some] as const;
    });
    return { rows, columns: Object.fromEntries(columns) as Record<KlineColumn, Float64Array> };
  }
}
