import { describe, expect, test } from "bun:test";
import { viewOfArrays } from "../../tests/helpers/arrays-view.ts";
import { NO_FINDINGS } from "../../tests/helpers/studies.ts";
import { rolledUp } from "../../tests/helpers/truth.ts";
import {
  closeTimeOf,
  emptyKline,
  type Interval,
  type Kline,
  parseSymbol,
  type Ticker,
  type UnixMs,
} from "../core/mod.ts";
import { type MarketView, type PreviewResult, preview, Screening, tickerIntervals } from "./mod.ts";

const START = Date.UTC(2026, 1, 10);
const BTC = parseSymbol("BTCUSDT");
const DAY = 1_440;
const DAY_MS = 86_400_000;
const CAPACITY = 500;

/** Minute `index` since the start opens at 1000 + index and closes 1 higher; it reaches 0.5 beyond both, with a volume of 1 for 2. */
function minute(index: number): Kline {
  const openTime = (START + index * 60_000) as UnixMs;
  const [open, close] = [1_000 + index, 1_001 + index];
  const prices = { open, high: close + 0.5, low: open - 0.5, close };
  const amounts = { volume: 1, quoteVolume: 2, trades: 1, takerBuyVolume: 0.5, takerBuyQuoteVolume: 1 };
  return { ...emptyKline(), ...prices, ...amounts, openTime, closeTime: closeTimeOf("1m", openTime), closed: true };
}

/** A market of so many minutes, of which the newest klines of each interval are kept; `full` unless the symbol is that young. */
function marketOf(
  minutes: number,
  intervals: readonly Interval[],
  { full = true, unsettled = [], absent = () => false, capacity = CAPACITY }: MarketOptions = {},
): MarketView {
  const all = Array.from({ length: minutes }, (_, index) => minute(index)).filter((_, index) => !absent(index));
  const end = START + minutes * 60_000;
  return viewOfArrays(
    intervals.map((interval) => {
      const closed = rolledUp(interval, all, end).filter((one) => one.closed);
      const klines = closed.slice(-capacity);
      const isFull = full || klines.length < closed.length;
      return { symbol: BTC, interval, klines, settled: !unsettled.includes(interval), full: isFull };
    }),
    [],
    capacity,
  );
}

interface MarketOptions {
  readonly full?: boolean;
  readonly unsettled?: readonly Interval[];
  readonly absent?: (index: number) => boolean;
  readonly capacity?: number;
}

/** What a filter sees as ticker at each of the last closes, oldest first; `at`: the minutes that were over at the newest. */
function tickersOf(
  view: MarketView,
  timeframes: readonly Interval[],
  at: number,
  closes: number,
): { readonly tickers: readonly (Ticker | undefined)[]; readonly found: PreviewResult } {
  const tickers: (Ticker | undefined)[] = [];
  const screening = new Screening({
    view,
    stopwatch: () => 0,
    runner: {
      ready: async () => {},
      prepare: () => ({
        engine: "compiled",
        why: "it is a function of the test",
        readsTicker: true,
        study: NO_FINDINGS,
        run: ({ ticker }) => {
          tickers.push(ticker);
          return { engine: "compiled", outcome: { kind: "no_match" } };
        },
        close: () => {},
      }),
    },
  });
  const closeTime = (START + at * 60_000 - 1) as UnixMs;
  const found = preview(screening, { code: "", timeframes, closeTime, closes });
  return { tickers: tickers.toReversed(), found };
}

/** The ticker after so many minutes, computed from those since minute `first`. */
function tickerOver(first: number, minutes: number): Ticker {
  const [open, price] = [1_000 + first, 1_000 + minutes];
  const change = price - open;
  return {
    symbol: BTC,
    price,
    open,
    high: price + 0.5,
    low: open - 0.5,
    volume: minutes - first,
    quoteVolume: 2 * (minutes - first),
    priceChange: change,
    priceChangePercent: Math.round((100_000 * change) / open) / 1_000,
    updatedAt: (START + minutes * 60_000 - 1) as UnixMs,
  };
}

describe("the ticker of a past close", () => {
  test("covers 24 hours although the filter's own klines reach back 8 hours", () => {
    const view = marketOf(2_200, ["1m", "5m", "1h"]);
    const { tickers, found } = tickersOf(view, ["1m"], 2_200, 1);
    // 2,200 minutes end with a candle of 5m: minutes 760 to 2,199 are its day.
    expect(tickers).toEqual([tickerOver(760, 2_200)]);
    expect(tickers[0]).toMatchObject({ open: 1_760, price: 3_200, volume: 1_440, priceChangePercent: 81.818 });
    expect(found).toMatchObject({ finished: true, exact: false });
    expect(found.notes).toEqual([
      "past tickers aren't known: they are computed from 1m and 5m klines, without up to 4 minutes at the beginning of the 24 hours",
    ]);
  });

  test("ends with the close at every minute, and begins up to a candle late where the covering interval's candles do", () => {
    const { tickers } = tickersOf(marketOf(2_200, ["1m", "5m", "1h"]), ["1m"], 2_199, 250);
    expect(tickers).toHaveLength(250);
    for (const [index, ticker] of tickers.entries()) {
      const minutes = 1_950 + index;
      const first = Math.ceil((minutes - DAY) / 5) * 5;
      const missing = first - (minutes - DAY);
      const expected = tickerOver(first, minutes);
      expect(ticker).toEqual(missing === 0 ? expected : { ...expected, windowMs: DAY_MS - missing * 60_000 });
    }
  });

  test("is exact where the filter's own interval covers the day, as far as it does", () => {
    // At the newest close 500 candles of 5m are kept; 212 closes earlier one less than a day has.
    const view = marketOf(DAY * 3, ["1m", "5m", "15m"]);
    const { tickers } = tickersOf(view, ["5m"], DAY * 3, 214);
    for (const [back, ticker] of tickers.toReversed().slice(0, 213).entries()) {
      const minutes = DAY * 3 - back * 5;
      expect(ticker).toEqual(tickerOver(minutes - DAY, minutes));
    }
    const minutes = DAY * 3 - 213 * 5;
    expect(minutes % 15).toBe(0);
    expect(tickers[0]).toEqual(tickerOver(minutes - DAY, minutes));
  });

  test("isn't made up where no interval covers the day: the symbol is skipped, and the notes say why", () => {
    const { tickers, found } = tickersOf(marketOf(2_200, ["1m"]), ["1m"], 2_200, 3);
    expect(tickers).toEqual([]);
    expect(found.closes).toEqual([]);
    expect(found.notes.at(-1)).toBe(
      "at 1 close, symbols were skipped because the klines kept here don't cover the 24 hours before, so their tickers can't be computed",
    );
    // An interval of which the day's first candle opens more than an hour late isn't enough.
    const { tickers: late } = tickersOf(marketOf(2_200, ["1m", "12h"]), ["1m"], 2_200, 3);
    expect(late).toEqual([]);
  });

  test("of a symbol that is younger than 24 hours begins with its first kline, as the exchange's does", () => {
    const view = marketOf(600, ["1m", "5m"], { full: false });
    // Of its 600 minutes 500 are kept as 1m.
    expect(tickersOf(view, ["1m"], 600, 2).tickers).toEqual([tickerOver(0, 599), tickerOver(0, 600)]);
    const younger = marketOf(300, ["1m"], { full: false });
    expect(tickersOf(younger, ["1m"], 300, 1).tickers).toEqual([tickerOver(0, 300)]);
  });

  test("at the close of a week is that of its last day", () => {
    // 2026-02-16 is a Monday.
    const { tickers } = tickersOf(marketOf(DAY * 6, ["1m", "1d", "1w"], { full: false }), ["1w"], DAY * 6, 1);
    expect(tickers).toEqual([tickerOver(DAY * 5, DAY * 6)]);
  });

  test("isn't computed from klines in doubt, nor where the last candle isn't there", () => {
    const doubtful = marketOf(2_200, ["1m", "5m"], { unsettled: ["5m"] });
    const gap = marketOf(2_200, ["1m", "5m"], { absent: (index) => index >= 2_190 && index < 2_195 });
    for (const [view, at] of [
      [doubtful, 2_200],
      [gap, 2_197],
    ] as const) {
      const { tickers, found } = tickersOf(view, ["1m"], at, 1);
      expect(tickers).toEqual([]);
      expect(found.closes).toMatchObject([{ checked: 0, skipped: 1 }]);
    }
    // Once the next candle of 5m is over, the gap is one that the exchange has.
    expect(tickersOf(gap, ["1m"], 2_200, 1).tickers).toMatchObject([{ volume: 1_435, open: 1_760, price: 3_200 }]);
  });
});

test("two intervals at most are read for past tickers: the trigger and the shortest that covers a day before each close", () => {
  const kept: Interval[] = ["1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "12h", "1d", "1w"];
  const of = (trigger: Interval, capacity: number | undefined, intervals = kept): readonly Interval[] =>
    tickerIntervals(trigger, { intervals, capacity });
  expect(of("1m", 500)).toEqual(["1m", "5m"]);
  expect(of("1s", 500)).toEqual(["1s", "3m"]);
  expect(of("3m", 500)).toEqual(["3m", "15m"]);
  expect(of("5m", 500)).toEqual(["5m", "15m"]);
  expect(of("15m", 500)).toEqual(["15m"]);
  expect(of("1d", 500)).toEqual(["1d"]);
  expect(of("1w", 500)).toEqual(["1d"]);
  expect(of("1m", 2_000)).toEqual(["1m", "3m"]);
  expect(of("1m", 500, ["1m", "1h"])).toEqual(["1m", "1h"]);
  expect(of("1m", 500, ["1m"])).toEqual(["1m"]);
  expect(of("1m", 10, ["1m", "5m"])).toEqual(["1m", "5m"]);
  expect(of("1h", undefined)).toEqual(["1h", "2h", "4h", "12h", "1d"]);
});
