import type { Series } from "../store/mod.ts";
import type { CacheMeter } from "./caches.ts";
import { KlineBytes } from "./kline-bytes.ts";

interface Kept {
  readonly rows: KlineBytes;
  /** What the meter knows of it. */
  bytes: number;
}

/** The encoded rows of the series that were asked for lately, bounded by bytes: the series asked for longest ago goes first. */
export class RowCache {
  readonly #meter: CacheMeter;
  /** The series that was asked for longest ago first. */
  readonly #kept: Map<Series, Kept> = new Map();

  constructor(meter: CacheMeter) {
    this.#meter = meter;
  }

  /** The rows of a series; from now on they are kept. */
  of(series: Series): KlineBytes {
    const kept = this.#kept.get(series);
    if (kept !== undefined) {
      this.#kept.delete(series);
      this.#kept.set(series, kept);
      return kept.rows;
    }
    const rows = new KlineBytes(series);
    this.#kept.set(series, { rows, bytes: 0 });
    return rows;
  }

  /**
   * The rows of one series among many; undefined when they aren't kept and there is no room: a reader of the whole market must
   * not push out what others ask for all the time.
   */
  scan(series: Series): KlineBytes | undefined {
    const isRoom = this.#kept.has(series) || this.#meter.bytes < this.#meter.maxBytes / 2;
    return isRoom ? this.of(series) : undefined;
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
}
