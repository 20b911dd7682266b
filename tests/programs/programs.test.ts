import { expect, test } from "bun:test";
import { runPrograms } from "./programs.ts";

test("generated programs end within their bound, and both engines say the same (npm run programs makes 20,000)", async () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  console.info(`programs: seed ${seed}`);
  const { faults, compared, outcomes } = await runPrograms(300, seed);
  expect(faults).toEqual([]);
  // It got to where it was to get to.
  expect(compared).toBeGreaterThan(30);
  expect(Object.keys(outcomes)).toEqual(expect.arrayContaining(["compiled match", "quickjs match", "quickjs stopped"]));
});
