import type { Caller } from "./caller.ts";
import { OpenAnswer, READ_GRACE_MS } from "./open-answer.ts";
import type { PieceSource } from "./piece-source.ts";
import { RequestProblem } from "./problem.ts";
import { MAX_WAITING_BYTES, MAX_WAITING_BYTES_PER_CALLER, type WaitingBytes } from "./waiting-bytes.ts";

/**
 * What the system's buffers of one connection take ahead of a reader that takes nothing, in bytes (measured on Linux, whose
 * tcp_wmem and tcp_rmem allow it). It is memory of the machine's like any other.
 */
const SYSTEM_BUFFER_BYTES: number = 4 * 1024 * 1024;

/** How often readers that are too slow are looked for, in milliseconds. */
const LOOK_EVERY_MS = 1_000;

/** When to try again where too much waits already, in seconds: by then a reader that takes nothing has been cut. */
const RETRY_AFTER_SECONDS: number = READ_GRACE_MS / 1_000;

/** All large answers that are being sent: counts what they hold, refuses more than fits, and cuts readers that are too slow. */
export class OpenAnswers {
  readonly #waiting: WaitingBytes;
  readonly #stopwatch: () => number;
  readonly #open: Set<OpenAnswer> = new Set();
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Readers that were given up for being too slow, since the start. */
  cut = 0;
  /** Answers that weren't begun, as too much waited already. */
  refused = 0;

  /** `stopwatch`: milliseconds on a clock that only goes forward. */
  constructor(waiting: WaitingBytes, stopwatch: () => number) {
    this.#waiting = waiting;
    this.#stopwatch = stopwatch;
  }

  /** Answers that are being sent. */
  get size(): number {
    return this.#open.size;
  }

  start(): void {
    this.#timer = setInterval(() => this.cutSlow(), LOOK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /**
   * Begins to send. Throws {@link RequestProblem} when too much waits to be read already. `onBytes` is told what was handed over,
   * `onFault` what went wrong in making the body: its connection is closed then, so that nobody takes a part for the whole.
   */
  open(
    caller: Caller,
    source: PieceSource,
    onBytes: (bytes: number) => void,
    onFault: (cause: unknown) => void,
  ): ReadableStream<Uint8Array> {
    this.#admit(caller);
    const held = source.heldBytes + Math.min(SYSTEM_BUFFER_BYTES, source.totalBytes);
    this.#waiting.change(caller, held);
    const answer: OpenAnswer = new OpenAnswer({
      caller,
      source,
      stopwatch: this.#stopwatch,
      onBytes,
      onEnd: (cause) => {
        this.#open.delete(answer);
        this.#waiting.change(caller, -held);
        if (cause !== undefined) onFault(cause);
      },
    });
    this.#open.add(answer);
    return answer.body;
  }

  /** Gives up the readers that are too slow. */
  cutSlow(): void {
    for (const answer of [...this.#open]) if (answer.leftMs < 0) this.#cut(answer);
  }

  #admit(caller: Caller): void {
    // What waits for others makes room for whoever has less waiting, the slowest first.
    while (this.#waiting.total >= MAX_WAITING_BYTES && this.#waiting.of(caller) < MAX_WAITING_BYTES_PER_CALLER) {
      const slowest = this.#slowestOther(caller);
      if (slowest === undefined) break;
      this.#cut(slowest);
    }
    if (!this.#waiting.isFullFor(caller)) return;
    this.refused += 1;
    const whose = this.#waiting.of(caller) >= MAX_WAITING_BYTES_PER_CALLER ? `for ${caller.title}` : "here";
    throw new RequestProblem(
      "not_ready",
      `too much waits ${whose} that isn't read yet: read the answers that are open, or ask again in ${RETRY_AFTER_SECONDS} s`,
      RETRY_AFTER_SECONDS,
    );
  }

  /** Of the readers that are behind where they began, the slowest one of somebody for whom more waits. */
  #slowestOther(caller: Caller): OpenAnswer | undefined {
    const mine = this.#waiting.of(caller);
    let slowest: OpenAnswer | undefined;
    for (const answer of this.#open) {
      if (answer.leftMs >= READ_GRACE_MS / 2 || this.#waiting.of(answer.caller) <= mine) continue;
      if (slowest === undefined || answer.leftMs < slowest.leftMs) slowest = answer;
    }
    return slowest;
  }

  #cut(answer: OpenAnswer): void {
    this.cut += 1;
    answer.cut();
  }
}
