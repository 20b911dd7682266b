import { expect, test } from "bun:test";
import { serveMarket } from "../../tests/helpers/served-market.ts";
import type { Series } from "../store/mod.ts";
import { AnswerCache } from "./answer-cache.ts";
import { CACHES, cacheMeters } from "./caches.ts";
import type { Caller } from "./caller.ts";
import { Compressor } from "./compression.ts";
import { klineParameters } from "./parameters.ts";
import type { ReadyAnswer } from "./respond.ts";
import { SeriesTags } from "./series-tags.ts";
import { TokenBucket } from "./token-bucket.ts";

const caller = { bucket: new TokenBucket({ amount: 1, perMs: 1 }) } as Caller;

test("what is kept is bounded, also when one series that doesn't move is asked in ever new ways, compressed", async () => {
  const market = serveMarket();
  const series = market.store.series("BTCUSDT" as never, "1m") as Series;
  const meters = cacheMeters();
  const cache = new AnswerCache(new SeriesTags(), meters);
  const ask = (startTime: number): ReadyAnswer => cache.klines(series, klineParameters(500, false, startTime));
  const { maxBytes } = CACHES.answers;
  let most = 0;
  for (let startTime = 0; startTime < 1_000; startTime += 1) {
    ask(startTime);
    most = Math.max(most, meters.answers.bytes);
  }
  // 1,000 answers of about 60 kB would be 60 MB.
  expect(most).toBeGreaterThan(maxBytes / 2);
  expect(most).toBeLessThan(maxBytes + 100_000);
  expect(meters.answers.evictions).toBeGreaterThan(300);
  expect(ask(999)).toBe(ask(999));

  const before = meters.answers.bytes;
  const gzip = new Headers({ "accept-encoding": "gzip" });
  const compressor = new Compressor(1);
  const [one, two] = [ask(999).for(gzip, caller, compressor), ask(999).for(gzip, caller, compressor)];
  // Whoever asks while it is made gets the same.
  expect(await one).toBe(await two);
  expect(meters.answers.bytes - before).toBe((await one).bytes);
  await market.server.stop();
});
