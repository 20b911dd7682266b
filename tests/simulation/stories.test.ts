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
  1: "793f3440ab5c1223f8e22d89d23d76da4257d95e4ed0183cbde7f381a9574e65",
  2: "c69c3b1d9dfc29a3cc75bf230b08fdb6a56bda9f2a2416ac9d66d8630a436894",
  3: "73186f07a56416afdfe9fdab2d5d15cea8a3c4b04d0055303d16ac74525363b6",
  4: "a0cefa11c02bb2f75f556326d6752e90aa92cfe1a1ee0f94ce1c7235282788b0",
  5: "366392265509152b44fbc25968d0004bd1d8c9898d118bb517e61e729a134606",
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
