import { expect, test } from "bun:test";
import { simulate } from "./simulate.ts";

/** Often enough that most kinds come in a short run. */
const FAULTS =
  "all,list=6/h,delist=2/h,http-429=6/h,http-418=2/h,stall=6/h,disconnect=10/h,restate=0.02,garbage=0.004,shutdown=3/h," +
  "junk-frames=3/h,dead-air=1/h,retry-after=3/h,passing-1121=0.05,wrong-unit=0.03";

/**
 * The hashes of all that happens in five runs, by seed. A change that isn't meant to change what the feed, the store or the stand-in
 * does keeps them. One that is meant to says so, and takes the new ones over.
 */
const STORIES: Readonly<Record<number, string>> = {
  1: "b243ab92e6260efdaa8bc6efc458a349ce3280ec0fb90b79cee855e421df2f68",
  2: "6b2b2762f3f79b0955b044c66c5701b0d5715cd40f0e6653cac94d361832d020",
  3: "7a40b5fb27fb3602924bdfef5d0dde28e58624a4ff14ba766dbaca1b42a5eca2",
  4: "1603c78909979b4ca9c813ed9b4fd767116771635b3b56e5ef3318ab56a0e57e",
  5: "8e80be3a95be6f3ad9fbd37ea124de2d24531181d362eb9bc0c0e6eb57744a66",
};

test.each(Object.entries(STORIES))("Binance spot's story of seed %s is what it was", async (text, story) => {
  const seed = Number(text);
  const outcome = await simulate({
    seed,
    ...{ hours: 0.3, symbols: 3, intervals: ["1m", "5m"], capacity: 40, faults: FAULTS },
    // Of those with an even seed, several connections.
    streamsPerConnection: seed % 2 === 0 ? 3 : 400,
    ...{ killsPerHour: 5, clockStepsPerHour: 6 },
  });
  expect([outcome.story, outcome.violations]).toEqual([story, []]);
});
