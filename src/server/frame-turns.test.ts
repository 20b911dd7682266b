import { expect, test } from "bun:test";
import type { Caller } from "./caller.ts";
import { type FrameStep, FrameTurns, MAX_WAITING_FRAME_CHARACTERS, MAX_WAITING_FRAMES } from "./frame-turns.ts";
import { LOOP_SLICE_MS, LoopTurns } from "./loop-turns.ts";
import type { Socket } from "./socket.ts";
import { TokenBucket } from "./token-bucket.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Sockets whose frames are read in two steps of a millisecond each; what was read, in order. */
class Readers {
  now = 0;
  readonly read: string[] = [];
  readonly errors: unknown[] = [];
  readonly closed: Set<Socket> = new Set();
  readonly frames: FrameTurns;

  constructor() {
    const stopwatch = (): number => this.now;
    this.frames = new FrameTurns({
      turns: new LoopTurns(stopwatch),
      stopwatch,
      isOpen: (socket) => !this.closed.has(socket),
      take: (_, frame) => this.#begun(String(frame)),
      onError: (_, cause) => this.errors.push(cause),
    });
  }

  socket(): Socket {
    const bucket = new TokenBucket({ amount: 1, perMs: 1 });
    return { data: { id: "", caller: { bucket } as Caller } } as Socket;
  }

  async settle(): Promise<void> {
    for (let turns = 0; turns < 200; turns += 1) await turn();
  }

  #begun(frame: string): FrameStep {
    this.now += 1;
    return () => {
      this.now += 1;
      if (frame.startsWith("bad")) throw new Error(frame);
      this.read.push(frame);
      return undefined;
    };
  }
}

test("small frames of many sockets share one slice of a turn of the event loop; the rest are read in turn", async () => {
  const readers = new Readers();
  for (let index = 0; index < 20; index += 1) readers.frames.add(readers.socket(), `frame ${index}`);
  // Of the second frame the first step was done: the slice was used up then.
  expect([readers.now, readers.read]).toEqual([LOOP_SLICE_MS, ["frame 0"]]);
  await readers.settle();
  expect(readers.read.toSorted()).toEqual(Array.from({ length: 20 }, (_, index) => `frame ${index}`).toSorted());
  readers.frames.add(readers.socket(), "in a turn of its own");
  expect(readers.read.at(-1)).toBe("in a turn of its own");
});

test("the frames of one socket are read in order, whatever is small, large or bad", async () => {
  const readers = new Readers();
  const socket = readers.socket();
  const frames = ["a", "b", `c${"c".repeat(5_000)}`, "bad", "d", "e"];
  for (const frame of frames) readers.frames.add(socket, frame);
  await readers.settle();
  expect(readers.read).toEqual(frames.filter((frame) => frame !== "bad"));
  expect(readers.errors).toEqual([new Error("bad")]);
});

test("what a closed socket sent isn't read", async () => {
  const readers = new Readers();
  const socket = readers.socket();
  for (const frame of ["a", "b", "c"]) readers.frames.add(socket, frame);
  readers.closed.add(socket);
  await readers.settle();
  expect(readers.read).toEqual(["a"]);
});

test("so many frames of a socket wait, and so many characters; one more isn't read, and what waits still is", async () => {
  const readers = new Readers();
  const [many, large, other] = [readers.socket(), readers.socket(), readers.socket()];
  const first = "x".repeat(4_096);
  expect(readers.frames.add(many, first)).toBe(true);
  const taken = Array.from({ length: MAX_WAITING_FRAMES + 2 }, (_, index) => readers.frames.add(many, `${index}`));
  expect(taken).toEqual([...Array(MAX_WAITING_FRAMES).fill(true), false, false]);
  const quarter = "y".repeat(MAX_WAITING_FRAME_CHARACTERS / 4);
  expect(Array.from({ length: 7 }, () => readers.frames.add(large, quarter))).toEqual([
    ...Array(5).fill(true),
    ...[false, false],
  ]);
  expect(readers.frames.add(large, "")).toBe(true);
  expect(readers.frames.add(other, "small")).toBe(true);
  await readers.settle();
  await readers.settle();
  expect(readers.read).toHaveLength(1 + MAX_WAITING_FRAMES + 6 + 1);
  expect(readers.read.filter((frame) => /^\d+$/.test(frame))).toEqual(
    Array.from({ length: MAX_WAITING_FRAMES }, (_, index) => `${index}`),
  );
  expect(readers.frames.add(many, "again")).toBe(true);
});
