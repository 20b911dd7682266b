import { describe, expect, test } from "bun:test";
import { minuteKlines, rolledUp } from "../../tests/helpers/truth.ts";
import { type Interval, type Kline, parseSymbol, type UnixMs } from "../core/mod.ts";
import { readKlines } from "./read.ts";
import { MarketStore } from "./store.ts";

const SYMBOL = parseSymbol("BTCUSDT");
const MINUTE = 60_000;
const DAY = Date.UTC(2026, 1, 10);
const INTERVALS = ["1m", "5m", "1h", "2h", "1d"] as const;
/** What can be read begins at 04:22. */
const FIRST = DAY + 262 * MINUTE;
const MINUTES = minuteKlines(FIRST, 120, 1, () => false);
const at = (hour: number, minute = 0): UnixMs => (DAY + (60 * hour + minute) * MINUTE) as UnixMs;

function newStore(): MarketStore {
  const store = new MarketStore({ intervals: INTERVALS, capacity: 200 });
  const about = { base: "BTC", quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 5 } as const;
  store.apply({ type: "symbols", symbols: [{ symbol: SYMBOL, ...about }] });
  return store;
}

function stream(store: MarketStore, klines: readonly Kline[]): void {
  for (const kline of klines) {
    const eventTime = (kline.openTime + MINUTE) as UnixMs;
    store.apply({ type: "kline", symbol: SYMBOL, interval: "1m", kline, eventTime });
  }
}

function history(store: MarketStore, interval: Interval, from: UnixMs, to: UnixMs, klines: readonly Kline[]): void {
  store.apply({ type: "history", symbol: SYMBOL, interval, from, to, klines });
}

/** Asks an exchange that has these minutes, and of longer candles those that `has` lets through, as the feed does. */
function repair(store: MarketStore, minutes: readonly Kline[], now: UnixMs, has: (kline: Kline) => boolean): void {
  for (const interval of store.intervals) {
    const rows = interval === "1m" ? minutes : rolledUp(interval, minutes, now).filter(has);
    for (const { from, to } of store.missing(SYMBOL, interval, now)) {
      history(
        store,
        interval,
        from,
        to,
        rows.filter(({ openTime }) => openTime >= from && openTime <= to),
      );
    }
  }
}

function openTimes(store: MarketStore, interval: Interval): number[] {
  const series = store.series(SYMBOL, interval);
  if (series === undefined) throw new Error("it is served");
  return readKlines(series, { first: 0, end: series.ring.length }).map(({ openTime }) => openTime);
}

const isWhole = (store: MarketStore, now: UnixMs): boolean =>
  store.intervals.every((interval) => store.missing(SYMBOL, interval, now).length === 0);

describe("candles that opened before all that can be read", () => {
  /** A recording: no longer candle of it has a part that isn't known. */
  const ofRecording = ({ openTime }: Kline): boolean => openTime >= FIRST;

  test("aren't made up from the part that is known, and aren't waited for", () => {
    const store = newStore();
    repair(store, MINUTES, at(6, 22), ofRecording);
    expect(isWhole(store, at(6, 22))).toBe(true);
    expect(openTimes(store, "5m")[0]).toBe(at(4, 25));
    expect(openTimes(store, "1h")).toEqual([at(5), at(6)]);
    expect(openTimes(store, "2h")).toEqual([at(6)]);
    expect(openTimes(store, "1d")).toEqual([]);
  });

  test("nor while the stream goes on in them, and nothing is asked again for that", () => {
    const store = newStore();
    stream(store, MINUTES.slice(20, 21));
    repair(store, MINUTES.slice(0, 20), at(4, 43), ofRecording);
    expect(isWhole(store, at(4, 43))).toBe(true);
    for (const [index, kline] of MINUTES.entries()) {
      if (index <= 20) continue;
      stream(store, [kline]);
      expect(isWhole(store, (kline.openTime + MINUTE) as UnixMs)).toBe(true);
    }
    expect(openTimes(store, "1h")).toEqual([at(5), at(6)]);
    expect(openTimes(store, "2h")).toEqual([at(6)]);
    expect(openTimes(store, "1d")).toEqual([]);
  });

  test("are the exchange's own where it has them, open and closed: the symbol was listed then", () => {
    const store = newStore();
    stream(store, MINUTES.slice(20, 21));
    repair(store, MINUTES.slice(0, 20), at(4, 43), () => true);
    stream(store, MINUTES.slice(21));
    repair(store, MINUTES, at(6, 22), () => true);
    for (const interval of INTERVALS) {
      const series = store.series(SYMBOL, interval);
      if (series === undefined) throw new Error("it is served");
      expect(readKlines(series, { first: 0, end: series.ring.length })).toEqual(
        interval === "1m" ? [...MINUTES] : rolledUp(interval, MINUTES, at(6, 22)),
      );
    }
  });

  test("are asked for again when history turns up after the exchange had nothing at all", () => {
    const store = newStore();
    repair(store, [], at(4, 10), () => true);
    stream(store, MINUTES.slice(20, 21));
    repair(store, MINUTES.slice(0, 20), at(4, 43), () => true);
    expect(openTimes(store, "1h")).toEqual([at(4)]);
    expect(openTimes(store, "1d")).toEqual([at(0)]);
  });
});

test("a symbol that is listed while its stream is followed has its first hour at once", () => {
  const store = newStore();
  repair(store, [], at(4, 10), () => true);
  stream(store, MINUTES.slice(0, 3));
  // The exchange has no minutes before the first, and isn't needed for the longer candles.
  history(store, "1m", at(4, 10), at(4, 21), []);
  expect(openTimes(store, "1h")).toEqual([at(4)]);
  expect(openTimes(store, "1d")).toEqual([at(0)]);
});

test("a symbol that stopped trading is settled in the intervals that are rolled up, too", () => {
  const store = newStore();
  const now = at(9);
  // It traded until 06:22, and of the 200 minutes before now the first are older than that.
  const older = minuteKlines(DAY - 48 * 60 * MINUTE, 48 * 60 + 382, 1, () => false);
  repair(store, older, now, () => true);
  for (const interval of store.intervals) {
    const { settled } = store.series(SYMBOL, interval)?.select({ limit: store.capacity }) ?? {};
    expect([interval, settled]).toEqual([interval, true]);
  }
  expect(isWhole(store, now)).toBe(true);
  expect(store.coverage()).toEqual({ complete: INTERVALS.length, total: INTERVALS.length });
});
