import { expect, test } from "bun:test";
import { hasRecorded } from "../helpers/recorded.ts";
import { killRounds } from "./rounds.ts";

/** A few rounds; `npm run kill` does fifty. */
const ROUNDS = 3;

/** The same rounds each time: npm run kill takes another seed. */
const SEED = 20_261_129;

test.skipIf(!hasRecorded)(
  "a server that is killed at any moment goes on from its checkpoint, and ends up with the recording",
  async () => {
    const report = await killRounds(ROUNDS, SEED, console.log);
    expect(report.faults).toEqual([]);
    expect(report.endCompared).toBeGreaterThan(20_000);
  },
  300_000,
);
