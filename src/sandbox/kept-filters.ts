import type { ReadFilter } from "./read-filter.ts";

/** What all filters that are kept may hold together. Past it the one that wasn't used for longest is evicted. */
export const MAX_KEPT_FILTER_BYTES: number = 32 * 1024 * 1024;

/** How full the cache of filters is. */
export interface KeptFilterFigures {
  readonly filters: number;
  readonly bytes: number;
  /** Filters that were evicted so far. */
  readonly evictions: number;
}

/** Filters by their code, so that one that runs at every close is read once. Bounded by bytes. */
export class KeptFilters {
  readonly #read: (code: string) => ReadFilter;
  readonly #maxBytes: number;
  /** The one that wasn't used for longest comes first. */
  readonly #byCode: Map<string, ReadFilter> = new Map();
  #bytes = 0;
  #evictions = 0;

  constructor(read: (code: string) => ReadFilter, maxBytes: number = MAX_KEPT_FILTER_BYTES) {
    this.#read = read;
    this.#maxBytes = maxBytes;
  }

  /** The filter of this code, which is read if it isn't here. Throws as the reader does. */
  get(code: string): ReadFilter {
    const kept = this.#byCode.get(code);
    const filter = kept ?? this.#read(code);
    if (kept === undefined) this.#bytes += filter.bytes;
    else this.#byCode.delete(code);
    this.#byCode.set(code, filter);
    this.#evict();
    return filter;
  }

  /** The filter of this code, and nothing more is kept than before. Throws as the reader does. */
  peek(code: string): ReadFilter {
    return this.#byCode.get(code) ?? this.#read(code);
  }

  figures(): KeptFilterFigures {
    return { filters: this.#byCode.size, bytes: this.#bytes, evictions: this.#evictions };
  }

  #evict(): void {
    for (const [code, { bytes }] of this.#byCode) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#byCode.delete(code);
      this.#bytes -= bytes;
      this.#evictions += 1;
    }
  }
}
