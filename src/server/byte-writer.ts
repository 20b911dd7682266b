const encoder = new TextEncoder();

/** UTF-8 takes at most three bytes for each unit of a string. */
const MAX_BYTES_PER_UNIT = 3;

/** Bytes that are put together one after another, in one buffer that grows and can be used again. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  /** Bytes that were written so far. */
  length = 0;

  /** `room`: bytes that can be written before the buffer has to grow. */
  constructor(room = 0) {
    this.#bytes = new Uint8Array(room);
  }

  /** What was written. It changes with the next write. */
  get written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.length);
  }

  /** The buffer, with room for so many bytes more from `length` on. Whoever writes there moves `length`. */
  room(more: number): Uint8Array<ArrayBuffer> {
    if (this.#bytes.byteLength >= this.length + more) return this.#bytes;
    const grown = new Uint8Array(Math.max(this.length + more, Math.ceil(this.#bytes.byteLength * 1.25)));
    grown.set(this.written);
    this.#bytes = grown;
    return grown;
  }

  bytes(bytes: Uint8Array): void {
    this.room(bytes.byteLength).set(bytes, this.length);
    this.length += bytes.byteLength;
  }

  text(text: string): void {
    const free = this.room(MAX_BYTES_PER_UNIT * text.length).subarray(this.length);
    this.length += encoder.encodeInto(text, free).written;
  }

  /** Forgets what was written, and keeps the buffer. */
  clear(): void {
    this.length = 0;
  }
}
