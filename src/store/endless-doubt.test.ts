import { expect, test } from "bun:test";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import { closeTimeOf, type Kline, parseSymbol, type UnixMs } from "../core/mod.ts";
import { MarketStore } from "./mod.ts";

const BTC = parseSymbol("BTCUSDT");
const MINUTE = 60_000;
const START = Date.UTC(2026, 1, 10, 16);
/** Minutes of the hour. */
const MINUTES = minuteKlines(START, 60, 3, () => false);

function at(minute: number): UnixMs {
  return (START + minute * MINUTE) as UnixMs;
}

/** A store with minutes 0 to 37, the last three from the stream, which is then cut. */
function cutAfter37() {
  const store = new MarketStore({ intervals: ["1m", "5m"], capacity: 100 });
  const about = { base: "B", quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 8 } as const;
  store.apply({ type: "symbols", symbols: [{ symbol: BTC, ...about }] });
  const minute = (index: number): Kline => MINUTES[index] as Kline;
  const tell = (index: number, kline: Partial<Kline> = {}): void => {
    const eventTime = (closeTimeOf("1m", at(index)) + 1) as UnixMs;
    store.apply({ type: "kline", symbol: BTC, interval: "1m", kline: { ...minute(index), ...kline }, eventTime });
  };
  const answer = (from: number, to: number): void => {
    const klines = MINUTES.slice(from, to + 1);
    store.apply({
      type: "history",
      symbol: BTC,
      interval: "1m",
      from: at(from),
      to: at(to),
      klines,
      askedAt: at(to + 2),
    });
  };
  const read = (endTime?: UnixMs) => {
    const series = store.series(BTC, "5m");
    const { first = 0, end = 0, complete } = series?.select({ limit: 3, closedOnly: true, endTime }) ?? {};
    return { complete, last: end > first ? series?.ring.openTimeAt(end - 1) : undefined };
  };
  answer(0, 34);
  for (let index = 35; index <= 37; index += 1) tell(index);
  expect(read()).toEqual({ complete: true, last: at(30) });
  store.apply({ type: "gap", symbol: BTC, interval: "1m", from: at(38), reason: "no close" });
  return { tell, answer, read };
}

test("a hole that is filled while later minutes are in doubt makes no longer candle complete without those that can't be built yet", () => {
  const { tell, answer, read } = cutAfter37();
  // The stream comes back with minute 40, and loses the closes of 44 and of 46.
  for (let index = 40; index <= 48; index += 1)
    tell(index, index === 44 || index === 46 || index === 48 ? { closed: false } : {});
  expect(read().complete).toBe(false);
  answer(38, 40);
  expect(read()).toEqual({ complete: false, last: at(35) });
  answer(41, 47);
  expect(read()).toEqual({ complete: true, last: at(40) });
});

test("nor without those of which nothing is known yet", () => {
  const { tell, answer, read } = cutAfter37();
  for (let index = 50; index <= 52; index += 1) tell(index);
  answer(38, 39);
  expect(read(at(35))).toEqual({ complete: true, last: at(35) });
  expect(read(at(45))).toEqual({ complete: false, last: at(35) });
  answer(40, 51);
  expect(read(at(45))).toEqual({ complete: true, last: at(45) });
});
