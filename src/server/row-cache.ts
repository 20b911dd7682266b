import type { KlineSelection, Series } from "../store/mod.ts";
import type { CacheMeter } from "./caches.ts";
import { BYTES_PER_ROW, KlineBytes } from "./kline-bytes.ts";

/** After so many asks all counts are halved, so that they say what is asked for lately. */
const HALVE_AFTER_ASKS = 50_000;

/** A series takes the place of another if it is asked for so many times as often, and a few times more. */
const TIMES_AS_OFTEN = 2;
const TIMES_MORE = 4;

interface Kept {
  readonly rows: KlineBytes;
  /** What the meter knows of it. */
  bytes: number;
}

/**
 * The encoded rows of the series that are asked for most, bounded by bytes. Once it is full, a series comes in only if it is asked for clearly
 * more often than the one that was asked for longest ago. Where all are asked for alike, and don't fit, none pushes out another: encoding
 * rows anew costs the same without keeping them, and leaves no garbage. (TinyLFU, https://arxiv.org/abs/1512.00727, with exact counts.)
 */
export class RowCache {
  readonly #meter: CacheMeter;
  /** The series that was asked for longest ago first. */
  readonly #kept: Map<Series, Kept> = new Map();
  /** How often each series was asked for lately. */
  readonly #asks: Map<Series, number> = new Map();
  #asksInAll = 0;

  constructor(meter: CacheMeter) {
    this.#meter = meter;
  }

  /** The rows of a series that somebody asks for; undefined when they aren't there, and aren't worth their room. */
  of(series: Series, selection: KlineSelection): KlineBytes | undefined {
    this.#countAsk(series);
    const kept = this.#kept.get(series);
    if (kept?.rows.holds(selection)) return this.#used(series, kept);
    const fits = this.#meter.bytes + this.#missingBytes(kept, selection) <= this.#meter.maxBytes;
    if (!fits && !this.#isAskedMore(series)) return undefined;
    return kept === undefined ? this.#begin(series) : this.#used(series, kept);
  }

  /**
   * The rows of one series among many; undefined when they aren't there and half of the room is taken: a reader of the whole market must
   * not push out what others ask for all the time.
   */
  scan(series: Series, selection: KlineSelection): KlineBytes | undefined {
    const kept = this.#kept.get(series);
    if (kept?.rows.holds(selection)) return kept.rows;
    if (this.#meter.bytes >= this.#meter.maxBytes / 2) return undefined;
    return kept === undefined ? this.#begin(series) : this.#used(series, kept);
  }

  /** Counts rows that may have grown, and makes room. */
  count(series: Series, rows: KlineBytes): void {
    const kept = this.#kept.get(series);
    if (kept?.rows !== rows) return;
    this.#meter.change(rows.size - kept.bytes);
    kept.bytes = rows.size;
    for (const [oldest, { bytes }] of this.#kept) {
      if (!this.#meter.isOver) return;
      this.#kept.delete(oldest);
      this.#meter.evict(bytes);
    }
  }

  #begin(series: Series): KlineBytes {
    const rows = new KlineBytes(series);
    this.#kept.set(series, { rows, bytes: 0 });
    return rows;
  }

  #used(series: Series, kept: Kept): KlineBytes {
    this.#kept.delete(series);
    this.#kept.set(series, kept);
    return kept.rows;
  }

  /** By how much the rows of a series grow to hold a selection, about. */
  #missingBytes(kept: Kept | undefined, { first, end }: KlineSelection): number {
    return Math.max(0, BYTES_PER_ROW * (end - first) - (kept?.bytes ?? 0));
  }

  #isAskedMore(series: Series): boolean {
    const [oldest] = this.#kept.keys();
    if (oldest === undefined) return true;
    const asks = this.#asks.get(series) ?? 0;
    return asks > TIMES_AS_OFTEN * (this.#asks.get(oldest) ?? 0) + TIMES_MORE;
  }

  #countAsk(series: Series): void {
    this.#asks.set(series, (this.#asks.get(series) ?? 0) + 1);
    this.#asksInAll += 1;
    if (this.#asksInAll < HALVE_AFTER_ASKS) return;
    this.#asksInAll = 0;
    for (const [one, asks] of this.#asks) {
      if (asks < 2) this.#asks.delete(one);
      else this.#asks.set(one, asks >>> 1);
    }
  }
}
