import { edenGC } from "bun:jsc";

/** After so many bytes that requests left behind, young garbage is collected: it is in the processor's caches still. */
const COLLECT_AFTER_BYTES = 16 * 1024 * 1024;

/** What a request leaves behind besides its body: the request, the response, their headers. In bytes, about. */
const BYTES_PER_REQUEST = 3 * 1024;

/**
 * Has what requests leave behind collected soon. By itself the runtime waits until that is a good part of the heap, and the klines, which
 * stay, count as heap: bodies of hundreds of megabytes then wait to be freed, and each new one is written to memory that is in no cache.
 * Collecting only what is young takes a tenth of a millisecond. Measured with 3,000 series: 200,000 answers of 23 kB take 0.39 s and
 * 21 MB with it, 0.69 s and 146 MB without.
 */
export class YoungGarbage {
  readonly #collect: () => void;
  #bytes = 0;

  constructor(collect: () => void = edenGC) {
    this.#collect = collect;
  }

  /** A request was answered; its body of so many bytes was made for it alone. */
  add(bytes: number): void {
    this.#bytes += BYTES_PER_REQUEST + bytes;
    if (this.#bytes < COLLECT_AFTER_BYTES) return;
    this.#bytes = 0;
    this.#collect();
  }
}
