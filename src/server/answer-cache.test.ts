import { expect, test } from "bun:test";
import { serveMarket } from "../../tests/helpers/served-market.ts";
import type { Series } from "../store/mod.ts";
import { AnswerCache } from "./answer-cache.ts";

test("what is kept is bounded, also when one series that doesn't move is asked in ever new ways", async () => {
  const market = serveMarket();
  const series = market.store.series("BTCUSDT" as never, "1m") as Series;
  const cache = new AnswerCache("boot");
  const ask = (startTime: number): unknown =>
    cache.klines(series, { limit: 500, startTime, endTime: undefined, closedOnly: false, shape: `500 ${startTime}` });
  let most = 0;
  for (let startTime = 0; startTime < 2_000; startTime += 1) {
    ask(startTime);
    most = Math.max(most, cache.answerBytes);
  }
  // 2,000 answers of about 60 kB, twice each, would be 240 MB.
  expect(most).toBeGreaterThan(32 * 1_048_576);
  expect(most).toBeLessThan(65 * 1_048_576);
  expect(ask(1_999)).toBe(ask(1_999));
  await market.server.stop();
});
