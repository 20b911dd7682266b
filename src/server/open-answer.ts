import type { Caller } from "./caller.ts";
import type { PieceSource } from "./piece-source.ts";

/** What a reader must take of a large answer on average, in bytes a second. */
export const MIN_READ_BYTES_PER_SECOND: number = 16 * 1024;

/** How long a reader may take nothing before it has taken anything, in milliseconds. */
export const READ_GRACE_MS = 10_000;

/** The most that a reader who was fast is ahead, in milliseconds: then it may take nothing for so long. */
export const MAX_READ_AHEAD_MS = 30_000;

/** What an answer that is being sent is made of. */
export interface OpenAnswerParts {
  readonly caller: Caller;
  readonly source: PieceSource;
  /** Milliseconds on a clock that only goes forward. */
  readonly stopwatch: () => number;
  /** Bytes were handed over for sending. */
  readonly onBytes: (bytes: number) => void;
  /** Called once, however it ends. `cause`: what went wrong in making it, if anything. */
  readonly onEnd: (cause?: unknown) => void;
}

/**
 * One large answer on its way. Its reader has a time account: waiting for it draws on the account, and each byte that it takes
 * pays in, by {@link MIN_READ_BYTES_PER_SECOND}. The time that the server itself takes to make bytes doesn't count.
 */
export class OpenAnswer {
  readonly body: ReadableStream<Uint8Array>;
  readonly #parts: OpenAnswerParts;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #accountMs = READ_GRACE_MS;
  /** Since when the reader is waited for; undefined while the server is at work. */
  #waitsSince: number | undefined;
  #lastBytes = 0;
  #isOver = false;

  constructor(parts: OpenAnswerParts) {
    this.#parts = parts;
    this.#waitsSince = parts.stopwatch();
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#pull(),
        cancel: () => this.#end(),
      },
      // The next piece is made when the last one is taken.
      { highWaterMark: 0 },
    );
  }

  get caller(): Caller {
    return this.#parts.caller;
  }

  /** What the reader has left on its account now, in milliseconds; negative when it is too slow. */
  get leftMs(): number {
    const waited = this.#waitsSince === undefined ? 0 : this.#parts.stopwatch() - this.#waitsSince;
    return this.#accountMs - waited;
  }

  /** Gives the reader up: its connection is closed. */
  cut(): void {
    // Without a reason: the runtime would print it.
    if (!this.#isOver) this.#controller?.error(undefined);
    this.#end();
  }

  async #pull(): Promise<void> {
    this.#settle();
    try {
      const piece = await this.#parts.source.next();
      if (this.#isOver) return;
      if (piece === undefined) {
        this.#controller?.close();
        this.#end();
        return;
      }
      this.#lastBytes = piece.byteLength;
      this.#waitsSince = this.#parts.stopwatch();
      this.#parts.onBytes(piece.byteLength);
      this.#controller?.enqueue(piece);
    } catch (cause) {
      if (this.#isOver) return;
      this.#controller?.error(undefined);
      this.#end(cause);
    }
  }

  /** The last piece was taken. */
  #settle(): void {
    const paidMs = (1_000 * this.#lastBytes) / MIN_READ_BYTES_PER_SECOND;
    this.#accountMs = Math.min(MAX_READ_AHEAD_MS, this.leftMs + paidMs);
    this.#waitsSince = undefined;
  }

  #end(cause?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#parts.source.close();
    this.#parts.onEnd(cause);
  }
}
