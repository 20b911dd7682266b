import { expect, test } from "bun:test";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import { type Interval, type Kline, marketOf, openTimeOf, parseSymbol, type Symbol, type UnixMs } from "../core/mod.ts";
import { readKlines } from "./read.ts";
import { MarketStore } from "./store.ts";

const SYMBOL = parseSymbol("BTCUSDT");
const MINUTE = 60_000;
const DAY = Date.UTC(2018, 1, 8);
const HALT = (DAY + 28 * MINUTE + 14_788) as UnixMs;
const AGAIN = DAY + 34 * 60 * MINUTE;

/** The outage of 2018-02-08: the last minute ended within itself, and the next one opened on the day after at ten. */
const MINUTES: readonly Kline[] = [
  ...minuteKlines(DAY - 60 * MINUTE, 89, 1, () => false).map((kline, index) =>
    index === 88 ? { ...kline, closeTime: HALT } : kline,
  ),
  ...minuteKlines(AGAIN, 61, 2, () => false),
];

function newStore(): MarketStore {
  const store = new MarketStore({ intervals: ["1m", "5m", "1h", "2h", "1d"], capacity: 200 });
  const about = { base: "BTC", quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 5 } as const;
  store.apply({ type: "symbols", symbols: [{ symbol: SYMBOL, ...about }] });
  return store;
}

function closeTimes(store: MarketStore, interval: Interval, symbol: Symbol = SYMBOL): Map<number, number> {
  const series = store.series(symbol, interval);
  if (series === undefined) throw new Error("it is served");
  const closed = readKlines(series, { first: 0, end: series.ring.length }).filter((kline) => kline.closed);
  return new Map(closed.map(({ openTime, closeTime }) => [openTime, closeTime]));
}

function history(store: MarketStore, interval: Interval, klines: readonly Kline[]): void {
  const [from, to] = [klines[0]?.openTime as UnixMs, klines.at(-1)?.openTime as UnixMs];
  const askedAt = (AGAIN + 24 * 60 * MINUTE) as UnixMs;
  store.apply({ type: "history", symbol: SYMBOL, interval, from, to, klines, askedAt });
}

/** The exchange is asked for the hours of the outage, as the minutes don't tell that there are none. */
function hoursOfTheOutage(store: MarketStore): void {
  const [from, to] = [(DAY + 60 * MINUTE) as UnixMs, (AGAIN - 60 * MINUTE) as UnixMs];
  store.apply({ type: "history", symbol: SYMBOL, interval: "1h", from, to, klines: [] });
}

function expectEarlyCloses(store: MarketStore): void {
  expect(closeTimes(store, "5m").get(DAY + 25 * MINUTE)).toBe(HALT);
  expect(closeTimes(store, "1h").get(DAY)).toBe(HALT);
  expect(closeTimes(store, "2h").get(DAY)).toBe(HALT);
  expect(closeTimes(store, "1d").get(DAY)).toBe(HALT);
  // What has a candle of its own at its end closes as its interval does.
  expect(closeTimes(store, "5m").get(DAY + 20 * MINUTE)).toBe(DAY + 25 * MINUTE - 1);
  expect(closeTimes(store, "1h").get(AGAIN)).toBe(AGAIN + 60 * MINUTE - 1);
}

test("longer candles end with the last minute before an outage, read from history", () => {
  const store = newStore();
  history(store, "1m", MINUTES);
  hoursOfTheOutage(store);
  expectEarlyCloses(store);
});

test("and when the stream brings them, once the exchange has said that nothing is between", () => {
  const store = newStore();
  history(store, "1m", MINUTES.slice(0, 61));
  for (const kline of MINUTES.slice(61)) {
    const eventTime = (kline.openTime + MINUTE) as UnixMs;
    store.apply({ type: "kline", symbol: SYMBOL, interval: "1m", kline, eventTime });
  }
  history(store, "1m", MINUTES.slice(61));
  hoursOfTheOutage(store);
  expectEarlyCloses(store);
});

test("the audit finds nothing to restate in either kind of close", () => {
  const store = newStore();
  history(store, "1m", MINUTES);
  hoursOfTheOutage(store);
  const series = store.series(SYMBOL, "1d");
  if (series === undefined) throw new Error("it is served");
  const days = readKlines(series, { first: 0, end: series.ring.length }).filter(({ closed }) => closed);
  const own = days.map((day) => (day.openTime === DAY ? { ...day, closeTime: HALT } : day));
  expect(own.map(({ openTime }) => openTime)).toContain(openTimeOf("1d", DAY));
  history(store, "1d", own);
  expect(store.restated).toEqual({ klines: 0, columns: {} });
});

test("on a market that tells no early end, a candle that lacks its last minutes ends with its interval", () => {
  const closeTimeOn = (name: string): number | undefined => {
    const symbol = parseSymbol(name);
    const store = new MarketStore({ market: marketOf(symbol), intervals: ["1m", "5m"], capacity: 100 });
    const about = { base: "BTC", quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 5 } as const;
    store.apply({ type: "symbols", symbols: [{ symbol, ...about }] });
    const klines = minuteKlines(DAY, 3, 1, () => false);
    store.apply({
      type: "history",
      symbol,
      interval: "1m",
      from: DAY as UnixMs,
      to: (DAY + 7 * MINUTE) as UnixMs,
      klines,
    });
    return closeTimes(store, "5m", symbol).get(DAY);
  };
  expect(closeTimeOn("BTCUSDT")).toBe(DAY + 3 * MINUTE - 1);
  expect(closeTimeOn("BYBIT:BTCUSDT")).toBe(DAY + 5 * MINUTE - 1);
  expect(closeTimeOn("BYBIT:BTCUSDT.P")).toBe(DAY + 5 * MINUTE - 1);
});
