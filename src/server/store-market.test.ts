import { expect, test } from "bun:test";
import { restarted } from "../../tests/helpers/restarted.ts";
import { emptyKline, type Kline, parseSymbol, type UnixMs } from "../core/mod.ts";
import { MarketStore } from "../store/mod.ts";
import { StoreMarket } from "./store-market.ts";

const BTC = parseSymbol("BTCUSDT");
const MINUTE_MS = 60_000;
const START = Date.UTC(2026, 1, 10);

/** The stream's state of a minute, this many minutes after the start. */
function streamMinute(store: MarketStore, index: number): void {
  const openTime = (START + index * MINUTE_MS) as UnixMs;
  const closeTime = (openTime + MINUTE_MS - 1) as UnixMs;
  const prices = { open: 1, high: 1, low: 1, close: 1 };
  const kline: Kline = { ...emptyKline(), ...prices, openTime, closeTime, closed: false };
  store.apply({ type: "kline", symbol: BTC, interval: "1m", eventTime: (openTime + 1_000) as UnixMs, kline });
}

test("after a restart the last close isn't known until the exchange sends its time: the checkpoint's close is of another day", async () => {
  const before = new MarketStore({ intervals: ["1m"], capacity: 10 });
  const info = { symbol: BTC, base: "BTC", quote: "USDT", priceDecimals: 2, quantityDecimals: 5 };
  before.apply({ type: "symbols", symbols: [{ ...info, status: "TRADING" }] });
  const closeTimes = async (store: MarketStore): Promise<unknown> =>
    (await new StoreMarket(store, () => "simulated").closes())["1m"]?.closeTime;
  expect(await closeTimes(before)).toBeUndefined();
  streamMinute(before, 5);
  expect(await closeTimes(before)).toBe(START + 5 * MINUTE_MS - 1);
  const after = restarted(before);
  expect(after.marketTime).toBe(before.marketTime);
  expect(await closeTimes(after)).toBeUndefined();
  streamMinute(after, 90);
  expect(await closeTimes(after)).toBe(START + 90 * MINUTE_MS - 1);
});
