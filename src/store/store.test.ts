import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { restarted } from "../../tests/helpers/restarted.ts";
import { minuteKlines, rolledUp } from "../../tests/helpers/truth.ts";
import {
  type Interval,
  type Kline,
  openTimeOf,
  parseSymbol,
  previousOpenTime,
  type SymbolInfo,
  tickerOf,
  type UnixMs,
} from "../core/mod.ts";
import { MarketStore, readKlines, type Series } from "./mod.ts";

const SYMBOL = parseSymbol("BTCUSDT");
const INFO: SymbolInfo = {
  symbol: SYMBOL,
  base: "BTC",
  quote: "USDT",
  status: "TRADING",
  priceDecimals: 2,
  quantityDecimals: 5,
};
const MINUTE = 60_000;
const START = Date.UTC(2026, 1, 1, 21, 30) as UnixMs;
const INTERVALS: readonly Interval[] = ["1m", "3m", "5m", "15m", "1h", "2h", "1d", "1w", "1M"];

function newStore(capacity = 500, intervals: readonly Interval[] = INTERVALS): MarketStore {
  const store = new MarketStore({ intervals, capacity });
  store.apply({ type: "symbols", symbols: [INFO] });
  return store;
}

function seriesOf(store: MarketStore, interval: Interval): Series {
  const series = store.series(SYMBOL, interval);
  if (series === undefined) throw new Error(`no ${interval}`);
  return series;
}

function all(series: Series): Kline[] {
  return readKlines(series, { first: 0, end: series.ring.length });
}

/** A state of a minute before its close: a part of it. */
function partOf(kline: Kline, share: number): Kline {
  const part = (amount: number): number => Number((amount * share).toFixed(8));
  return {
    ...kline,
    close: kline.open,
    high: kline.open,
    low: kline.open,
    volume: part(kline.volume),
    quoteVolume: part(kline.quoteVolume),
    trades: Math.floor(kline.trades * share),
    takerBuyVolume: part(kline.takerBuyVolume),
    takerBuyQuoteVolume: part(kline.takerBuyQuoteVolume),
    closed: false,
  };
}

function stream(store: MarketStore, kline: Kline, eventTime: number = kline.closeTime): void {
  store.apply({ type: "kline", symbol: SYMBOL, interval: "1m", kline, eventTime: eventTime as UnixMs });
}

/** What REST answers at a moment: the minutes of the range as they stand there. */
function answer(
  store: MarketStore,
  truth: readonly Kline[],
  from: number,
  to: number,
  interval: Interval = "1m",
): void {
  const klines = truth.filter((kline) => kline.openTime >= from && kline.openTime <= to);
  store.apply({ type: "history", symbol: SYMBOL, interval, from: from as UnixMs, to: to as UnixMs, klines });
}

describe("roll-up", () => {
  test("a minute's update moves the open candle of every interval, and its close closes those that end with it", () => {
    const truth = minuteKlines(START, 90, 1, () => false);
    const store = newStore();
    answer(store, [], START, START);
    for (const kline of truth) {
      stream(store, partOf(kline, 0.25), kline.openTime + 15_000);
      stream(store, partOf(kline, 0.5), kline.openTime + 30_000);
      const soFar = truth.filter((other) => other.openTime < kline.openTime);
      for (const interval of INTERVALS.filter((name) => name !== "1m")) {
        const expected = rolledUp(interval, [...soFar, partOf(kline, 0.5)], kline.openTime).at(-1);
        const had = all(seriesOf(store, interval)).at(-1);
        // A candle that began before the first minute we know can't be told, and isn't.
        if ((expected?.openTime ?? 0) < START) expect(had?.openTime).not.toBe(expected?.openTime as UnixMs);
        else expect(had).toEqual(expected as Kline);
      }
      stream(store, kline);
    }
    for (const interval of ["3m", "5m", "15m", "1h"] as const) {
      const expected = rolledUp(interval, truth, START + 90 * MINUTE).filter((kline) => kline.openTime >= START);
      expect(all(seriesOf(store, interval))).toEqual(expected);
    }
  });

  test("in any order, with cuts, losses, repairs and restarts, all that is called certain equals one pass over the truth", () => {
    const event = fc.oneof(
      {
        weight: 12,
        arbitrary: fc.record({ do: fc.constant("tick" as const), states: fc.integer({ min: 0, max: 3 }) }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constant("lose" as const), minutes: fc.integer({ min: 1, max: 9 }) }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant("again" as const), back: fc.integer({ min: 1, max: 20 }) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("no close" as const) }) },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constant("cut" as const), minutes: fc.integer({ min: 0, max: 90 }) }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant("repair" as const) }) },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constant("restart" as const), minutes: fc.integer({ min: 0, max: 90 }) }),
      },
    );
    fc.assert(
      fc.property(
        fc.array(event, { minLength: 20, maxLength: 120 }),
        fc.integer(),
        fc.nat(20),
        (events, seed, every) => {
          const absent = (index: number): boolean => every > 2 && index % every === every - 1;
          const truth = minuteKlines(START, 2_000, seed, absent);
          const whole = wholeTruth(INTERVALS, truth);
          const byOpenTime = new Map<number, Kline>(truth.map((kline) => [kline.openTime, kline]));
          const at = (minute: number): Kline | undefined => byOpenTime.get(START + minute * MINUTE);
          let store = newStore(70);
          let minute = 30;
          const repair = (): void => {
            const now = (START + minute * MINUTE) as UnixMs;
            for (const interval of store.intervals) {
              for (const { from, to } of store.missing(SYMBOL, interval, now)) {
                const minutes = truth.filter(({ openTime }) => openTime >= from && openTime < now);
                const rows = interval === "1m" ? minutes : rolledUp(interval, minutes, now);
                const present = openTimeOf(interval, now);
                const told = rows.at(-1)?.openTime === present ? present : previousOpenTime(interval, present);
                if (told >= from) answer(store, rows, from, Math.min(told, to), interval);
              }
            }
          };
          for (const step of events) {
            switch (step.do) {
              case "tick": {
                const kline = at(minute);
                if (kline !== undefined) {
                  for (let state = 1; state <= step.states; state += 1) {
                    stream(store, partOf(kline, state / 4), kline.openTime + state * 1_000);
                  }
                  stream(store, kline);
                }
                minute += 1;
                break;
              }
              case "lose":
                minute += step.minutes;
                break;
              case "again": {
                const kline = at(minute - step.back);
                if (kline !== undefined) {
                  stream(store, partOf(kline, 0.5), kline.openTime);
                  stream(store, kline);
                }
                break;
              }
              case "no close": {
                const kline = at(minute);
                if (kline !== undefined) stream(store, partOf(kline, 0.9), kline.openTime + 50_000);
                minute += 1;
                break;
              }
              case "cut": {
                const last = seriesOf(store, "1m").last;
                if (last !== undefined) {
                  store.apply({ type: "gap", symbol: SYMBOL, interval: "1m", from: last, reason: "cut" });
                }
                minute += step.minutes;
                break;
              }
              case "repair":
                repair();
                break;
              case "restart":
                store = restarted(store);
                minute += step.minutes;
                break;
            }
            judge(store, whole, minute);
          }
          repair();
          judge(store, whole, minute);
          // Only a candle that has no trade yet may be unknown.
          const now = (START + minute * MINUTE) as UnixMs;
          for (const interval of store.intervals) {
            const present = openTimeOf(interval, now);
            for (const missing of store.missing(SYMBOL, interval, now)) {
              expect(missing).toEqual({ from: present, to: present });
            }
          }
        },
      ),
      { numRuns: 80, includeErrorInReport: true },
    );
  });
});

/** What each interval's series is in the end, by one pass over all minutes. */
function wholeTruth(intervals: readonly Interval[], minutes: readonly Kline[]): Map<Interval, readonly Kline[]> {
  return new Map(
    intervals.map((interval) => [
      interval,
      interval === "1m" ? minutes : rolledUp(interval, minutes, Number.MAX_SAFE_INTEGER),
    ]),
  );
}

/** No closed candle differs from the truth or comes before its time, and what is called complete has no candle too few. */
function judge(store: MarketStore, truth: ReadonlyMap<Interval, readonly Kline[]>, minute: number): void {
  const now = START + minute * MINUTE;
  for (const interval of store.served) {
    const series = seriesOf(store, interval);
    const expected = truth.get(interval) ?? [];
    const closed = all(series).filter((kline) => kline.closed);
    const openTimes = new Set(closed.map((kline) => kline.openTime));
    expect(closed).toEqual(expected.filter((kline) => openTimes.has(kline.openTime)));
    expect(closed.at(-1)?.closeTime ?? 0).toBeLessThan(now);
    const selection = series.select({ limit: 20, closedOnly: true });
    if (!selection.complete) continue;
    const shown = readKlines(series, selection);
    const last = shown.at(-1);
    if (last === undefined) continue;
    const right = expected.filter((kline) => kline.openTime <= last.openTime).slice(-shown.length);
    expect(shown).toEqual(right);
  }
}

describe("series", () => {
  const truth = minuteKlines(START, 200, 7, () => false);
  const [first, second, third] = truth as [Kline, Kline, Kline];

  test("a closed kline is never reopened nor changed by the stream", () => {
    const store = newStore();
    stream(store, first);
    stream(store, partOf(first, 0.9), first.closeTime + 5_000);
    stream(store, { ...first, volume: first.volume + 1 }, first.closeTime + 5_000);
    expect(all(seriesOf(store, "1m"))).toEqual([first]);
    expect(store.outcomes).toMatchObject({ added: 1, stale: 1, contradiction: 1 });
  });

  test("an older state of the open kline is refused by its event time", () => {
    const store = newStore();
    stream(store, partOf(first, 0.5), first.openTime + 30_000);
    stream(store, partOf(first, 0.25), first.openTime + 15_000);
    expect(all(seriesOf(store, "1m"))[0]?.volume).toBe(partOf(first, 0.5).volume);
    expect(store.outcomes.stale).toBe(1);
  });

  test("a skipped minute is a hole until it arrives, and the version moves with it", () => {
    const store = newStore();
    answer(store, [], START, START);
    stream(store, first);
    stream(store, third);
    const series = seriesOf(store, "1m");
    const { version } = series;
    expect(series.holes()).toEqual([{ from: second.openTime, to: second.openTime }]);
    expect(series.select({ limit: 2 }).complete).toBe(false);
    expect(series.select({ limit: 1 }).complete).toBe(true);
    stream(store, second);
    expect(series.holes()).toEqual([]);
    expect(series.select({ limit: 3 }).complete).toBe(true);
    expect(series.version).toBeGreaterThan(version);
  });

  test("what the exchange doesn't have either stays a hole, and isn't asked for again", () => {
    const store = newStore(70, ["1m"]);
    const now = third.openTime;
    answer(store, [first, third], START - 100 * MINUTE, now);
    const series = seriesOf(store, "1m");
    expect(series.holes()).toHaveLength(1);
    expect(series.select({ limit: 3 }).complete).toBe(false);
    expect(store.missing(SYMBOL, "1m", now)).toEqual([]);
  });

  test("the same state again changes nothing that a reader could see", () => {
    const store = newStore();
    stream(store, partOf(first, 0.5), 1);
    const { version } = seriesOf(store, "1m");
    stream(store, partOf(first, 0.5), 2);
    expect(seriesOf(store, "1m").version).toBe(version);
  });

  test("queries select as a plain filter would", () => {
    const store = newStore(100, ["1m"]);
    answer(store, truth, START - 10 * MINUTE, START + 199 * MINUTE);
    const series = seriesOf(store, "1m");
    const kept = truth.slice(-101);
    const openTime = fc.integer({ min: 90, max: 210 }).map((minute) => START + minute * MINUTE);
    const when = fc.option(openTime, { nil: undefined });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 120 }), when, when, (limit, startTime, endTime) => {
        const wanted = kept.filter(
          (kline) => kline.openTime >= (startTime ?? 0) && kline.openTime <= (endTime ?? 9e15),
        );
        const expected = startTime === undefined ? wanted.slice(-limit) : wanted.slice(0, limit);
        const selection = series.select({ limit, startTime, endTime });
        expect(readKlines(series, selection)).toEqual(expected);
      }),
    );
  });

  test("resuming with since gives what a full list gives, or as much of it as the ring holds, and says which", () => {
    const capacity = 65;
    const store = newStore(capacity - 1, ["1m"]);
    answer(store, truth.slice(0, 1), START - 100 * MINUTE, START);
    for (const kline of truth.slice(1, -1)) stream(store, kline);
    const list = [...truth.slice(0, -1), partOf(truth.at(-1) as Kline, 0.5)];
    stream(store, list.at(-1) as Kline);
    const series = seriesOf(store, "1m");
    const oldest = list.at(-capacity)?.openTime as UnixMs;
    const sinceTimes = fc.integer({ min: START - MINUTE, max: START + 201 * MINUTE });
    const onTheMinute = sinceTimes.map((time) => time - (time % MINUTE));
    fc.assert(
      fc.property(fc.oneof(onTheMinute, sinceTimes), fc.boolean(), (since, closedOnly) => {
        const selection = series.select({ limit: 1_000, startTime: since, closedOnly });
        const full = list.filter((kline) => kline.openTime >= since && (kline.closed || !closedOnly));
        expect(readKlines(series, selection)).toEqual(full.filter((kline) => kline.openTime >= oldest));
        expect(selection.complete).toBe(since >= oldest);
      }),
    );
  });
});

describe("closes", () => {
  const other = parseSymbol("ETHUSDT");
  const truth = minuteKlines(START, 3, 7, () => false);
  const [first, second] = truth as [Kline, Kline];

  function twoSymbols(): { store: MarketStore; told: unknown[] } {
    const store = new MarketStore({ intervals: ["1m"], capacity: 10 });
    store.apply({ type: "symbols", symbols: [INFO, { ...INFO, symbol: other }] });
    const told: unknown[] = [];
    store.listen({ close: ({ closeTime, symbols, pending }) => told.push({ closeTime, symbols, pending }) });
    return { store, told };
  }
  const close = (store: MarketStore, symbol: typeof SYMBOL, kline: Kline, eventTime = kline.closeTime + 1): void =>
    store.apply({ type: "kline", symbol, interval: "1m", kline, eventTime: eventTime as UnixMs });

  test("a close is told once all symbols have it", () => {
    const { store, told } = twoSymbols();
    close(store, SYMBOL, first);
    expect(told).toEqual([]);
    close(store, other, first);
    expect(told).toEqual([{ closeTime: first.closeTime, symbols: [SYMBOL, other], pending: [] }]);
  });

  test("after the grace it is told with who is pending, and the straggler on its own", () => {
    const { store, told } = twoSymbols();
    close(store, SYMBOL, first);
    close(store, SYMBOL, partOf(second, 0.5), first.closeTime + 2_000);
    expect(told).toEqual([{ closeTime: first.closeTime, symbols: [SYMBOL], pending: [other] }]);
    expect(store.close("1m")).toMatchObject({ closeTime: first.closeTime, closed: 1, total: 2, pending: [other] });
    close(store, other, first, first.closeTime + 2_500);
    expect(told.at(-1)).toEqual({ closeTime: first.closeTime, symbols: [other], pending: [] });
    expect(told).toHaveLength(2);
  });
});

describe("closes of an interval that is shorter than the grace", () => {
  const silent = parseSymbol("ETHUSDT");
  const SECOND = 1_000;
  const second = (index: number): Kline => {
    const openTime = (START + index * SECOND) as UnixMs;
    return { ...(minuteKlines(START, 1, 7, () => false)[0] as Kline), openTime, closeTime: (openTime + 999) as UnixMs };
  };

  function announced(): {
    close(symbol: typeof SYMBOL, index: number, delayMs: number): void;
    notices: { closeTime: number; symbols: readonly string[]; pending: readonly string[] }[];
  } {
    const store = new MarketStore({ intervals: ["1s"], capacity: 100 });
    store.apply({ type: "symbols", symbols: [INFO, { ...INFO, symbol: silent }] });
    const notices: ReturnType<typeof announced>["notices"] = [];
    store.listen({ close: ({ closeTime, symbols, pending }) => notices.push({ closeTime, symbols, pending }) });
    return {
      notices,
      close: (symbol, index, delayMs) => {
        const kline = second(index);
        const eventTime = (kline.closeTime + 1 + delayMs) as UnixMs;
        store.apply({ type: "kline", symbol, interval: "1s", kline, eventTime });
      },
    };
  }

  test("each is announced after the grace, while a symbol is silent", () => {
    const { close, notices } = announced();
    for (let index = 0; index < 30; index += 1) close(SYMBOL, index, 50);
    expect(notices.map(({ closeTime }) => closeTime)).toEqual(
      Array.from({ length: 28 }, (_, index) => second(index).closeTime),
    );
    for (const { symbols, pending } of notices) expect([symbols, pending]).toEqual([[SYMBOL], [silent]]);
  });

  test("each symbol is announced once per close, however late and in whatever order it comes", () => {
    const { close, notices } = announced();
    for (let index = 0; index < 2; index += 1) close(SYMBOL, index, 10);
    close(silent, 1, 900);
    close(silent, 0, 2_300);
    expect(notices).toEqual([
      { closeTime: second(1).closeTime, symbols: [SYMBOL, silent], pending: [] },
      { closeTime: second(0).closeTime, symbols: [SYMBOL], pending: [silent] },
      { closeTime: second(0).closeTime, symbols: [silent], pending: [] },
    ]);
    close(silent, 0, 2_400);
    expect(notices).toHaveLength(3);
  });

  test("after a stall those that were waiting are announced before the next begins", () => {
    const { close, notices } = announced();
    close(SYMBOL, 0, 10);
    close(SYMBOL, 1, 10);
    close(SYMBOL, 60, 10);
    close(silent, 60, 20);
    expect(notices.map(({ closeTime }) => closeTime)).toEqual([0, 1, 60].map((index) => second(index).closeTime));
  });
});

/** A store that knows a few minutes, and has all that the exchange has around them. */
function lateAnswer(store: MarketStore, from: number, to: number, klines: readonly Kline[] = []): void {
  store.apply({ type: "history", symbol: SYMBOL, interval: "1m", from: from as UnixMs, to: to as UnixMs, klines });
}

test("a kline or an answer of any year takes no longer than one of today", () => {
  // Microseconds in place of milliseconds: all parent windows up to the year 58,000 were walked, one by one.
  const far = (Math.floor((START * 1_000) / MINUTE) * MINUTE) as UnixMs;
  const [kline, other] = minuteKlines(START, 2, 1, () => false) as [Kline, Kline];
  const farKline = { ...kline, openTime: far, closeTime: (far + MINUTE - 1) as UnixMs };
  const store = newStore();
  lateAnswer(store, START, START, [kline]);
  lateAnswer(store, far, far, [farKline]);
  lateAnswer(store, START, far, [other]);
  stream(store, farKline);
  expect(seriesOf(store, "5m").ring.length).toBeLessThan(10);
});

test("a series is settled as a selection of its newest klines says, whatever is known of it", () => {
  const ranges = fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 30 })), { maxLength: 6 });
  const run = (known: readonly (readonly [number, number])[], gaps: readonly number[]): void => {
    const store = newStore(40, ["1m", "1h"]);
    const minutes = minuteKlines(START, 100, 5, () => false);
    for (const [first, count] of known) {
      const klines = minutes.slice(first, first + count);
      lateAnswer(store, klines[0]?.openTime as UnixMs, klines.at(-1)?.openTime as UnixMs, klines);
    }
    for (const at of gaps) {
      const from = (START + at * MINUTE) as UnixMs;
      store.apply({ type: "gap", symbol: SYMBOL, interval: "1m", from, reason: "no close" });
    }
    for (const interval of store.intervals) {
      const series = seriesOf(store, interval);
      for (let limit = 1; limit <= 50; limit += 1) {
        expect([limit, series.isSettled(limit)]).toEqual([limit, series.select({ limit }).settled]);
      }
    }
  };
  fc.assert(fc.property(ranges, fc.array(fc.integer({ min: 0, max: 90 }), { maxLength: 2 }), run));
});

describe("a symbol that doesn't trade", () => {
  const NOW = (START + 600 * MINUTE) as UnixMs;
  const missing = (store: MarketStore) => store.missing(SYMBOL, "1m", NOW)[0] ?? { from: NOW, to: NOW };
  const settled = (store: MarketStore, interval: Interval) =>
    seriesOf(store, interval).select({ limit: store.capacity }).settled;

  test("has nothing, which is settled once the exchange was asked for all of it", () => {
    const store = newStore(500, ["1m", "1h"]);
    expect(settled(store, "1m")).toBe(false);
    const { from, to } = missing(store);
    lateAnswer(store, from, to);
    expect([settled(store, "1m"), settled(store, "1h")]).toEqual([true, false]);
    expect(seriesOf(store, "1m").select({ limit: 500 }).complete).toBe(false);
    store.apply({ type: "gap", symbol: SYMBOL, interval: "1m", from: NOW, reason: "no close" });
    expect(settled(store, "1m")).toBe(false);
  });

  test("is settled though its newest kline is hours old", () => {
    const store = newStore(500, ["1m"]);
    const { from, to } = missing(store);
    lateAnswer(
      store,
      from,
      to,
      minuteKlines(from, 1, 1, () => false),
    );
    const series = seriesOf(store, "1m");
    expect(series.select({ limit: 500 })).toMatchObject({ first: 0, end: 1, settled: true });
    // Nothing is known of what lies before the range that was asked for.
    expect(series.select({ limit: 10, startTime: from - MINUTE }).settled).toBe(false);
    expect(series.select({ limit: 10, endTime: from - MINUTE }).settled).toBe(false);
  });
});

describe("a ticker that no exchange told", () => {
  test("moves the version of tickers as its klines do, and only then", () => {
    const store = newStore(100, ["1m"]);
    const other = parseSymbol("ETHUSDT");
    store.apply({ type: "symbols", symbols: [INFO, { ...INFO, symbol: other }] });
    const [first, second] = minuteKlines(START, 2, 3, () => false) as [Kline, Kline];
    const priced = (kline: Kline, close: number): Kline => ({ ...kline, high: 500, low: 1, close });
    stream(store, { ...priced(first, 100), closed: false }, first.openTime + 1_000);
    const versions = [store.tickersVersion];
    expect(store.ticker(SYMBOL)).toMatchObject({ price: 100, updatedAt: first.openTime });
    stream(store, { ...priced(first, 200), closed: false }, first.openTime + 2_000);
    versions.push(store.tickersVersion);
    expect(store.ticker(SYMBOL)).toMatchObject({ price: 200, updatedAt: first.openTime });
    const history = { interval: "1m", from: first.openTime, to: second.openTime } as const;
    store.apply({ type: "history", symbol: SYMBOL, ...history, klines: [priced(first, 300)] });
    versions.push(store.tickersVersion);
    expect(store.ticker(SYMBOL)).toMatchObject({ price: 300, updatedAt: second.openTime });
    expect(new Set(versions).size).toBe(3);
    // The exchange sends a ticker of the other one: its klines don't matter, nor do they to the first.
    const figures = { symbol: other, price: 5, open: 4, high: 6, low: 3, volume: 1, quoteVolume: 5 };
    store.apply({ type: "ticker", ticker: tickerOf({ ...figures, updatedAt: second.openTime }) });
    const before = [store.tickersVersion, store.ticker(SYMBOL)];
    store.apply({ type: "kline", symbol: other, interval: "1m", kline: second, eventTime: second.closeTime });
    expect([store.tickersVersion, store.ticker(SYMBOL)]).toEqual(before);
  });

  test("says how much of the 24 hours its klines cover, and nothing where they cover all", () => {
    for (const [count, windowMs] of [
      [40, 40 * MINUTE],
      [1_500, undefined],
    ] as const) {
      const store = newStore(2_000, ["1m"]);
      const klines = minuteKlines(START, count, 3, () => false);
      for (const kline of klines) {
        store.apply({
          type: "kline",
          symbol: SYMBOL,
          interval: "1m",
          kline,
          eventTime: (kline.closeTime + 1) as UnixMs,
        });
      }
      expect(store.ticker(SYMBOL)?.windowMs).toBe(windowMs);
    }
  });
});

describe("when the market's clock was ahead", () => {
  const truth = minuteKlines(START, 200, 3, () => false);
  const minute = (index: number): Kline => truth[index] as Kline;
  const minutes = (first: number, end: number): Kline[] => truth.slice(first, end);
  const time = (index: number): UnixMs => (START + index * MINUTE) as UnixMs;
  const close = (store: MarketStore, kline: Kline): void => {
    stream(store, partOf(kline, 0.5), kline.openTime + 1_000);
    stream(store, kline, kline.closeTime + 1);
  };
  /** What it holds is asked for, three minutes close, and then one of tomorrow, which other figures follow for real. */
  const ahead = (lead = 1_440): { store: MarketStore; told: number[]; lead: number } => {
    const store = newStore(100);
    for (const interval of store.intervals) {
      const present = openTimeOf(interval, START);
      answer(store, [], present - 200 * 31 * 86_400_000, interval === "1m" ? present - MINUTE : present, interval);
    }
    const told: number[] = [];
    for (const kline of minutes(0, 3)) close(store, kline);
    const tomorrow = { ...minute(3), openTime: time(lead), closeTime: (time(lead + 1) - 1) as UnixMs };
    close(store, tomorrow);
    store.listen({ close: ({ interval, closeTime }) => interval === "1m" && told.push(closeTime) });
    return { store, told, lead };
  };

  test("the clock goes back when the feed says so, and forward by what is told only", () => {
    const { store } = ahead();
    store.apply({ type: "clock", marketTime: time(3) });
    expect(store.marketTime).toBe(time(3));
    store.apply({ type: "clock", marketTime: time(4) });
    expect(store.marketTime).toBe(time(3));
  });

  test("what time it is isn't confirmed by a clock that is ahead of what is held: no close is told of before an event", () => {
    const fresh = newStore(100);
    fresh.apply({ type: "clock", marketTime: time(3) });
    expect([fresh.isTimeConfirmed, fresh.marketTime]).toEqual([false, 0 as UnixMs]);
    const { store } = ahead(4);
    const again = restarted(store);
    again.apply({ type: "clock", marketTime: time(60) });
    expect(again.isTimeConfirmed).toBe(false);
    stream(again, partOf(minute(61), 0.5), time(61) + 1_000);
    expect([again.isTimeConfirmed, again.marketTime]).toEqual([true, (time(61) + 1_000) as UnixMs]);
    const turnedBack = restarted(store);
    turnedBack.apply({ type: "clock", marketTime: time(3) });
    expect([turnedBack.isTimeConfirmed, turnedBack.marketTime]).toEqual([true, time(3)]);
  });

  test.each([3, 4, 1_440])("a lead of %p minutes leaves nothing of them behind, and all is news again", (lead) => {
    const { store, told } = ahead(lead);
    const before = seriesOf(store, "1m").version;
    store.apply({ type: "clock", marketTime: (time(3) + 500) as UnixMs });
    expect(seriesOf(store, "1m").version).toBeGreaterThan(before);
    expect(all(seriesOf(store, "1m"))).toEqual(minutes(0, 3));
    for (const interval of INTERVALS) {
      expect(seriesOf(store, interval).last ?? 0).toBeLessThanOrEqual(START + 2 * MINUTE);
      expect(seriesOf(store, interval).ledger.to).toBeLessThanOrEqual(START + 2 * MINUTE);
      expect(store.missing(SYMBOL, interval, time(3))[0]?.to).toBe(openTimeOf(interval, time(3)));
    }
    expect(store.close("1m")).toMatchObject({ closeTime: time(3) - 1, closed: 1, pending: [] });
    for (const kline of minutes(3, 8)) close(store, kline);
    expect(told).toEqual(minutes(3, 8).map(({ closeTime }) => closeTime));
    answer(store, truth, time(3), time(7));
    expect(store.missing(SYMBOL, "1m", time(8))).toEqual([]);
    expect(all(seriesOf(store, "1m"))).toEqual(minutes(0, 8));
    expect(all(seriesOf(store, "3m")).filter(({ closed }) => closed)).toEqual(
      rolledUp("3m", minutes(0, 8), time(8)).filter(({ openTime }) => openTime < time(6)),
    );
  });

  test("a close that was told stays told, and one that waits for its last symbol is told when that comes", () => {
    const store = newStore(100, ["1m"]);
    const late = parseSymbol("ETHUSDT");
    store.apply({ type: "symbols", symbols: [INFO, { ...INFO, symbol: late }] });
    const told: unknown[] = [];
    store.listen({ close: ({ closeTime, symbols, pending }) => told.push([closeTime, symbols, pending]) });
    close(store, minute(0));
    stream(store, partOf(minute(1), 0.1), time(1) + 3_000);
    const { closeTime } = minute(0);
    expect(told).toEqual([[closeTime, [SYMBOL], [late]]]);
    store.apply({ type: "clock", marketTime: (time(1) + 1_000) as UnixMs });
    store.apply({
      type: "kline",
      symbol: late,
      interval: "1m",
      kline: minute(0),
      eventTime: (time(1) + 1_500) as UnixMs,
    });
    expect(told.slice(1)).toEqual([[closeTime, [late], []]]);
    stream(store, minute(0), time(1) + 1_600);
    expect(told.length).toBe(2);
  });

  test("a ticker of tomorrow gives way to one of today", () => {
    const { store } = ahead();
    const figures = { symbol: SYMBOL, price: 5, open: 4, high: 6, low: 3, volume: 1, quoteVolume: 5 };
    store.apply({ type: "ticker", ticker: tickerOf({ ...figures, updatedAt: time(1_440) }) });
    store.apply({ type: "clock", marketTime: time(3) });
    store.apply({ type: "ticker", ticker: tickerOf({ ...figures, price: 4, updatedAt: time(3) }) });
    expect(store.ticker(SYMBOL)).toMatchObject({ price: 4, updatedAt: time(3) });
  });

  test.each(["after", "before"])("a checkpoint that was written %s it was set back restores to the truth", (when) => {
    const { store } = ahead();
    const clock = { type: "clock", marketTime: time(3) } as const;
    if (when === "after") store.apply(clock);
    const again = restarted(store);
    // The feed of the next run says what time it is before it asks for anything.
    if (when === "before") again.apply(clock);
    expect(again.marketTime).toBe(time(3));
    expect(all(seriesOf(again, "1m"))).toEqual(minutes(0, 3));
    expect(again.missing(SYMBOL, "1m", time(3))).toEqual([{ from: time(3), to: time(3) }]);
    const told: number[] = [];
    again.listen({ close: ({ interval, closeTime }) => interval === "1m" && told.push(closeTime) });
    for (const kline of minutes(3, 6)) close(again, kline);
    expect(told).toEqual(minutes(3, 6).map(({ closeTime }) => closeTime));
  });
});

test("an answer that comes after a symbol was delisted leaves its open candles in doubt: nobody tells how they ended", () => {
  const store = newStore(500, ["1m", "5m"]);
  const minutes = minuteKlines(START, 23, 3, () => false);
  const [first, last] = [START, START + 22 * MINUTE];
  answer(store, minutes, first, last);
  const open = seriesOf(store, "5m").last;
  const isComplete = (): boolean => seriesOf(store, "5m").select({ limit: 3 }).complete;
  expect([open, isComplete()]).toEqual([(START + 20 * MINUTE) as UnixMs, true]);
  store.apply({ type: "symbols", symbols: [{ ...INFO, status: "DELISTED" }] });
  expect(isComplete()).toBe(false);
  answer(store, minutes, first, last);
  expect(isComplete()).toBe(false);
});

test("a longer candle whose last minutes don't exist is in doubt by the answer that says so, once they are over", () => {
  const isCompleteAt = (askedAt: number): boolean | undefined => {
    const store = newStore(500, ["1m", "5m"]);
    const minutes = minuteKlines(START, 23, 3, () => false);
    answer(store, minutes, START, START + 21 * MINUTE);
    const [from, to] = [(START + 22 * MINUTE) as UnixMs, (START + 24 * MINUTE) as UnixMs];
    const event = { type: "history", symbol: SYMBOL, interval: "1m", from, to, klines: minutes.slice(22) } as const;
    store.apply({ ...event, askedAt: askedAt as UnixMs });
    expect(seriesOf(store, "5m").isClosedAt((START + 20 * MINUTE) as UnixMs)).toBe(false);
    return seriesOf(store, "5m").select({ limit: 3, closedOnly: true }).complete;
  };
  expect([isCompleteAt(START + 25 * MINUTE), isCompleteAt(START + 25 * MINUTE - 1)]).toEqual([false, true]);
});
