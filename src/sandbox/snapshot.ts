/** The unit in which memory is kept; pages of WebAssembly are as large. */
const PAGE_BYTES = 65_536;

/** An instance's memory as it was at a moment, to be put back: all that ran in between is then as if it had never been. */
export class Snapshot {
  readonly #bytes: Uint8Array;
  /** Undefined for a page of zeros. What lies behind the last page was never used then, and isn't looked at before it is written. */
  readonly #pages: (Uint8Array | undefined)[] = [];

  constructor(memory: WebAssembly.Memory) {
    this.#bytes = new Uint8Array(memory.buffer);
    let used = 0;
    for (let start = 0; start < this.#bytes.length; start += PAGE_BYTES) {
      const isEmpty = new Int32Array(memory.buffer, start, PAGE_BYTES / 4).every((word) => word === 0);
      this.#pages.push(isEmpty ? undefined : this.#bytes.slice(start, start + PAGE_BYTES));
      if (!isEmpty) used = this.#pages.length;
    }
    this.#pages.length = used;
  }

  restore(): void {
    for (const [index, page] of this.#pages.entries()) {
      const start = index * PAGE_BYTES;
      if (page === undefined) this.#bytes.fill(0, start, start + PAGE_BYTES);
      else this.#bytes.set(page, start);
    }
  }
}
