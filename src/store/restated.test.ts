import { beforeEach, describe, expect, test } from "bun:test";
import { minuteKlines, rolledUp } from "../../tests/helpers/truth.ts";
import { type Interval, type Kline, parseSymbol, type UnixMs } from "../core/mod.ts";
import { readKlines } from "./read.ts";
import type { Series } from "./series.ts";
import { MarketStore } from "./store.ts";

const START = Date.UTC(2026, 1, 10) as UnixMs;
const MINUTE = 60_000;
const SYMBOL = parseSymbol("BTCUSDT");
const truth = minuteKlines(START, 20, 3, () => false);

let store: MarketStore;
let restated: { interval: Interval; openTime: number }[];
let told: number;

beforeEach(() => {
  store = new MarketStore({ intervals: ["1m", "5m"], capacity: 100 });
  restated = [];
  told = 0;
  store.apply({
    type: "symbols",
    symbols: [{ symbol: SYMBOL, base: "BTC", quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 5 }],
  });
  for (const interval of store.intervals) history(interval, [], START - 500 * MINUTE, START);
  for (const kline of truth) {
    store.apply({ type: "kline", symbol: SYMBOL, interval: "1m", kline, eventTime: (kline.closeTime + 1) as UnixMs });
  }
  store.listen({
    kline: () => {
      told += 1;
    },
    restated: ({ interval }, { openTime }) => void restated.push({ interval, openTime }),
  });
});

function history(interval: Interval, klines: readonly Kline[], from: number, to: number, askedAt?: number): void {
  const range = { from: from as UnixMs, to: to as UnixMs };
  const asked = askedAt === undefined ? {} : { askedAt: askedAt as UnixMs };
  store.apply({ type: "history", symbol: SYMBOL, interval, klines, ...range, ...asked });
}

function series(interval: Interval): Series {
  return store.series(SYMBOL, interval) as Series;
}

function held(interval: Interval, openTime: number): Kline | undefined {
  const { ring } = series(interval);
  return readKlines(series(interval), { first: 0, end: ring.length }).find((kline) => kline.openTime === openTime);
}

const third = truth[2] as Kline;
const raised: Kline = { ...third, volume: third.volume + 1, trades: third.trades + 3 };
const NOW = START + 20 * MINUTE;

test("what REST tells otherwise long after the close is taken over, marked, counted and told as restated, not as a close", () => {
  const { version, rewrites } = series("1m");
  history("1m", [raised], third.openTime, third.openTime, NOW);
  expect(held("1m", third.openTime)).toEqual(raised);
  expect(series("1m").restated()).toBe(1);
  expect(series("1m").version).toBeGreaterThan(version);
  expect(series("1m").rewrites).toBeGreaterThan(rewrites);
  expect(store.restated).toEqual({ klines: 1, columns: { volume: 1, trades: 1 } });
  expect(restated).toEqual([{ interval: "1m", openTime: third.openTime }]);
  expect(told).toBe(0);
});

test("minutes that are read again meanwhile don't make a longer candle certain that still holds the old figures", () => {
  history("1m", [raised], third.openTime, third.openTime, NOW);
  const again = truth.map((kline) => (kline.openTime === third.openTime ? raised : kline));
  history("1m", again, START, NOW - MINUTE, NOW);
  expect(store.missing(SYMBOL, "5m", NOW as UnixMs)).toEqual([{ from: START, to: START }]);
  const [five] = rolledUp("5m", again, NOW);
  history("5m", [five as Kline], START, START, NOW);
  expect([held("5m", START), store.missing(SYMBOL, "5m", NOW as UnixMs)]).toEqual([five, []]);
});

test("the longer candle that holds it is in doubt until the exchange is asked, and then restated too", () => {
  history("1m", [raised], third.openTime, third.openTime, NOW);
  expect(store.missing(SYMBOL, "5m", NOW as UnixMs)).toEqual([{ from: START, to: START }]);
  expect(series("5m").select({ limit: 100 }).complete).toBe(false);
  const five = { ...(held("5m", START) as Kline), volume: 777.5 };
  history("5m", [five], START, START, NOW);
  expect(held("5m", START)).toEqual(five);
  expect(store.missing(SYMBOL, "5m", NOW as UnixMs)).toEqual([]);
});

test("a longer candle that REST tells otherwise puts the minutes in it in doubt", () => {
  const five = { ...(held("5m", START) as Kline), volume: 777.5 };
  history("5m", [five], START, START, NOW);
  expect(store.missing(SYMBOL, "1m", NOW as UnixMs)).toEqual([{ from: START, to: (START + 4 * MINUTE) as UnixMs }]);
  history("1m", truth.slice(0, 5), START, START + 4 * MINUTE, NOW);
  expect(store.missing(SYMBOL, "1m", NOW as UnixMs)).toEqual([]);
  expect(series("1m").restated()).toBe(0);
});

test("an answer that may have been asked too early only contradicts: the candle stays as it was, in doubt", () => {
  for (const askedAt of [third.closeTime + 5_000, undefined]) {
    history("1m", [raised], third.openTime, third.openTime, askedAt);
    expect(held("1m", third.openTime)).toEqual(third);
    expect(store.missing(SYMBOL, "1m", NOW as UnixMs)).toEqual([{ from: third.openTime, to: third.openTime }]);
  }
  expect(store.outcomes.contradiction).toBe(2);
  history("1m", [third], third.openTime, third.openTime, NOW);
  expect(store.missing(SYMBOL, "1m", NOW as UnixMs)).toEqual([]);
});

test("a stream that contradicts its own close isn't believed, but leaves a doubt", () => {
  const eventTime = (third.closeTime + 20_000) as UnixMs;
  store.apply({ type: "kline", symbol: SYMBOL, interval: "1m", kline: raised, eventTime });
  expect(held("1m", third.openTime)).toEqual(third);
  expect(store.missing(SYMBOL, "1m", NOW as UnixMs)).toEqual([{ from: third.openTime, to: third.openTime }]);
});

test("a candle that is over, and that REST knows nothing of, is never called complete", () => {
  const openTime = NOW as UnixMs;
  const open = { ...third, openTime, closeTime: (openTime + MINUTE - 1) as UnixMs, closed: false };
  store.apply({ type: "kline", symbol: SYMBOL, interval: "1m", kline: open, eventTime: openTime });
  expect(series("1m").select({ limit: 1 }).complete).toBe(true);
  history("1m", [], openTime, openTime, openTime + 2 * MINUTE);
  expect(series("1m").select({ limit: 1 }).complete).toBe(false);
  expect(store.missing(SYMBOL, "1m", (openTime + 2 * MINUTE) as UnixMs)[0]?.from).toBe(openTime);
});

test("an answer from before its close doesn't settle a candle that lost its close meanwhile", () => {
  const openTime = NOW as UnixMs;
  const open = { ...third, openTime, closeTime: (openTime + MINUTE - 1) as UnixMs, closed: false };
  const next = { ...open, openTime: (openTime + MINUTE) as UnixMs, closeTime: (openTime + 2 * MINUTE - 1) as UnixMs };
  for (const kline of [open, next]) {
    store.apply({ type: "kline", symbol: SYMBOL, interval: "1m", kline, eventTime: (kline.openTime + 1) as UnixMs });
  }
  // It was asked while the candle was open, and came when the next one had begun.
  history("1m", [open], openTime, openTime, openTime + 50_000);
  expect(series("1m").select({ limit: 1, endTime: openTime }).complete).toBe(false);
  expect(store.missing(SYMBOL, "1m", next.openTime)).toEqual([{ from: openTime, to: openTime }]);
  history("1m", [{ ...open, closed: true }], openTime, openTime, openTime + MINUTE + 5_000);
  expect(store.missing(SYMBOL, "1m", next.openTime)).toEqual([]);
});

test("a symbol that is delisted keeps its klines; what isn't final by then stays in doubt; one that isn't followed goes", () => {
  const openTime = NOW as UnixMs;
  const open = { ...third, openTime, closeTime: (openTime + MINUTE - 1) as UnixMs, closed: false };
  store.apply({ type: "kline", symbol: SYMBOL, interval: "1m", kline: open, eventTime: openTime });
  const [info] = store.symbols();
  if (info === undefined) throw new Error("there is a symbol");
  store.apply({ type: "symbols", symbols: [{ ...info, status: "DELISTED" }] });
  expect(series("1m").select({ limit: 5, closedOnly: true }).end).toBe(20);
  expect(series("1m").select({ limit: 5 }).complete).toBe(false);
  expect(store.close("1m")).toMatchObject({ total: 0, pending: [] });
  store.apply({ type: "symbols", symbols: [] });
  expect(store.series(SYMBOL, "1m")).toBeUndefined();
});

describe("a closed candle of which some figures are unknown", () => {
  const known = minuteKlines(START + 20 * MINUTE, 5, 4, () => false);
  const end = START + 25 * MINUTE;
  const window = START + 20 * MINUTE;
  const UNKNOWN = { takerBuyVolume: Number.NaN, takerBuyQuoteVolume: Number.NaN };

  beforeEach(() => {
    for (const kline of known) {
      const eventTime = (kline.closeTime + 1) as UnixMs;
      store.apply({ type: "kline", symbol: SYMBOL, interval: "1m", kline: { ...kline, ...UNKNOWN }, eventTime });
    }
    [told, restated] = [0, []];
  });

  test("is completed by what history tells, and so is the longer one; that is no restatement, and no close", () => {
    const [unknownFive] = rolledUp("5m", known, end) as [Kline];
    expect(held("5m", window)).toEqual({ ...unknownFive, ...UNKNOWN });
    const { version, rewrites } = series("5m");
    history("1m", known, window, end - MINUTE, end);
    for (const kline of known) expect(held("1m", kline.openTime)).toEqual(kline);
    expect(held("5m", window)).toEqual(unknownFive);
    expect(series("5m").version).toBeGreaterThan(version);
    expect(series("5m").rewrites).toBeGreaterThan(rewrites);
    expect([series("1m").restated(), store.restated.klines, store.outcomes.contradiction]).toEqual([0, 0, 0]);
    expect([told, restated]).toEqual([0, []]);
    expect(store.missing(SYMBOL, "1m", end as UnixMs)).toEqual([]);
    expect(store.missing(SYMBOL, "5m", end as UnixMs)).toEqual([]);
  });

  test("stays as it is where history doesn't know them either, or knows less", () => {
    const { version } = series("1m");
    const [first, second] = known as [Kline, Kline];
    expect(series("1m").put({ ...first, ...UNKNOWN }, "rest")).toBe("same");
    expect(series("1m").put({ ...second, ...UNKNOWN, trades: Number.NaN }, "rest")).toBe("same");
    expect(held("1m", second.openTime)).toEqual({ ...second, ...UNKNOWN });
    expect(series("1m").version).toBe(version);
  });

  test("is completed figure by figure, and stays marked where it was restated", () => {
    const [first] = known as [Kline];
    const changed = { ...first, ...UNKNOWN, volume: first.volume + 1 };
    history("1m", [changed], window, window, end);
    expect(restated).toEqual([{ interval: "1m", openTime: first.openTime }]);
    expect(series("1m").put({ ...changed, takerBuyVolume: 0.5, trades: Number.NaN }, "rest")).toBe("completed");
    expect(held("1m", first.openTime)).toEqual({ ...changed, takerBuyVolume: 0.5 });
    expect(series("1m").restated()).toBe(1);
  });

  test("is restated where a figure that was known is another one", () => {
    const [first] = known as [Kline];
    history("1m", [{ ...first, volume: first.volume + 1 }], window, window, end);
    expect(held("1m", first.openTime)).toEqual({ ...first, volume: first.volume + 1 });
    expect(store.restated).toEqual({
      klines: 1,
      columns: { volume: 1, takerBuyVolume: 1, takerBuyQuoteVolume: 1 },
    });
  });
});

test("open states are ordered by event time, and those of one event time by volume; the same one again is no news", () => {
  const openTime = NOW as UnixMs;
  const closeTime = (openTime + MINUTE - 1) as UnixMs;
  const open = { ...third, openTime, closeTime, closed: false, trades: Number.NaN, volume: 10 };
  const put = (volume: number, eventTime: number) => series("1m").put({ ...open, volume }, "stream", eventTime);
  expect(put(10, openTime + 1_000)).toBe("added");
  expect(put(10, openTime + 1_000)).toBe("same");
  expect(put(9, openTime + 1_000)).toBe("stale");
  expect(put(11, openTime + 1_000)).toBe("updated");
  expect(put(12, openTime + 999)).toBe("stale");
  expect(put(12, openTime + 2_000)).toBe("updated");
  expect(held("1m", openTime)?.volume).toBe(12);
});
