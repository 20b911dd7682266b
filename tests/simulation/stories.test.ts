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
  1: "6424a416edf02e42b29a7ea8094eb5a3dcad6438829feb0caa7e1f4d24de17ac",
  2: "a22a3a42cd0b976d0924e2b652e8f8bcb539084227a66fc5aa8e325f3ea46c57",
  3: "51236bb63d4df5c804324e4e853583983181ca17646e876b22705c5e9fe59d3d",
  4: "02c73ebcb0388cdf831e15284b5b560d0423e80a9663abfb8d3230a442584ca7",
  5: "40ef7bd5c3bf96a05772a2b54fdc675810d325077793623741000fe135a42c05",
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
