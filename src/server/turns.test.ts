import { describe, expect, test } from "bun:test";
import type { Caller } from "./caller.ts";
import { CallerQueue } from "./caller-queue.ts";
import { LOOP_SLICE_MS, LoopTurns } from "./loop-turns.ts";
import { PoolTurns } from "./pool-turns.ts";
import { TokenBucket } from "./token-bucket.ts";

const someone = (): Caller => ({ bucket: new TokenBucket({ amount: 1, perMs: 1 }) }) as Caller;
const [busy, other] = [someone(), someone()];

test("callers take turns, however many jobs one of them has; each one's stay in order", () => {
  const queue = new CallerQueue<string>();
  for (let job = 0; job < 5; job += 1) queue.add(busy, `busy ${job}`);
  queue.add(other, "other 0");
  queue.add({ ...busy }, "busy 5");
  queue.add(other, "other 1");
  const taken = Array.from({ length: 9 }, () => queue.take());
  expect(taken).toEqual(["busy 0", "other 0", "busy 1", "other 1", "busy 2", "busy 3", "busy 4", "busy 5", undefined]);
  expect(queue.size).toBe(0);
});

describe("work on the event loop", () => {
  test("goes on in slices, between which everything else gets its turn", async () => {
    let now = 0;
    const turns = new LoopTurns(() => now);
    const story: string[] = [];
    const jobs = Array.from({ length: 6 }, (_, job) =>
      turns.run(job % 2 === 0 ? busy : other, () => {
        now += LOOP_SLICE_MS / 2;
        story.push(`job ${job}`);
      }),
    );
    let isOver = false;
    const elsewhere = (): void => {
      story.push("elsewhere");
      if (!isOver) setImmediate(elsewhere);
    };
    setImmediate(elsewhere);
    await Promise.all(jobs);
    isOver = true;
    const slices = story
      .join()
      .split("elsewhere")
      .map((part) => part.split("job").length - 1);
    expect(story.filter((line) => line !== "elsewhere")).toEqual(Array.from({ length: 6 }, (_, job) => `job ${job}`));
    expect(Math.max(...slices)).toBe(2);
  });

  test("gives back what it made, or how it failed", async () => {
    const turns = new LoopTurns(() => 0);
    expect(await turns.run(busy, () => 7)).toBe(7);
    const failing = turns.run(busy, () => {
      throw new Error("of the test");
    });
    await expect(failing).rejects.toThrow("of the test");
    expect(await turns.run(busy, () => 8)).toBe(8);
  });
});

test("of asynchronous work so many run at once, and one that fails frees its place", async () => {
  const turns = new PoolTurns(2);
  let running = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
  };
  const failing = turns.run(other, () => Promise.reject(new Error("of the test")));
  const all = Array.from({ length: 10 }, () => turns.run(busy, work));
  await expect(failing).rejects.toThrow("of the test");
  await Promise.all(all);
  expect([most, running]).toEqual([2, 0]);
});
