import { expect, test } from "bun:test";
import { FrameQueue } from "./frame-queue.ts";

test("runs all that was put since the last frame, once, in order, the newest of each key", () => {
  const frames: (() => void)[] = [];
  const done: string[] = [];
  const queue = new FrameQueue((run) => frames.push(run));
  const put = (key: string, what: string): void => queue.put(key, () => done.push(what));

  put("a", "a1");
  put("b", "b1");
  put("a", "a2");
  expect(frames).toHaveLength(1);
  frames.shift()?.();
  expect(done).toEqual(["b1", "a2"]);

  put("b", "b2");
  frames.shift()?.();
  expect(done).toEqual(["b1", "a2", "b2"]);
  expect(frames).toEqual([]);
});
