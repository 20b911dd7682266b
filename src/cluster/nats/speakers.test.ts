import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Speakers } from "./speakers.ts";

/** Speakers, and a stopwatch that the test turns. */
function made(): { speakers: Speakers; pass(ms: number): void } {
  let now = 0;
  const speakers = new Speakers(() => now);
  return { speakers, pass: (ms) => (now += ms) };
}

describe("of several nodes that say the same", () => {
  test("one is read until it is silent", () => {
    const { speakers, pass } = made();
    expect([speakers.current, speakers.hear("one", 1), speakers.hear("two", 1)]).toEqual([undefined, true, false]);
    pass(499);
    expect(speakers.hear("two", 2)).toBe(false);
    pass(1);
    expect([speakers.hear("two", 2), speakers.hear("one", 3), speakers.current]).toEqual([true, false, "two"]);
  });

  test("one that is far behind doesn't take over from one that is silent for a moment, and its times are nobody's witness", () => {
    const { speakers, pass } = made();
    const heard: string[] = [];
    // Both speak once a second, the second one 75 s behind and in the silence of the first.
    for (let at = 100_000; at < 130_000; at += 1_000) {
      if (speakers.hear("well", at)) heard.push("well");
      pass(600);
      expect(speakers.isLate(at - 75_000)).toBe(true);
      if (speakers.hear("late", at - 75_000)) heard.push("late");
      pass(400);
    }
    expect(new Set(heard)).toEqual(new Set(["well"]));
    expect(heard).toHaveLength(30);
    // Once the first is gone for good, late states are better than none.
    pass(10_000);
    expect([speakers.hear("late", 60_000), speakers.current, speakers.isLate(60_000)]).toEqual([true, "late", false]);
  });

  test("one that goes on telling what is long past is left for one that is current", () => {
    const { speakers, pass } = made();
    speakers.hear("one", 0);
    // The first one's connection to the exchange is three seconds late from now on.
    const heard: string[] = [];
    for (let at = 100; at <= 4_000; at += 100) {
      pass(100);
      for (const [node, time] of [
        ["one", Math.max(0, at - 3_000)],
        ["two", at],
      ] as const)
        if (speakers.hear(node, time)) heard.push(node);
    }
    expect(heard.filter((node) => node === "one")).toHaveLength(21);
    expect(heard.slice(-15).every((node) => node === "two")).toBe(true);
    expect(speakers.current).toBe("two");
  });

  test("one that says nothing of the market's time isn't behind, and none that is slower by less than the bound is left", () => {
    const { speakers, pass } = made();
    for (let at = 0; at <= 20_000; at += 50) {
      pass(50);
      speakers.hear("one", at % 200 === 0 ? at - 1_800 : undefined);
      speakers.hear("two", at);
    }
    expect(speakers.current).toBe("one");
  });

  test("one is read at any time, whatever they say, and never one that was behind all the time", () => {
    const steps = fc.array(
      fc.record({
        ms: fc.integer({ min: 1, max: 400 }),
        of: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1 }),
      }),
      { minLength: 60, maxLength: 120 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const { speakers, pass } = made();
        let now = 0;
        for (const { ms, of } of all) {
          pass(ms);
          now += ms;
          // The last node is always five seconds late, the others never; all of them speak each time, in some order.
          const order = [...new Set([...of, 0, 1, 2])];
          const told = order.filter((node) => speakers.hear(String(node), node === 2 ? now - 5_000 : now));
          expect(told.length).toBeGreaterThan(0);
        }
        expect(speakers.current).not.toBe("2");
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});
