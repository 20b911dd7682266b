import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { FairQueue, type JobLength, MAX_OVERTAKING } from "./fair-queue.ts";

/** A thread that does one slice after the other under a clock that only these slices turn, and notes who had it. */
class Thread {
  readonly queue: FairQueue<string, Job> = new FairQueue({ perCaller: 16, total: 1_000 });
  readonly order: string[] = [];
  now = 0;

  add(caller: string, name: string, ms: number, length: JobLength = "short"): void {
    this.queue.enter(caller, { name, left: ms, came: this.now }, length);
  }

  /** Does one slice of at most 250 ms. False when there is nothing to do. */
  step(): boolean {
    const next = this.queue.next(true);
    if (next === undefined) return false;
    const { caller, job } = next;
    const ms = Math.min(250, job.left);
    this.now += ms;
    job.left -= ms;
    this.order.push(job.name);
    if (job.left > 0) this.queue.goOn(caller, job, "long", ms);
    else this.queue.end(caller, ms);
    return true;
  }

  run(): string {
    while (this.step());
    return this.order.join(" ");
  }
}

interface Job {
  readonly name: string;
  left: number;
  readonly came: number;
}

describe("a fair queue", () => {
  test("gives callers their turn, whatever each of them brought before", () => {
    const thread = new Thread();
    for (const at of [1, 2, 3]) thread.add("anna", `a${at}`, 10);
    thread.add("bert", "b1", 10);
    thread.add("carl", "c1", 10);
    thread.add("bert", "b2", 10);
    expect(thread.run()).toBe("a1 b1 c1 a2 b2 a3");
  });

  test("whoever used the thread least comes next, and idling saves nothing up", () => {
    const thread = new Thread();
    thread.add("anna", "a1", 100);
    for (const at of [1, 2, 3, 4]) thread.add("bert", `b${at}`, 30);
    thread.add("anna", "a2", 10);
    while (thread.order.length < 4) thread.step();
    expect(thread.order).toEqual(["a1", "b1", "b2", "b3"]);
    // Carl comes when bert has used 90 ms: he starts level with the least used, and isn't ahead of all for another 90 ms.
    for (const at of [1, 2, 3]) thread.add("carl", `c${at}`, 30);
    expect(thread.run()).toBe("a1 b1 b2 b3 c1 b4 c2 a2 c3");
  });

  test("a short screen overtakes sixteen previews of another caller, after the slice that runs", () => {
    const thread = new Thread();
    for (let at = 0; at < 16; at += 1) thread.add("mallory", `p${at}`, 10_000, "long");
    thread.step();
    thread.add("anna", "screen", 0.1);
    thread.step();
    expect([thread.order, thread.now]).toEqual([["p0", "screen"], 250.1]);
  });

  test("a screen that takes more than a slice goes on among the long ones", () => {
    const thread = new Thread();
    thread.add("anna", "slow", 600);
    thread.add("anna", "quick", 1);
    thread.add("bert", "preview", 300, "long");
    expect(thread.run()).toBe("slow preview quick preview slow slow");
  });

  test("the many short screens of a caller who used much don't overtake one that took a little longer than a slice", () => {
    const thread = new Thread();
    for (let at = 0; at < 15; at += 1) thread.add("mallory", "m", 250);
    thread.add("anna", "anna", 300);
    expect(thread.run().slice(0, 22)).toBe("m anna m anna m m m m ");
  });

  test("a heavy caller is remembered: at the next close it comes after others, and is given to an idle thread only", () => {
    const queue = new FairQueue<string, string>({ perCaller: 9, total: 9 }, 200);
    const run = (ms: number): string | undefined => {
      const next = queue.next(true);
      if (next !== undefined) queue.end(next.caller, ms);
      return next?.job;
    };
    queue.enter("mallory", "m1", "short");
    expect([run(1_000), queue.isHeavy("mallory")]).toEqual(["m1", true]);
    for (const caller of ["mallory", "anna", "bert"]) queue.enter(caller, caller, "short");
    expect([run(10), run(10), queue.next(false)]).toEqual(["anna", "bert", undefined]);
    expect(run(0)).toBe("mallory");
    // What was spent counts half as much each time that the caller comes anew.
    queue.enter("mallory", "m2", "short");
    expect([queue.isHeavy("mallory"), run(0)]).toEqual([true, "m2"]);
    queue.enter("mallory", "m3", "short");
    expect([queue.isHeavy("mallory"), queue.next(false)?.job]).toEqual([false, "m3"]);
  });

  test("the short jobs of a heavy caller take turns with its own long one, and others' come before both", () => {
    const queue = new FairQueue<string, string>({ perCaller: 9, total: 9 }, 200);
    const order: string[] = [];
    const step = (): void => {
      const next = queue.next(true);
      if (next === undefined) return;
      order.push(next.job);
      if (next.job === "preview" && order.length < 9) queue.goOn(next.caller, next.job, "long", 250);
      else queue.end(next.caller, 1);
    };
    queue.enter("mallory", "preview", "long");
    step();
    for (const job of ["m1", "m2", "m3", "gone"]) queue.enter("mallory", job, "short");
    queue.enter("anna", "anna", "short");
    expect([queue.remove("mallory", "gone"), queue.waiting]).toEqual([true, 5]);
    for (let turn = 0; turn < 8; turn += 1) step();
    expect(order.join(" ")).toBe("preview anna m1 preview m2 preview m3 preview preview");
    expect([queue.places, queue.waiting, queue.next(true)]).toEqual([0, 0, undefined]);
  });

  test.each([Number.POSITIVE_INFINITY, 1])("remembers 1,000 heavy callers, however many places it has: %d", (total) => {
    const queue = new FairQueue<number, string>({ perCaller: 2, total }, 100);
    const run = (caller: number): void => {
      queue.enter(caller, "a job", "short");
      queue.next(true);
      queue.end(caller, 1_000);
    };
    const heavy = (): number =>
      Array.from({ length: 1_200 }, (_, caller) => caller).filter((one) => queue.isHeavy(one)).length;
    for (let caller = 0; caller < 1_000; caller += 1) run(caller);
    // One that comes again is no further one.
    for (let times = 0; times < 10; times += 1) run(0);
    expect(heavy()).toBe(1_000);
    for (let caller = 1_000; caller < 1_100; caller += 1) run(caller);
    expect([heavy(), queue.isHeavy(0), queue.isHeavy(1), queue.isHeavy(1_099)]).toEqual([1_000, true, false, true]);
  });

  test("a job that had its turn and couldn't run is the next one", () => {
    const queue = new FairQueue<string, string>({ perCaller: 2, total: 9 });
    for (const caller of ["anna", "bert", "carl"]) queue.enter(caller, caller, "short");
    const [first, second] = [queue.next(true), queue.next(false)];
    queue.end("anna", 1_500);
    queue.again("bert", "bert");
    queue.enter("dora", "dora", "short");
    expect([first?.job, second?.job, queue.waiting]).toEqual(["anna", "bert", 3]);
    expect([1, 2, 3].map(() => queue.next(true)?.job)).toEqual(["bert", "carl", "dora"]);
    queue.again("bert", "bert");
    expect([queue.remove("bert", "bert"), queue.next(true), queue.places]).toEqual([true, undefined, 2]);
  });

  test("short ones don't overtake for ever", () => {
    const thread = new Thread();
    thread.add("anna", "preview", 10, "long");
    for (let at = 0; at < 40; at += 1) thread.add(`caller${at}`, "s", 1);
    thread.run();
    expect(thread.order.indexOf("preview")).toBe(MAX_OVERTAKING);
  });

  test("a long one is given only to a thread that has nothing else", () => {
    const queue = new FairQueue<string, string>({ perCaller: 2, total: 3 });
    queue.enter("anna", "preview", "long");
    expect(queue.next(false)).toBeUndefined();
    queue.enter("bert", "screen", "short");
    expect(queue.next(false)).toEqual({ caller: "bert", job: "screen" });
    expect(queue.next(true)).toEqual({ caller: "anna", job: "preview" });
  });

  test("places are held until a job ends or is taken out", () => {
    const queue = new FairQueue<string, string>({ perCaller: 2, total: 3 });
    queue.enter("anna", "1", "short");
    queue.enter("anna", "2", "long");
    expect([queue.fullness("anna"), queue.fullness("bert")]).toEqual(["caller", undefined]);
    queue.enter("bert", "3", "short");
    expect([queue.fullness("carl"), queue.places, queue.waiting]).toEqual(["total", 3, 3]);
    queue.next(true);
    expect([queue.fullness("carl"), queue.places, queue.waiting]).toEqual(["total", 3, 2]);
    expect([queue.remove("anna", "1"), queue.remove("anna", "2"), queue.remove("carl", "4")]).toEqual([
      false,
      true,
      false,
    ]);
    expect([queue.fullness("anna"), queue.fullness("carl")]).toEqual([undefined, undefined]);
    queue.end("anna", 5);
    expect([queue.places, queue.waiting]).toEqual([1, 1]);
  });

  test("callers that always have something to do get the thread in equal shares, whatever their jobs are like", () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 2_000 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(lengths, { minLength: 2, maxLength: 6 }), (callers) => {
        const thread = new Thread();
        const used = callers.map(() => 0);
        for (let round = 0; round < 400; round += 1) {
          for (const [at, jobs] of callers.entries()) {
            const name = String(at);
            if (thread.queue.fullness(name) === undefined) {
              thread.add(name, name, jobs[round % jobs.length] as number, "long");
            }
          }
          const before = thread.now;
          thread.step();
          const last = Number(thread.order.at(-1));
          used[last] = (used[last] as number) + thread.now - before;
        }
        // Nobody is further ahead of another than a slice.
        expect(Math.max(...used) - Math.min(...used)).toBeLessThanOrEqual(250);
      }),
      { numRuns: 50 },
    );
  });
});
