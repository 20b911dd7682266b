import type { PieceSource } from "../piece-source.ts";

/** Bytes of a file that are in memory at once, about. */
const HELD_BYTES: number = 512 * 1024;

/** A file, read as its reader takes it. */
export class FilePieces implements PieceSource {
  readonly heldBytes: number;
  readonly totalBytes: number;
  readonly #parts: AsyncIterator<Uint8Array>;
  readonly #ending: AbortController;

  /** `ending` ends the reading of `parts`. */
  constructor(parts: AsyncIterable<Uint8Array>, bytes: number, ending: AbortController) {
    this.totalBytes = bytes;
    this.heldBytes = Math.min(HELD_BYTES, bytes);
    this.#parts = parts[Symbol.asyncIterator]();
    this.#ending = ending;
  }

  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { value, done } = await this.#parts.next();
    return done === true ? undefined : (value as Uint8Array<ArrayBuffer>);
  }

  close(): void {
    this.#ending.abort();
    void this.#parts.return?.().catch(() => {});
  }
}
