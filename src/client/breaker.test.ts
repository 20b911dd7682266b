import { expect, test } from "bun:test";
import { Breaker } from "./breaker.ts";

/** A breaker that opens at the third failure in a row, for 100 ms, by a clock that the test turns. */
function made(): { breaker: Breaker; clock: { now: number }; run(outcome: Promise<string>): Promise<string> } {
  const clock = { now: 0 };
  const isTrouble = (cause: unknown): boolean => cause === "trouble";
  const breaker = new Breaker({ failures: 3, openForMs: 100, now: () => clock.now, isTrouble });
  const refusal = (): Error => new Error("open");
  const run = (outcome: Promise<string>): Promise<string> =>
    breaker
      .run(() => outcome, refusal)
      .catch((cause: unknown) => (cause instanceof Error ? cause.message : String(cause)));
  return { breaker, clock, run };
}

const good = (): Promise<string> => Promise.resolve("good");
const trouble = (): Promise<string> => Promise.reject("trouble");

test("three failures in a row open it; fewer, and errors that are no trouble, don't", async () => {
  const { run } = made();
  const outcomes = [trouble(), trouble(), good(), trouble(), Promise.reject("not found"), trouble()];
  for (const outcome of outcomes) await run(outcome).catch(() => {});
  expect(await run(good())).toBe("good");
  for (let at = 0; at < 3; at += 1) await run(trouble());
  expect(await run(good())).toBe("open");
});

test("after its time one piece of work is a test, whose outcome the others wait for", async () => {
  const { run, clock } = made();
  for (let at = 0; at < 3; at += 1) await run(trouble());
  clock.now = 99;
  expect(await run(good())).toBe("open");
  clock.now = 100;
  const first = Promise.withResolvers<string>();
  const tested = run(first.promise);
  const waiting = run(good());
  first.reject("trouble");
  expect(await Promise.all([tested, waiting])).toEqual(["trouble", "open"]);
  clock.now = 200;
  expect(await Promise.all([run(good()), run(good())])).toEqual(["good", "good"]);
  await run(trouble());
  expect(await run(good())).toBe("good");
});
