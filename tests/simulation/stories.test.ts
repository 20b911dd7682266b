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
  1: "2d541c2aca42d184f53b8e23ed89d3eae392a5fa385c3f60001711349169131d",
  2: "6b2b2762f3f79b0955b044c66c5701b0d5715cd40f0e6653cac94d361832d020",
  3: "5da3c48da6164edec48756c8ce7d01c2645b9a48445832b9de0451a5eef374b7",
  4: "0e91bf15658baf0af45440a2cf4dbaaa041bfec3a1bffc07d50d5da976e46b90",
  5: "29bfb57218f362de26cef749d296ae5aa36c8c6ca5089d1cba556e52e21efb13",
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
