import { expect, test } from "bun:test";
import { hasRecorded } from "../helpers/recorded.ts";
import { killRounds } from "./rounds.ts";

/** A few rounds; `npm run kill` does fifty. */
const ROUNDS = 3;

test.skipIf(!hasRecorded)(
  "a server that is killed at any moment goes on from its checkpoint, and ends up with the recording",
  async () => {
    const seed = crypto.getRandomValues(new Uint32Array(1))[0] as number;
    console.log(`kill: seed ${seed}, repeat with: npm run kill -- --rounds ${ROUNDS} --seed ${seed}`);
    const report = await killRounds(ROUNDS, seed, console.log);
    expect(report.faults).toEqual([]);
    expect(report.endCompared).toBeGreaterThan(20_000);
  },
  300_000,
);
