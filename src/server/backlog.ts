/** A socket whose client has taken nothing of what waits for it for this long is closed, in milliseconds. */
export const STALLED_AFTER_MS = 30_000;

/** Less than this in that time, in bytes, is nothing: a client that lets bytes drip holds memory as one that reads none. */
const PROGRESS_BYTES = 64 * 1024;

/** What waits for one socket, and since when its client hasn't taken any of it. Times are milliseconds of a stopwatch. */
export class Backlog {
  #waitingBytes = 0;
  #unsentBytes = 0;
  #takenBytes = 0;
  #progressAt: number;

  constructor(now: number) {
    this.#progressAt = now;
  }

  /** Bytes that waited at the last look. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Notes what waits now, and of that what the runtime holds unsent. Gives back by how many bytes it has grown. */
  look(waitingBytes: number, unsentBytes: number, now: number): number {
    this.#takenBytes += Math.max(0, this.#unsentBytes - unsentBytes);
    const isSent = unsentBytes === 0 && this.#unsentBytes > 0;
    if (waitingBytes === 0 || isSent || this.#takenBytes >= PROGRESS_BYTES) this.progress(now);
    const growth = waitingBytes - this.#waitingBytes;
    this.#waitingBytes = waitingBytes;
    this.#unsentBytes = unsentBytes;
    return growth;
  }

  /** Nothing waits any more. Gives back by how many bytes it has grown: none, or less. */
  clear(): number {
    const growth = -this.#waitingBytes;
    this.#waitingBytes = 0;
    return growth;
  }

  /** The client has shown that it reads. */
  progress(now: number): void {
    this.#progressAt = now;
    this.#takenBytes = 0;
  }

  isStalled(now: number): boolean {
    return this.#waitingBytes > 0 && now - this.#progressAt >= STALLED_AFTER_MS;
  }
}
