import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { bytesFrom, checkpointOf, MARKET, restarted } from "../../../tests/helpers/restarted.ts";
import { minuteKlines } from "../../../tests/helpers/truth.ts";
import {
  addCandles,
  type Interval,
  type Kline,
  nextOpenTime,
  openTimeOf,
  parseSymbol,
  type Symbol,
  type SymbolInfo,
  type Ticker,
  tickerOf,
  type UnixMs,
} from "../../core/mod.ts";
import { MarketStore, readKlines, restoreCheckpoint, type Series } from "../mod.ts";

const MINUTE = 60_000;
const START = Date.UTC(2026, 1, 10) as UnixMs;
const INTERVALS: readonly Interval[] = ["1m", "5m", "1h", "1d"];
const [BTC, LIFE] = [parseSymbol("BTCUSDT"), parseSymbol("币安人生USDT")];
const TRUTH = new Map([BTC, LIFE].map((symbol, index) => [symbol, minuteKlines(START, 400, index + 1, () => false)]));

function infoOf(symbol: Symbol): SymbolInfo {
  const base = symbol.replace("USDT", "");
  return { symbol, base, quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 5 };
}

function seriesOf(store: MarketStore, symbol: Symbol, interval: Interval): Series {
  const series = store.series(symbol, interval);
  if (series === undefined) throw new Error(`no ${symbol} ${interval}`);
  return series;
}

function allOf(series: Series): Kline[] {
  return readKlines(series, { first: 0, end: series.ring.length });
}

/** What a file says of each kline beside its figures: whether it is closed, and who told it first. */
function marksOf({ ring }: Series): Uint8Array {
  const marks = new Uint8Array(ring.length);
  ring.copyOut(new Float64Array(ring.length * 11), marks);
  return marks;
}

function minutesOf(symbol: Symbol, from: number, end: number): Kline[] {
  return (TRUTH.get(symbol) as Kline[]).slice(from, end);
}

function stream(store: MarketStore, symbol: Symbol, kline: Kline): void {
  const eventTime = (kline.closed ? kline.closeTime + 1 : kline.openTime + 30_000) as UnixMs;
  store.apply({ type: "kline", symbol, interval: "1m", kline, eventTime });
}

/** The exchange is asked for all minutes before one of them, and has none from before the first. */
function warm(store: MarketStore, symbol: Symbol, end: number): void {
  const to = (START + (end - 1) * MINUTE) as UnixMs;
  for (const interval of store.intervals) {
    const from = addCandles(interval, openTimeOf(interval, START), -600);
    const klines = interval === "1m" ? minutesOf(symbol, 0, end) : [];
    store.apply({ type: "history", symbol, interval, from, to: interval === "1m" ? to : START, klines });
  }
}

function newStore({ intervals = INTERVALS, capacity = 100 } = {}): MarketStore {
  const store = new MarketStore({ intervals, capacity });
  store.apply({ type: "symbols", symbols: [BTC, LIFE].map(infoOf) });
  return store;
}

type Step = { readonly do: "close" | "open" | "lose" | "cut" | "repair" | "ticker"; readonly symbol: Symbol };

/** Any state that a store may be in: what steps at two symbols lead to. */
const anyStore: fc.Arbitrary<MarketStore> = fc
  .record({
    capacity: fc.integer({ min: 1, max: 120 }),
    warmTo: fc.option(fc.integer({ min: 1, max: 250 }), { nil: 0 }),
    steps: fc.array(
      fc.record({
        do: fc.constantFrom<Step["do"][]>("close", "close", "close", "open", "lose", "cut", "repair", "ticker"),
        symbol: fc.constantFrom(BTC, LIFE),
      }),
      { maxLength: 60 },
    ),
  })
  .map(({ capacity, warmTo, steps }) => {
    const store = newStore({ capacity });
    const next = new Map([BTC, LIFE].map((symbol) => [symbol, warmTo]));
    if (warmTo > 0) for (const symbol of [BTC, LIFE]) warm(store, symbol, warmTo);
    for (const { do: what, symbol } of steps) {
      const index = next.get(symbol) ?? 0;
      const kline = minutesOf(symbol, index, index + 1)[0] as Kline;
      if (what === "close") stream(store, symbol, kline);
      if (what === "open") stream(store, symbol, { ...kline, volume: kline.volume / 2, closed: false });
      if (what === "close" || what === "lose") next.set(symbol, index + 1);
      if (what === "cut") {
        const from = Math.max(START, kline.openTime - MINUTE) as UnixMs;
        store.apply({ type: "gap", symbol, interval: "1m", from, reason: "cut" });
      }
      if (what === "repair" && index > 0) {
        const [from, to] = [START, (START + (index - 1) * MINUTE) as UnixMs];
        store.apply({ type: "history", symbol, interval: "1m", from, to, klines: minutesOf(symbol, 0, index) });
      }
      if (what === "ticker") {
        const figures = { price: kline.close, open: 1, high: 900, low: 1, volume: kline.volume, quoteVolume: 3 };
        store.apply({ type: "ticker", ticker: tickerOf({ symbol, ...figures, updatedAt: kline.closeTime }) });
      }
    }
    return store;
  });

/** The candle that was open, or is the next to come: from here on another run knows nothing. */
function firstUnknown(series: Series): number {
  const { last, ring, ledger, interval } = series;
  if (last !== undefined && !ring.isClosedAt(ring.length - 1)) return last;
  return nextOpenTime(interval, Math.max(last ?? Number.NEGATIVE_INFINITY, ledger.to));
}

describe("a store that went through a file", () => {
  test("gives the same klines, holes, tickers and symbols, and calls the same complete up to its open candles", () => {
    fc.assert(
      fc.property(anyStore, fc.integer({ min: 1, max: 130 }), (store, limit) => {
        const next = restarted(store);
        expect(next.symbols()).toEqual(store.symbols());
        expect(next.tickers()).toEqual(store.tickers());
        expect(next.marketTime).toBe(store.marketTime);
        for (const symbol of [BTC, LIFE]) {
          const minutes = seriesOf(store, symbol, "1m");
          const unknown = firstUnknown(minutes);
          for (const interval of INTERVALS) {
            const [was, is] = [seriesOf(store, symbol, interval), seriesOf(next, symbol, interval)];
            expect(allOf(is)).toEqual(allOf(was));
            expect(marksOf(is)).toEqual(marksOf(was));
            expect(is.holes()).toEqual(was.holes());
            const endTime = Math.min(openTimeOf(interval, unknown), firstUnknown(was)) - 1;
            expect(is.select({ limit, endTime })).toEqual(was.select({ limit, endTime }));
            if (is.select({ limit }).complete) expect(was.select({ limit }).complete).toBe(true);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  test("gives the same file again: nothing is lost but what the next run can't know", () => {
    fc.assert(
      fc.property(anyStore, (store) => {
        const once = restarted(store);
        expect(Buffer.compare(checkpointOf(restarted(once)), checkpointOf(once))).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  test("any changed byte, any cut and any addition is found, and the store stays empty", () => {
    const files = fc.sample(anyStore, { numRuns: 12, seed: 3 }).map(checkpointOf);
    const refuses = (bytes: Uint8Array): void => {
      const store = new MarketStore({ intervals: INTERVALS, capacity: 100 });
      expect(() => restoreCheckpoint(store, bytesFrom(bytes), MARKET)).toThrow();
      expect(store.symbols()).toEqual([]);
      expect(store.marketTime).toBe(0 as UnixMs);
    };
    const share = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
    fc.assert(
      fc.property(fc.constantFrom(...files), share, fc.integer({ min: 1, max: 255 }), (file, where, flip) => {
        const at = Math.floor(where * file.byteLength);
        const changed = file.slice();
        changed[at] = (changed[at] as number) ^ flip;
        refuses(changed);
        refuses(file.slice(0, at));
        refuses(new Uint8Array([...file, flip]));
      }),
      { numRuns: 300 },
    );
  });
});

describe("after a restart", () => {
  /** 300 minutes of history, one closed and one open minute from the stream. */
  function before(): MarketStore {
    const store = newStore({ capacity: 350 });
    for (const symbol of [BTC, LIFE]) {
      warm(store, symbol, 300);
      const [closed, open] = minutesOf(symbol, 300, 302) as [Kline, Kline];
      stream(store, symbol, closed);
      stream(store, symbol, { ...open, volume: open.volume / 4, closed: false });
    }
    return store;
  }
  const open = START + 301 * MINUTE;

  test("what closed is complete, what was open is in doubt, and only what came since is asked for", () => {
    const next = restarted(before());
    const now = (START + 310 * MINUTE) as UnixMs;
    for (const interval of INTERVALS) {
      const series = seriesOf(next, BTC, interval);
      expect(series.select({ limit: 50, endTime: openTimeOf(interval, open) - 1 }).complete).toBe(true);
      expect(series.select({ limit: 1 }).complete).toBe(false);
      const present = openTimeOf(interval, now);
      expect(next.missing(BTC, interval, now)).toEqual([{ from: openTimeOf(interval, open), to: present }]);
    }
  });

  test("one answer for the minutes in between makes every interval whole, as if there had been no restart", () => {
    const [kept, next] = [before(), restarted(before())];
    for (const minute of minutesOf(BTC, 301, 330)) stream(kept, BTC, minute);
    const from = open as UnixMs;
    const [to, now] = [START + 328 * MINUTE, START + 329 * MINUTE] as [UnixMs, UnixMs];
    next.apply({ type: "history", symbol: BTC, interval: "1m", from, to, klines: minutesOf(BTC, 301, 329) });
    stream(next, BTC, minutesOf(BTC, 329, 330)[0] as Kline);
    for (const interval of INTERVALS) {
      expect(allOf(seriesOf(next, BTC, interval))).toEqual(allOf(seriesOf(kept, BTC, interval)));
      expect(next.missing(BTC, interval, now)).toEqual([]);
      const asked = { limit: 300, startTime: START + 120 * MINUTE };
      expect(seriesOf(next, BTC, interval).select(asked)).toEqual(seriesOf(kept, BTC, interval).select(asked));
    }
  });

  test("an open candle that the exchange tells again is newer than the file's", () => {
    const next = restarted(before());
    const [minute] = minutesOf(BTC, 301, 302) as [Kline];
    const newer = { ...minute, volume: minute.volume / 2, closed: false };
    const [from, to] = [minute.openTime, minute.openTime];
    next.apply({ type: "history", symbol: BTC, interval: "1m", from, to, klines: [newer] });
    expect(allOf(seriesOf(next, BTC, "1m")).at(-1)).toEqual(newer);
    expect(allOf(seriesOf(next, BTC, "1h")).at(-1)?.volume).not.toBe(
      allOf(seriesOf(before(), BTC, "1h")).at(-1)?.volume,
    );
  });

  test("klines of the file count as such until they are told anew, and keep their first source in the next file", () => {
    const was = seriesOf(before(), BTC, "1m").sources();
    expect(was).toEqual({ stream: 2, rest: 300, rollup: 0, checkpoint: 0 });
    const next = restarted(before());
    expect(seriesOf(next, BTC, "1m").sources()).toEqual({ stream: 0, rest: 0, rollup: 0, checkpoint: 302 });
    stream(next, BTC, minutesOf(BTC, 301, 302)[0] as Kline);
    expect(seriesOf(next, BTC, "1m").sources()).toEqual({ stream: 1, rest: 0, rollup: 0, checkpoint: 301 });
  });

  test("what closed since is told as it is repaired, the file's klines aren't, and a close only if it is the last one", () => {
    const next = restarted(before());
    const told: number[] = [];
    const closes: unknown[] = [];
    next.listen({
      kline: ({ interval }, { openTime, closed }) => interval === "1m" && closed && told.push(openTime),
      close: ({ interval, closeTime, symbols }) => interval === "1m" && closes.push({ closeTime, symbols }),
    });
    const [present] = minutesOf(BTC, 310, 311) as [Kline];
    stream(next, BTC, { ...present, closed: false });
    const [from, to] = [open, present.openTime - MINUTE] as [UnixMs, UnixMs];
    for (const symbol of [BTC, LIFE]) {
      next.apply({ type: "history", symbol, interval: "1m", from, to, klines: minutesOf(symbol, 301, 310) });
    }
    const since = minutesOf(BTC, 301, 310).map(({ openTime }) => openTime as number);
    expect(told).toEqual([...since, ...since]);
    const last = { closeTime: (present.openTime - 1) as UnixMs };
    expect(closes).toEqual([
      { ...last, symbols: [BTC] },
      { ...last, symbols: [LIFE] },
    ]);
  });

  test("a hole that followers were told of is news when it is filled, though it was there before; one in what was read up isn't", () => {
    const store = newStore({ capacity: 350 });
    const [from, to] = [START, (START + 299 * MINUTE) as UnixMs];
    const klines = minutesOf(BTC, 0, 300).filter((_, minute) => minute !== 200);
    store.apply({ type: "history", symbol: BTC, interval: "1m", from, to, klines });
    for (const kline of [...minutesOf(BTC, 300, 301), ...minutesOf(BTC, 304, 306)]) stream(store, BTC, kline);
    // Two restarts: the second file has to say it, too.
    const next = restarted(restarted(store));
    const told: number[] = [];
    next.listen({
      kline: ({ interval }, { openTime, closed }) => interval === "1m" && closed && told.push(openTime),
    });
    next.apply({
      type: "history",
      symbol: BTC,
      interval: "1m",
      from,
      to: (START + 306 * MINUTE) as UnixMs,
      klines: minutesOf(BTC, 0, 307),
    });
    expect(told.map((openTime) => (openTime - START) / MINUTE)).toEqual([301, 302, 303, 306]);
    expect(allOf(seriesOf(next, BTC, "1m"))).toEqual(minutesOf(BTC, 0, 307));
  });

  test("a smaller ring takes the newest, a larger one asks for what is older", () => {
    const now = (START + 301 * MINUTE) as UnixMs;
    const smaller = restarted(before(), { capacity: 70 });
    const newest = allOf(seriesOf(before(), BTC, "1m")).slice(-71);
    expect(allOf(seriesOf(smaller, BTC, "1m"))).toEqual(newest);
    expect(smaller.missing(BTC, "1m", now)).toEqual([{ from: now, to: now }]);
    expect(seriesOf(smaller, BTC, "1m").select({ limit: 70, endTime: now - 1 }).complete).toBe(true);
    const [oldest] = newest as [Kline];
    const since = { limit: 100, endTime: now - 1 };
    expect(seriesOf(smaller, BTC, "1m").select({ ...since, startTime: oldest.openTime }).complete).toBe(true);
    expect(seriesOf(smaller, BTC, "1m").select({ ...since, startTime: oldest.openTime - MINUTE }).complete).toBe(false);
    const larger = restarted(before(), { capacity: 1000 });
    expect(larger.missing(BTC, "1m", now)).toEqual([
      { from: (now - 1000 * MINUTE) as UnixMs, to: (START - 601 * MINUTE) as UnixMs },
      { from: now, to: now },
    ]);
  });

  test("an interval that came is asked for, one that went is gone", () => {
    const next = restarted(before(), { intervals: ["1m", "15m", "1h"] });
    const now = (START + 301 * MINUTE) as UnixMs;
    const present = openTimeOf("15m", now);
    expect(next.missing(BTC, "15m", now)).toEqual([{ from: addCandles("15m", present, -350), to: present }]);
    expect(next.series(BTC, "5m")).toBeUndefined();
    expect(allOf(seriesOf(next, BTC, "1h"))).toEqual(allOf(seriesOf(before(), BTC, "1h")));
  });

  test("what the exchange restated is still marked as such", () => {
    const store = before();
    const [minute] = minutesOf(BTC, 280, 281) as [Kline];
    const [from, to] = [minute.openTime, minute.openTime];
    const klines = [{ ...minute, volume: minute.volume + 1 }];
    const askedAt = (minute.closeTime + 3_600_000) as UnixMs;
    store.apply({ type: "history", symbol: BTC, interval: "1m", from, to, klines, askedAt });
    const next = seriesOf(restarted(store), BTC, "1m");
    const position = next.ring.position(from);
    expect(allOf(next)[position]).toEqual(klines[0] as Kline);
    expect([position - 1, position, position + 1].map((at) => next.ring.isRestatedAt(at))).toEqual([
      false,
      true,
      false,
    ]);
  });

  test("figures that are unknown are so in the next run, in the sums, too", () => {
    const store = newStore();
    const unknown = { trades: Number.NaN, takerBuyVolume: Number.NaN };
    for (const kline of minutesOf(BTC, 0, 12)) stream(store, BTC, { ...kline, ...unknown });
    const next = restarted(store);
    for (const interval of ["1m", "5m", "1h"] as const) {
      const klines = allOf(seriesOf(next, BTC, interval));
      expect(klines).toEqual(allOf(seriesOf(store, BTC, interval)));
      for (const kline of klines) {
        expect(kline).toMatchObject(unknown);
        expect(kline.quoteVolume).not.toBeNaN();
        expect(kline.takerBuyQuoteVolume).not.toBeNaN();
      }
    }
  });

  test("a ticker's unknown quote volume is unknown in the next run, too, and no null", () => {
    const store = newStore();
    stream(store, BTC, minutesOf(BTC, 0, 1)[0] as Kline);
    const figures = { price: 1, open: 1, high: 1, low: 1, volume: 1, quoteVolume: Number.NaN };
    const updatedAt = (START + 59_000) as UnixMs;
    store.apply({ type: "ticker", ticker: tickerOf({ symbol: BTC, ...figures, updatedAt }) });
    expect(store.ticker(BTC)?.quoteVolume).toBeNaN();
    expect(restarted(store).ticker(BTC)).toEqual(store.ticker(BTC) as Ticker);
  });

  test("series survive the word of which symbols there are", () => {
    const next = restarted(before());
    next.apply({ type: "symbols", symbols: [infoOf(BTC)] });
    expect(allOf(seriesOf(next, BTC, "1m"))).toHaveLength(302);
    expect(next.hasSymbol(LIFE)).toBe(false);
  });
});

describe("a file that can't be used says why", () => {
  const file = checkpointOf(newStore());
  const read = (bytes: Uint8Array, market = MARKET): void => {
    restoreCheckpoint(new MarketStore({ intervals: INTERVALS, capacity: 100 }), bytesFrom(bytes), market);
  };
  const newer = file.slice();
  newer[8] = 2;

  test.each([
    ["empty", new Uint8Array(0), "it is empty"],
    ["foreign", new TextEncoder().encode("PK\u0003\u0004 not ours"), "it isn't a checkpoint of Vyx"],
    ["newer", newer, "its format is 2, newer than what this version of Vyx reads (1)"],
    ["cut", file.slice(0, -7), "it breaks off in block 3"],
    ["longer", new Uint8Array([...file, 0]), "it goes on behind its end"],
  ])("%s", (_name, bytes, why) => {
    expect(() => read(bytes)).toThrow(why);
  });

  test("of another market", () => {
    expect(() => read(file, "data-api.binance.vision")).toThrow(
      "it is of another market, exchange.test: this server follows data-api.binance.vision",
    );
  });

  /** What an earlier version may have written: its checksums are right, and what it holds isn't. */
  const holding = (kline: Kline, to: number = kline.openTime): Uint8Array => {
    const store = newStore();
    const from = kline.openTime;
    store.apply({ type: "history", symbol: BTC, interval: "1m", from, to: to as UnixMs, klines: [kline] });
    return checkpointOf(store);
  };
  const [good] = minutesOf(BTC, 0, 1) as [Kline];

  test.each([
    ["misaligned", { openTime: START + 1 }],
    ["wrong_year", { openTime: START * 1_000, closeTime: START * 1_000 + 59_999 }],
    ["closes_late", { closeTime: START + 3_600_000 }],
    ["price_not_positive", { low: 0 }],
    ["not_a_number", { volume: Number.NaN }],
    ["out_of_bounds", { volume: 1e300 }],
  ])("with a kline that can't be: %s", (reason, changes) => {
    expect(() => read(holding(good))).not.toThrow();
    expect(() => read(holding({ ...good, ...changes } as Kline))).toThrow(
      `BTCUSDT 1m holds what can't be a kline: ${reason}`,
    );
  });

  test("certain of times that can't be, or of a market in a year that has none", () => {
    expect(() => read(holding(good, START * 1_000))).toThrow("BTCUSDT 1m is certain of times that can't be");
    const early = newStore();
    stream(early, BTC, { ...good, openTime: 0, closeTime: 59_999 } as Kline);
    expect(() => read(checkpointOf(early))).toThrow("BTCUSDT has news from a time that can't be");
    const store = newStore();
    const price = { price: 1, open: 1, high: 1, low: 1, volume: 1, quoteVolume: 1 };
    const ticker = tickerOf({ symbol: BTC, ...price, updatedAt: (START * 1_000) as UnixMs });
    store.apply({ type: "ticker", ticker });
    expect(() => read(checkpointOf(store))).toThrow("which is no time of a market");
  });
});

test("holds each symbol once when the list of symbols arrives while it is written", () => {
  const symbols = ["AUSDT", "BUSDT", "CUSDT", "DUSDT"].map(parseSymbol);
  const store = new MarketStore({ intervals: ["1m"], capacity: 10 });
  store.apply({ type: "symbols", symbols: symbols.map(infoOf) });
  const held: Symbol[] = [];
  for (const { info } of store.held()) {
    held.push(info.symbol);
    // The last one is gone, and another one is new.
    const listed = [...symbols.slice(0, 3), parseSymbol("EUSDT")].map(infoOf);
    if (held.length === 3) store.apply({ type: "symbols", symbols: listed });
  }
  expect(held).toEqual(symbols.slice(0, 3));
});
