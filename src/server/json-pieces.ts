import { ByteWriter } from "./byte-writer.ts";
import type { Caller } from "./caller.ts";
import type { LoopTurns } from "./loop-turns.ts";
import { PIECE_BYTES, type PieceSource } from "./piece-source.ts";

/** Bytes of JSON that are written in one job of the event loop: well under a millisecond. */
const BYTES_PER_JOB: number = 64 * 1024;

/** Lists are written entry by entry down to this depth; what is deeper, a match's facts for example, in one go. */
const MAX_DEPTH = 5;

/** A value as JSON, piece by piece, written in small jobs of the event loop. */
export class JsonPieces implements PieceSource {
  readonly heldBytes: number;
  readonly totalBytes: number;
  readonly #texts: Generator<string, void>;
  readonly #turns: LoopTurns;
  readonly #caller: Caller;
  readonly #writer: ByteWriter = new ByteWriter();
  #isOver = false;

  /** `bytes`: the value's size as JSON, about; the value itself takes as much memory again. */
  constructor(value: unknown, bytes: number, turns: LoopTurns, caller: Caller) {
    this.totalBytes = bytes;
    this.heldBytes = bytes + PIECE_BYTES;
    this.#texts = textsOf(value, 0);
    this.#turns = turns;
    this.#caller = caller;
  }

  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    this.#writer.clear();
    while (!this.#isOver && this.#writer.length < PIECE_BYTES) {
      await this.#turns.run(this.#caller, () => this.#write());
    }
    return this.#writer.length === 0 ? undefined : this.#writer.written.slice();
  }

  close(): void {
    this.#isOver = true;
    this.#texts.return();
  }

  #write(): void {
    const end = this.#writer.length + BYTES_PER_JOB;
    while (this.#writer.length < end) {
      const { value, done } = this.#texts.next();
      if (done === true) {
        this.#isOver = true;
        return;
      }
      this.#writer.text(value);
    }
  }
}

/** The same text as `JSON.stringify` makes, in parts. The value is plain data. */
function* textsOf(value: unknown, depth: number): Generator<string, void> {
  if (depth >= MAX_DEPTH || typeof value !== "object" || value === null) {
    yield JSON.stringify(value) ?? "null";
  } else if (Array.isArray(value)) {
    yield "[";
    for (const [at, one] of value.entries()) {
      if (at > 0) yield ",";
      yield* textsOf(one, depth + 1);
    }
    yield "]";
  } else {
    let before = "{";
    for (const [name, one] of Object.entries(value)) {
      if (one === undefined) continue;
      yield `${before}${JSON.stringify(name)}:`;
      yield* textsOf(one, depth + 1);
      before = ",";
    }
    yield before === "{" ? "{}" : "}";
  }
}
