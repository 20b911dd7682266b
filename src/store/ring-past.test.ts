import { expect, test } from "bun:test";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import { type Kline, parseSymbol, type UnixMs } from "../core/mod.ts";
import { RingPast } from "./ring-past.ts";
import { MarketStore } from "./store.ts";

const BTC = parseSymbol("BTCUSDT");
const START = Date.UTC(2026, 1, 10) as UnixMs;
const at = (minute: number): UnixMs => (START + minute * 60_000) as UnixMs;
const minutes = minuteKlines(START, 130, 1, (index) => index === 50);

/** A store with the first hundred minutes as history and the later ones from the stream; 110 to 112 are missing. */
function heard(capacity = 500): MarketStore {
  const store = new MarketStore({ intervals: ["1m", "5m"], capacity });
  const about = { base: "BTC", quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 2 } as const;
  store.apply({ type: "symbols", symbols: [{ symbol: BTC, ...about }] });
  const before = minutes.filter(({ openTime }) => openTime < at(100));
  store.apply({ type: "history", symbol: BTC, interval: "1m", from: at(-10), to: at(99), klines: before });
  const stream = (kline: Kline): void => {
    store.apply({ type: "kline", symbol: BTC, interval: "1m", kline, eventTime: (kline.openTime + 60_000) as UnixMs });
  };
  for (const kline of minutes) {
    const minute = (kline.openTime - START) / 60_000;
    if (minute < 100 || (minute >= 110 && minute <= 112)) continue;
    stream(minute === 129 ? { ...kline, closed: false } : kline);
  }
  return store;
}

test("the past in the rings ends with the last closed minute", async () => {
  const past = new RingPast(heard());
  expect(await past.symbols("binance")).toEqual([{ symbol: BTC, span: { from: START, to: at(128) } }]);
  expect(await past.symbols("bybit")).toEqual([]);
});

test("what was cut is not settled, and what the exchange doesn't have is", async () => {
  const past = new RingPast(heard());
  const everything = { from: at(-1_000), to: at(1_000) };
  expect(await past.settled(BTC, everything)).toEqual([
    { from: at(-10), to: at(109) },
    { from: at(113), to: at(128) },
  ]);
  expect(await past.settled(BTC, { from: at(20), to: at(60) })).toEqual([{ from: at(20), to: at(60) }]);
});

test("reads closed minutes in columns, what a ring no longer has not among them", async () => {
  const read = async (past: RingPast): Promise<number[]> => {
    const opened: number[] = [];
    for await (const { columns, length } of past.read(BTC, { from: at(45), to: at(1_000) })) {
      expect(columns.close).toHaveLength(length);
      opened.push(...columns.openTime);
    }
    return opened;
  };
  const there = minutes.filter(({ openTime }) => openTime >= at(45) && openTime < at(129));
  const known = there.map(({ openTime }) => openTime).filter((time) => time < at(110) || time > at(112));
  expect(await read(new RingPast(heard()))).toEqual(known);
  const short = await read(new RingPast(heard(61)));
  expect(short.length).toBeLessThan(known.length);
  expect(short).toEqual(known.slice(-short.length));
});
