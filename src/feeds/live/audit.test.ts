import { afterEach, expect, test } from "bun:test";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import {
  addCandles,
  closeTimeOf,
  type MarketEvent,
  type MarketGaps,
  openTimeOf,
  parseSymbol,
  seededRandom,
  type UnixMs,
} from "../../core/mod.ts";
import { BINANCE } from "../binance/binance.ts";
import { BINANCE_STREAMS } from "../binance/streams.ts";
import { Asker } from "./asking/asker.ts";
import { Audit } from "./audit.ts";
import { Followed } from "./followed.ts";

const SYMBOL = parseSymbol("BTCUSDT");
const NOW = Date.UTC(2026, 1, 10, 12, 30, 20) as UnixMs;
const EVERY_MS = 1_000;
const stopping = new AbortController();
afterEach(() => stopping.abort(new Error("the test is over")));

test("a round reads all that is held again, of 2,500 klines too, each once", async () => {
  const clock = new ManualClock(NOW);
  const to = openTimeOf("1m", NOW);
  const from = addCandles("1m", to, -2_499);
  const gaps: MarketGaps = { intervals: ["1m"], missing: () => [], span: () => ({ from, to }) };
  const read: MarketEvent[] = [];
  const fetchIt = (input: string | URL | Request): Promise<Response> => {
    const query = new URL(String(input)).searchParams;
    const rows: unknown[] = [];
    for (let at = Number(query.get("startTime")); at < Number(query.get("endTime")); at = addCandles("1m", at, 1)) {
      rows.push([at, "1", "1", "1", "1", "1", closeTimeOf("1m", at), "1", 1, "0.5", "0.5", "0"]);
    }
    expect(rows.length).toBeLessThanOrEqual(BINANCE.rest.rows);
    return Promise.resolve(Response.json(rows));
  };
  const random = seededRandom(7);
  const followed = new Followed(
    { symbol: SYMBOL, base: "BTC", quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 5 },
    BINANCE_STREAMS,
    false,
  );
  followed.isWarm = true;
  const fetcher = Object.assign(fetchIt, { preconnect: () => {} });
  const audit = new Audit({
    rest: new Asker({
      exchange: BINANCE,
      baseUrl: "http://exchange",
      clock,
      stopwatch: clock.stopwatch,
      random,
      fetch: fetcher,
    }),
    gaps,
    sink: (event) => read.push(event),
    clock,
    random,
    everyMs: EVERY_MS,
    followed: () => [followed],
    corrections: () => 0,
    marketTime: () => NOW,
    failed: (cause) => {
      throw cause;
    },
  });
  void audit.run(stopping.signal);
  while (audit.rounds < 2) await clock.turn(EVERY_MS);
  const opened = read
    .slice(0, 3)
    .flatMap((event) => (event.type === "history" ? event.klines.map(({ openTime }) => openTime) : []));
  // The present candle and those of the last two minutes may still be settling.
  const settled = addCandles("1m", openTimeOf("1m", NOW - 120_000), -1);
  expect(opened.sort((a, b) => a - b)).toEqual(
    Array.from({ length: 2_500 }, (_, at) => addCandles("1m", from, at)).filter((openTime) => openTime <= settled),
  );
});
