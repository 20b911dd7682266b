import { describe, expect, test } from "bun:test";
import {
  ANY_UNKNOWN,
  emptyKline,
  InvalidInput,
  intervalsToKeep,
  isTickerSane,
  klineFault,
  parseMoment,
  parseSymbol,
  seededRandom,
  type Ticker,
  tickerFromKlines,
  UNREADABLE,
  unixMs,
} from "./mod.ts";

const kline = {
  ...emptyKline(),
  openTime: unixMs(60_000),
  closeTime: unixMs(119_999),
  open: 2,
  high: 3,
  low: 1,
  close: 2,
};

describe("symbol", () => {
  test("takes any script, and lower case", () => {
    expect(parseSymbol("btcusdt") as string).toBe("BTCUSDT");
    expect(parseSymbol("币安人生USDT") as string).toBe("币安人生USDT");
  });
  test("refuses what could be a path, a channel or a trick, in words", () => {
    for (const wrong of ["", "*", "A/B", "A:B", "A B", "A\n", "..\\x", "a".repeat(65), "%41"]) {
      expect(() => parseSymbol(wrong)).toThrow(InvalidInput);
    }
  });
});

describe("kline", () => {
  test("a sound one has no fault", () => expect(klineFault(kline)).toBeUndefined());
  test("each kind of nonsense is named", () => {
    expect(klineFault({ ...kline, volume: Number.NaN })).toBe("not_a_number");
    expect(klineFault({ ...kline, close: Number.POSITIVE_INFINITY })).toBe("not_a_number");
    expect(klineFault({ ...kline, closeTime: unixMs(kline.openTime - 1) })).toBe("closes_before_it_opens");
    expect(klineFault({ ...kline, low: 0 })).toBe("price_not_positive");
    expect(klineFault({ ...kline, high: 1.5 })).toBe("high_is_not_highest");
    expect(klineFault({ ...kline, low: 2.5 })).toBe("low_is_not_lowest");
    expect(klineFault({ ...kline, trades: -1 })).toBe("negative_amount");
    expect(klineFault({ ...kline, takerBuyVolume: -1 })).toBe("negative_amount");
  });
});

describe("moment", () => {
  test("reads dates and milliseconds", () => {
    expect(parseMoment("2026-02-10T00:00Z") as number).toBe(Date.UTC(2026, 1, 10));
    expect(parseMoment("1770681600000") as number).toBe(1_770_681_600_000);
    expect(parseMoment(1_770_681_600_000) as number).toBe(1_770_681_600_000);
    expect(parseMoment("2026-02-10") as number).toBe(Date.UTC(2026, 1, 10));
    expect(parseMoment("2026-02-10T02:30:00.5+02:00") as number).toBe(Date.UTC(2026, 1, 10, 0, 30, 0, 500));
    expect(parseMoment("0") as number).toBe(0);
  });
  test("says what would be right", () => {
    expect(() => parseMoment("yesterday")).toThrow(/expected Unix milliseconds/);
    expect(() => parseMoment("")).toThrow(InvalidInput);
    expect(() => parseMoment("2026-02-10T00:00")).toThrow(/has no time zone: expected for example 2026-02-10T00:00Z/);
    expect(() => parseMoment("2026-02-30T00:00Z junk")).toThrow(InvalidInput);
    expect(() => parseMoment("1770681600")).toThrow(
      "1770681600 looks like seconds: expected Unix milliseconds, which would be 1770681600000",
    );
    expect(() => parseMoment(1_770_681_600_000_000)).toThrow(/looks like microseconds.* 1770681600000$/);
    expect(() => parseMoment("1770681600000000000")).toThrow(/looks like nanoseconds.* 1770681600000$/);
    expect(() => unixMs(0.5)).toThrow(InvalidInput);
  });
});

test("a parent that nobody asked for is kept all the same, children first", () => {
  expect(intervalsToKeep(["1w"])).toEqual(["1m", "1h", "1d", "1w"]);
  expect(intervalsToKeep(["4h", "1m"])).toEqual(["1m", "1h", "4h"]);
  expect(intervalsToKeep(["1s"])).toEqual(["1s", "1m"]);
});

test("a ticker from klines spans 24 hours at most", () => {
  const day = 86_400_000;
  const klines = [0, 1, 2].map((days) => ({
    ...kline,
    openTime: unixMs(days * day + 1),
    close: 2 + days / 10,
    volume: 1.1,
    quoteVolume: 2.2,
  }));
  const ticker = tickerFromKlines(parseSymbol("BTCUSDT"), klines, unixMs(2 * day + 2));
  expect(ticker).toMatchObject({ price: 2.2, open: 2, volume: 1.1, priceChange: 0.2, priceChangePercent: 10 });
  expect(tickerFromKlines(parseSymbol("BTCUSDT"), [], unixMs(0))).toBeUndefined();
  const unknown = klines.map((kline, at) => (at === klines.length - 1 ? { ...kline, quoteVolume: Number.NaN } : kline));
  expect(tickerFromKlines(parseSymbol("BTCUSDT"), unknown, unixMs(2 * day + 2))).toEqual({
    ...(ticker as Ticker),
    quoteVolume: Number.NaN,
  });
});

test("a seed gives the same numbers again, and another seed others", () => {
  const draw = (seed: number): number[] => Array.from({ length: 5 }, seededRandom(seed));
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
});

test("of a ticker's figures, only the quote volume may be unknown", () => {
  const figures = { price: 1, open: 1, high: 1, low: 1, volume: 1, quoteVolume: 1 };
  const isSane = (changed: Partial<typeof figures>): boolean =>
    isTickerSane(
      { ...figures, ...changed, symbol: parseSymbol("BTCUSDT"), updatedAt: unixMs(1_770_681_600_000) },
      ANY_UNKNOWN,
    );
  expect([isSane({}), isSane({ quoteVolume: Number.NaN }), isSane({ quoteVolume: UNREADABLE })]).toEqual([
    true,
    true,
    false,
  ]);
  for (const name of ["price", "open", "high", "low", "volume"]) {
    expect([name, isSane({ [name]: Number.NaN })]).toEqual([name, false]);
  }
});
