import { afterEach, expect, test } from "bun:test";
import { MemoryPast, wholeSymbol } from "../../../tests/helpers/past.ts";
import { BTC, type ServedMarket, START, serveMarket } from "../../../tests/helpers/served-market.ts";
import { minuteKlines } from "../../../tests/helpers/truth.ts";
import type { Kline } from "../../core/mod.ts";

const MINUTE = 60_000;
/** Minutes of history; memory keeps the last 100 of them. */
const MINUTES = 300;

let market: ServedMarket;
afterEach(() => market.server.stop());

function sum(klines: readonly Kline[], amount: "volume" | "quoteVolume"): string {
  const units = klines.reduce((total, kline) => total + BigInt(Math.round(kline[amount] * 1e8)), 0n);
  return `${units / 100_000_000n}.${String(units % 100_000_000n).padStart(8, "0")}`;
}

test("a window that begins before memory is added up with the history's klines", async () => {
  const minutes = minuteKlines(START, MINUTES, 11, () => false);
  const past = new MemoryPast(new Map([[BTC, wholeSymbol(minutes)]]));
  market = serveMarket({ intervals: ["1m"], capacityKlines: 100, with: { past } });
  for (const hours of [2, 3, 4]) {
    const answer = await market.get(`/binance/api/v3/ticker?symbol=BTCUSDT&windowSize=${hours}h`);
    expect(answer.status).toBe(200);
    const openTime = START + (MINUTES - hours * 60) * MINUTE;
    const meant = minutes.filter((kline) => kline.openTime >= openTime);
    expect(await answer.json()).toMatchObject({
      openTime,
      openPrice: meant[0]?.open.toFixed(8),
      highPrice: Math.max(...meant.map(({ high }) => high)).toFixed(8),
      lowPrice: Math.min(...meant.map(({ low }) => low)).toFixed(8),
      lastPrice: meant.at(-1)?.close.toFixed(8),
      volume: sum(meant, "volume"),
      quoteVolume: sum(meant, "quoteVolume"),
      count: meant.reduce((all, { trades }) => all + trades, 0),
    });
  }
});

test("nothing is made of a window whose beginning the history lacks", async () => {
  const minutes = minuteKlines(START, MINUTES, 11, () => false);
  const past = new MemoryPast(new Map([[BTC, wholeSymbol(minutes.slice(150))]]));
  market = serveMarket({ intervals: ["1m"], capacityKlines: 100, with: { past } });
  expect((await market.get("/binance/api/v3/ticker?symbol=BTCUSDT&windowSize=2h")).status).toBe(200);
  const answer = await market.get("/binance/api/v3/ticker?symbol=BTCUSDT&windowSize=4h");
  expect([answer.status, await answer.json()]).toEqual([400, expect.objectContaining({ code: -1130 })]);
});
