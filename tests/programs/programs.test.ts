import { expect, test } from "bun:test";
import { sized } from "../helpers/size.ts";
import { QUIET_BOUNDS, runPrograms } from "./programs.ts";

/** The same programs each time: npm run programs tries others, and holds them to the bounds of a quiet machine. */
const SEED = 20_261_129;

/** What isn't stopped takes seconds; a thread's own time, too, is several times as long on a busy machine. */
const BUSY_BOUNDS = { runMs: 10 * QUIET_BOUNDS.runMs, readingMs: 10 * QUIET_BOUNDS.readingMs };

test("generated programs end within their bound, and both engines say the same (npm run programs makes 20,000)", async () => {
  const { faults, compared, outcomes } = await runPrograms(sized(120, 300), SEED, BUSY_BOUNDS);
  expect(faults).toEqual([]);
  // It got to where it was to get to.
  expect(compared).toBeGreaterThan(30);
  expect(Object.keys(outcomes)).toEqual(expect.arrayContaining(["compiled match", "quickjs match", "quickjs stopped"]));
});
