import {
  assert,
  copyKline,
  emptyKline,
  KLINE_COLUMNS,
  type Kline,
  readRow,
  type UnixMs,
  writeRow,
} from "../core/mod.ts";

/** Where a kline came from: its own stream, REST, the roll-up of a shorter interval, or a checkpoint file. */
export const KLINE_SOURCES = ["stream", "rest", "rollup", "checkpoint"] as const;

/** One of {@link KLINE_SOURCES}. */
export type KlineSource = (typeof KLINE_SOURCES)[number];

/** What is noted of a kline beside its figures: 0 is open. */
const CLOSED = 1;
const RESTATED = 2;

const COLUMNS = KLINE_COLUMNS.length;

/** Marks a kline that came from a checkpoint file in this run, beside its first source. */
const RESTORED = 0x80;

/**
 * The newest klines of one series, oldest first, in one block of doubles, column by column (88 bytes a kline and 2 for
 * its flags). The newest kline, which moves most of the time, stands apart as one object until it is wanted among the others: a row of the
 * block lies in eleven places of memory. Full, the ring forgets the oldest. Positions count from the oldest kline: 0 … length − 1. Knows nothing of
 * calendars or completeness; keeps rows sorted by open time because its callers insert where `position` says.
 */
export class KlineRing {
  readonly capacity: number;
  /** Empty until the first kline comes: a checkpoint may bring its own. */
  #cells: Float64Array = new Float64Array(0);
  readonly #flags: Uint8Array;
  readonly #source: Uint8Array;
  #head = 0;
  #length = 0;
  /** The newest kline, while {@link #isApart}. Its place in the block has its open time. */
  readonly #newest: Kline = emptyKline();
  #newestSource: KlineSource = "stream";
  #isApart = false;
  /** How many klines were forgotten so far; with it, a position becomes a number that stays the same kline's. */
  forgotten = 0;

  constructor(capacity: number) {
    assert(Number.isInteger(capacity) && capacity > 0, "a ring holds at least one kline");
    this.capacity = capacity;
    this.#flags = new Uint8Array(capacity);
    this.#source = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  openTimeAt(position: number): UnixMs {
    return this.#cells[this.#slot(position)] as UnixMs;
  }

  isClosedAt(position: number): boolean {
    if (this.#isApart && position === this.#length - 1) return this.#newest.closed;
    return this.#flags[this.#slot(position)] !== 0;
  }

  /** Whether the kline was closed and then restated by the exchange. */
  isRestatedAt(position: number): boolean {
    this.#join();
    return this.#flags[this.#slot(position)] === RESTATED;
  }

  sourceAt(position: number): KlineSource {
    this.#join();
    const source = this.#source[this.#slot(position)] as number;
    return source >= RESTORED ? "checkpoint" : (KLINE_SOURCES[source] as KlineSource);
  }

  /** The first position whose kline opens at or after the moment; `length` when none does. */
  position(openTime: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.openTimeAt(middle) < openTime) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Fills `into` with the kline at the position and gives it back. */
  read(position: number, into: Kline): Kline {
    if (this.#isApart && position === this.#length - 1) return copyKline(this.#newest, into);
    const at = this.#slot(position);
    into.closed = this.#flags[at] !== 0;
    return readRow(this.#cells, at, this.capacity, into);
  }

  /** Puts a kline in place of the one at the position. */
  write(position: number, kline: Readonly<Kline>, source: KlineSource): void {
    if (position !== this.#length - 1) {
      this.#fill(this.#slot(position), kline, source);
      return;
    }
    copyKline(kline, this.#newest);
    this.#newestSource = source;
    this.#isApart = true;
  }

  /** Puts what the exchange says now in place of a closed kline, and marks it. */
  restate(position: number, kline: Readonly<Kline>, source: KlineSource): void {
    assert(this.isClosedAt(position) && kline.closed, "only what was final is restated");
    this.#join();
    const slot = this.#slot(position);
    this.#fill(slot, kline, source);
    this.#flags[slot] = RESTATED;
  }

  /** Makes room at the position and puts a kline there; full, the oldest goes. Returns whether one was forgotten. */
  insert(position: number, kline: Readonly<Kline>, source: KlineSource): boolean {
    assert(position >= 0 && position <= this.#length, "a kline is inserted among the others or at an end");
    this.#join();
    const full = this.#length === this.capacity;
    if (full) {
      assert(position > 0, "a full ring takes nothing older than its oldest");
      this.#head = (this.#head + 1) % this.capacity;
      this.#length -= 1;
      this.forgotten += 1;
    }
    const target = full ? position - 1 : position;
    this.#makeRoom(target, 1);
    this.#fill(this.#slot(target), kline, source);
    return full;
  }

  /** Puts klines that follow each other at the position, in one move. There must be room for all of them. */
  insertRun(position: number, klines: readonly Readonly<Kline>[], source: KlineSource): void {
    assert(position >= 0 && position <= this.#length, "klines are inserted among the others or at an end");
    this.#join();
    assert(this.#length + klines.length <= this.capacity, "a run is inserted where there is room for it");
    this.#makeRoom(position, klines.length);
    for (const [index, kline] of klines.entries()) this.#fill(this.#slot(position + index), kline, source);
  }

  /** Drops the klines from a position on, the newest. */
  cut(position: number): void {
    assert(position >= 0 && position <= this.#length, "a ring is cut among its klines or at an end");
    this.#join();
    this.#length = position;
  }

  /** Copies the klines from `first` to before `end`: their columns one after another, each without a gap. */
  copyColumns(first: number, end: number, into: Float64Array): void {
    this.#join();
    const count = end - first;
    if (count === 0) return;
    const slot = this.#slot(first);
    const unbroken = Math.min(count, this.capacity - slot);
    if (count === 1) {
      // A view for each column takes longer than the one number that it is for.
      for (let column = 0; column < COLUMNS; column += 1)
        into[column] = this.#cells[column * this.capacity + slot] ?? 0;
      return;
    }
    for (let column = 0; column < COLUMNS; column += 1) {
      const start = column * this.capacity;
      into.set(this.#cells.subarray(start + slot, start + slot + unbroken), column * count);
      if (unbroken < count) into.set(this.#cells.subarray(start, start + count - unbroken), column * count + unbroken);
    }
  }

  /**
   * Copies all klines out, oldest first: `cells` takes the columns one after another, `marks` a byte a kline, which says
   * whether it is open (0), closed (1) or restated (2), and its first source (4 × its place in KLINE_SOURCES).
   */
  copyOut(cells: Float64Array, marks: Uint8Array): void {
    this.copyColumns(0, this.#length, cells);
    for (let position = 0; position < this.#length; position += 1) {
      const slot = this.#slot(position);
      marks[position] = (((this.#source[slot] as number) & ~RESTORED) << 2) | (this.#flags[slot] as number);
    }
  }

  /**
   * Fills an empty ring with what `copyOut` gave, of more klines than it holds with the newest. Their source is the
   * checkpoint from now on; they are still written with their first source. Cells that fit become the ring's own.
   */
  take(cells: Float64Array, marks: Uint8Array): void {
    assert(this.#length === 0, "only an empty ring is filled from a checkpoint");
    const skipped = Math.max(0, marks.length - this.capacity);
    this.#head = 0;
    this.#length = marks.length - skipped;
    this.#cells = marks.length === this.capacity ? cells : new Float64Array(this.capacity * COLUMNS);
    for (let column = 0; column < COLUMNS && this.#cells !== cells; column += 1) {
      const start = column * marks.length;
      this.#cells.set(cells.subarray(start + skipped, start + marks.length), column * this.capacity);
    }
    for (let slot = 0; slot < this.#length; slot += 1) {
      const mark = marks[skipped + slot] as number;
      this.#flags[slot] = mark & 3;
      this.#source[slot] = (mark >> 2) | RESTORED;
    }
  }

  /** Moves the shorter side away from the position, by `count` slots. */
  #makeRoom(position: number, count: number): void {
    if (this.#cells.length === 0) this.#cells = new Float64Array(this.capacity * COLUMNS);
    const isOlderSideShorter = position < this.#length - position;
    this.#length += count;
    if (isOlderSideShorter) {
      this.#head = (this.#head - count + this.capacity) % this.capacity;
      for (let at = 0; at < position; at += 1) this.#copy(this.#slot(at + count), this.#slot(at));
    } else {
      for (let at = this.#length - 1; at >= position + count; at -= 1) {
        this.#copy(this.#slot(at - count), this.#slot(at));
      }
    }
  }

  /** Puts the newest kline in its place among the others. */
  #join(): void {
    if (!this.#isApart) return;
    this.#isApart = false;
    this.#fill(this.#slot(this.#length - 1), this.#newest, this.#newestSource);
  }

  #slot(position: number): number {
    const slot = this.#head + position;
    return slot < this.capacity ? slot : slot - this.capacity;
  }

  #fill(slot: number, kline: Readonly<Kline>, source: KlineSource): void {
    writeRow(kline, this.#cells, slot, this.capacity);
    this.#flags[slot] = kline.closed ? CLOSED : 0;
    this.#source[slot] = KLINE_SOURCES.indexOf(source);
  }

  #copy(from: number, to: number): void {
    for (let column = 0; column < COLUMNS; column += 1) {
      this.#cells[to + column * this.capacity] = this.#cells[from + column * this.capacity] as number;
    }
    this.#flags[to] = this.#flags[from] as number;
    this.#source[to] = this.#source[from] as number;
  }
}
