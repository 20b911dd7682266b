import { beforeEach, describe, expect, test } from "bun:test";
import type { Caller } from "./caller.ts";
import { MAX_READ_AHEAD_MS, MIN_READ_BYTES_PER_SECOND, READ_GRACE_MS } from "./open-answer.ts";
import { OpenAnswers } from "./open-answers.ts";
import type { PieceSource } from "./piece-source.ts";
import { RequestProblem } from "./problem.ts";
import { TokenBucket } from "./token-bucket.ts";
import { MAX_WAITING_BYTES, MAX_WAITING_BYTES_PER_CALLER, WaitingBytes } from "./waiting-bytes.ts";

const MIB = 1024 * 1024;
const PIECE = new Uint8Array(MIN_READ_BYTES_PER_SECOND);

let now = 0;
let waiting: WaitingBytes;
let answers: OpenAnswers;
let faults: unknown[];
beforeEach(() => {
  now = 0;
  waiting = new WaitingBytes();
  answers = new OpenAnswers(waiting, () => now);
  faults = [];
});

const someone = (): Caller => ({ title: "the key k", bucket: new TokenBucket({ amount: 1, perMs: 1 }) }) as Caller;

/** Gives pieces of a second's worth of the slowest reading. */
class Source implements PieceSource {
  closed = 0;
  readonly heldBytes: number;
  readonly totalBytes: number;
  readonly #pieces: number;
  #given = 0;

  constructor(heldBytes: number, pieces = 1_000, totalBytes = 0) {
    this.heldBytes = heldBytes;
    this.totalBytes = totalBytes;
    this.#pieces = pieces;
  }

  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    this.#given += 1;
    return this.#given > this.#pieces ? undefined : PIECE;
  }

  close(): void {
    this.closed += 1;
  }
}

function open(caller: Caller, source: PieceSource): ReadableStreamDefaultReader<Uint8Array> {
  const stream = answers.open(
    caller,
    source,
    () => {},
    (cause) => faults.push(cause),
  );
  return stream.getReader();
}

describe("a reader", () => {
  test("that reads to the end leaves nothing behind", async () => {
    const [caller, source] = [someone(), new Source(5 * MIB, 3)];
    const reader = open(caller, source);
    expect([waiting.total, waiting.of(caller), answers.size]).toEqual([5 * MIB, 5 * MIB, 1]);
    let pieces = 0;
    while (!(await reader.read()).done) pieces += 1;
    expect([pieces, waiting.total, waiting.of(caller), answers.size, source.closed]).toEqual([3, 0, 0, 0, 1]);
  });

  test("that goes away leaves nothing behind", async () => {
    const source = new Source(MIB);
    const reader = open(someone(), source);
    await reader.read();
    await reader.cancel();
    expect([waiting.total, answers.size, source.closed, answers.cut]).toEqual([0, 0, 1, 0]);
  });

  test("that takes nothing at all is cut after the grace", async () => {
    const source = new Source(MIB);
    const reader = open(someone(), source);
    now = READ_GRACE_MS;
    answers.cutSlow();
    expect(answers.size).toBe(1);
    now += 1;
    answers.cutSlow();
    expect([answers.size, answers.cut, waiting.total, source.closed]).toEqual([0, 1, 0, 1]);
    await expect(reader.read()).rejects.toBeUndefined();
  });

  test("that drips is cut when it fell behind the slowest pace, one that keeps it is not", async () => {
    const [slow, steady] = [open(someone(), new Source(MIB)), open(someone(), new Source(MIB))];
    for (let second = 0; second < 100; second += 1) {
      await steady.read();
      if (second % 2 === 0 && answers.cut === 0) await slow.read();
      now += 1_000;
      answers.cutSlow();
    }
    expect([answers.cut, answers.size]).toEqual([1, 1]);
  });

  test("that was fast may pause, but no longer than it may be ahead", async () => {
    const reader = open(someone(), new Source(MIB));
    for (let piece = 0; piece < 500; piece += 1) await reader.read();
    now = MAX_READ_AHEAD_MS;
    answers.cutSlow();
    expect(answers.cut).toBe(0);
    now += 1;
    answers.cutSlow();
    expect(answers.cut).toBe(1);
  });

  test("is charged for what the system's buffers take ahead of it", async () => {
    const reader = open(someone(), new Source(MIB, 1_000, 100 * MIB));
    expect(waiting.total).toBe(5 * MIB);
    open(someone(), new Source(MIB, 1_000, MIB / 2));
    expect(waiting.total).toBe(6.5 * MIB);
    await reader.cancel();
    expect(waiting.total).toBe(1.5 * MIB);
  });

  test("isn't blamed for the time that the server takes", async () => {
    const { promise, resolve: give } = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
    const reader = open(someone(), { heldBytes: MIB, totalBytes: MIB, next: () => promise, close: () => {} });
    const read = reader.read();
    // The runtime asks for the first piece a moment after it is read.
    await Promise.resolve();
    await Promise.resolve();
    now = 10 * MAX_READ_AHEAD_MS;
    answers.cutSlow();
    give(PIECE);
    expect((await read).value).toBe(PIECE);
    expect(answers.cut).toBe(0);
  });

  test("gets no end when the body couldn't be finished, and the fault is told", async () => {
    const cause = new Error("of the test");
    const reader = open(someone(), {
      heldBytes: MIB,
      totalBytes: MIB,
      next: () => Promise.reject(cause),
      close: () => {},
    });
    await expect(reader.read()).rejects.toBeUndefined();
    expect([faults, waiting.total, answers.cut]).toEqual([[cause], 0, 0]);
  });
});

describe("too much that waits", () => {
  test("for one caller is refused with a sentence and a moment; others go on", () => {
    const [full, other] = [someone(), someone()];
    while (waiting.of(full) < MAX_WAITING_BYTES_PER_CALLER) open(full, new Source(8 * MIB));
    expect(() => open(full, new Source(1))).toThrow(RequestProblem);
    expect(() => open(full, new Source(1))).toThrow("too much waits for the key k that isn't read yet");
    expect(answers.refused).toBe(2);
    open(other, new Source(8 * MIB));
  });

  test("is one account for all tokens of a user, who share a bucket", () => {
    const one = someone();
    while (waiting.of(one) < MAX_WAITING_BYTES_PER_CALLER) open(one, new Source(8 * MIB));
    expect(() => open({ ...one, title: "your account" }, new Source(1))).toThrow("too much waits for your account");
  });

  test("in all makes whoever holds more and reads slowest go; where nobody is slow, it is refused", () => {
    const holders = [someone(), someone(), someone()];
    while (waiting.total < MAX_WAITING_BYTES) {
      for (const holder of holders) if (waiting.total < MAX_WAITING_BYTES) open(holder, new Source(8 * MIB));
    }
    const fresh = someone();
    expect(() => open(fresh, new Source(MIB))).toThrow("too much waits here that isn't read yet");
    now = READ_GRACE_MS - 1;
    open(fresh, new Source(MIB));
    expect([answers.cut, answers.refused]).toEqual([1, 1]);
    expect(waiting.of(fresh)).toBe(MIB);
  });
});
