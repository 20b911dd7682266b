import { expect, test } from "bun:test";
import { sized } from "../helpers/size.ts";
import { runExplained } from "./explained.ts";

/** How many filters of the seed: TEST_EXPLAINED=10000 takes minutes. */
const COUNT = Number(process.env.TEST_EXPLAINED ?? sized(100, 300));
const SEED = 20_261_130;

test("explanations of generated filters have the engine's verdict, and both engines see the same conditions", async () => {
  const { faults, outcomes, explained, conditions, compared, tooLong } = await runExplained(COUNT, SEED);
  if (COUNT !== 300) console.log(JSON.stringify({ outcomes, explained, conditions, compared, tooLong }));
  expect(faults).toEqual([]);
  // It got to where it was to get to.
  expect(explained).toBeGreaterThan(COUNT);
  expect(compared).toBeGreaterThan(COUNT / 3);
  expect(tooLong).toBeLessThan(COUNT / 20);
  expect(Object.keys(outcomes)).toEqual(
    expect.arrayContaining(["compiled match", "compiled no_match", "quickjs match", "quickjs error"]),
  );
}, 3_600_000);
