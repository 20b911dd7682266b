import { expect, test } from "bun:test";
import { addCandles, closeTimeOf, type Interval, type Kline, parseSymbol, type UnixMs } from "../../core/mod.ts";
import { MarketStore } from "../../store/mod.ts";
import { StoredMinutes } from "./stored-minutes.ts";

const SYMBOL = parseSymbol("BTCUSDT");
const START = Date.UTC(2026, 1, 10, 12) as UnixMs;
const MINUTE = 60_000;
/** The ring of minutes is longer than what an answer holds. */
const CAPACITY = 100;

function klineOf(interval: Interval, openTime: UnixMs, price: number, volume: number, closed = true): Kline {
  const closeTime = closeTimeOf(interval, openTime);
  const taken = { quoteVolume: 1, trades: 1, takerBuyVolume: 0, takerBuyQuoteVolume: 0 };
  return { openTime, closeTime, open: price, close: price, high: price + 1, low: price - 1, volume, closed, ...taken };
}

/** A store with so many minutes and as many candles of 5m, up to the minute that is open at the start. Each minute has the volume 1. */
function filled(): { store: MarketStore; past: StoredMinutes; at: (minutes: number) => UnixMs } {
  const store = new MarketStore({ intervals: ["1m", "5m"], capacity: CAPACITY });
  const about = { base: "BTC", quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 2 } as const;
  store.apply({ type: "symbols", symbols: [{ symbol: SYMBOL, ...about }] });
  for (const [interval, length] of [
    ["5m", 5],
    ["1m", 1],
  ] as const) {
    const klines = Array.from({ length: CAPACITY }, (_, at) => {
      const openTime = addCandles(interval, START, at - CAPACITY);
      return klineOf(interval, openTime, 100 + (openTime - START) / MINUTE / 10, length);
    });
    const [from, to] = [klines[0]?.openTime as UnixMs, klines.at(-1)?.openTime as UnixMs];
    store.apply({ type: "history", symbol: SYMBOL, interval, from, to, klines });
  }
  const at = (minutes: number): UnixMs => (START + minutes * MINUTE) as UnixMs;
  return { store, past: new StoredMinutes(store), at };
}

test("a span of minutes is read from the minutes, exactly", () => {
  const { past, at } = filled();
  expect(past.extremes(SYMBOL, at(-10), at(0))).toEqual({ low: 98, high: 100.9 });
  expect(past.volume(SYMBOL, at(-10), at(-3))).toEqual({ volume: 7, minutes: 7 });
  expect(past.extremes(SYMBOL, at(0), at(0))).toEqual({
    ...{ low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY },
  });
});

test("what is older than the minutes comes from longer candles, as far as they lie in the span", () => {
  const { past, at } = filled();
  expect(past.volume(SYMBOL, at(-300), at(0))).toEqual({ volume: 300, minutes: 300 });
  expect(past.extremes(SYMBOL, at(-300), at(0))).toEqual({ low: 69, high: 100.9 });
  // The candle that opens at -300 begins before the span.
  expect(past.volume(SYMBOL, at(-298), at(0))).toEqual({ volume: 295, minutes: 295 });
  expect(past.volume(SYMBOL, at(-600), at(0))).toBeUndefined();
});

test("nothing is said while something of the span is in doubt, or its last minute isn't final", () => {
  const { store, past, at } = filled();
  const kline = klineOf("1m", at(0), 200, 5, false);
  store.apply({ type: "kline", symbol: SYMBOL, interval: "1m", kline, eventTime: (at(0) + 1) as UnixMs });
  expect(past.extremes(SYMBOL, at(-5), at(0))).toEqual({ low: 98.5, high: 100.9 });
  expect(past.extremes(SYMBOL, at(-5), at(1))).toBeUndefined();
  store.apply({ type: "gap", symbol: SYMBOL, interval: "1m", from: at(-3), reason: "test" });
  expect(past.extremes(SYMBOL, at(-5), at(0))).toBeUndefined();
  expect(past.extremes(SYMBOL, at(-5), at(-3))).toEqual({ low: 98.5, high: 100.6 });
  expect(past.volume(parseSymbol("ETHUSDT"), at(-5), at(0))).toBeUndefined();
});
