import { describe, expect, test } from "bun:test";
import { readExchangeInfo as readerOf } from "./exchange-info.ts";

const readExchangeInfo = readerOf("binance");

const GOOD = {
  symbol: "BTCUSDT",
  status: "TRADING",
  baseAsset: "BTC",
  quoteAsset: "USDT",
  filters: [
    { filterType: "PRICE_FILTER", tickSize: "0.01000000" },
    { filterType: "LOT_SIZE", stepSize: "0.00001000" },
  ],
};
const read = (...symbols: unknown[]): ReturnType<typeof readExchangeInfo> => readExchangeInfo({ symbols });

describe("the exchange's list", () => {
  test("an entry is read with its decimals", () => {
    expect(read(GOOD).symbols).toEqual([
      {
        symbol: "BTCUSDT" as never,
        base: "BTC",
        quote: "USDT",
        status: "TRADING",
        priceDecimals: 2,
        quantityDecimals: 5,
      },
    ]);
  });

  test.each(["PRE_MARKET", "PENDING_TRADING", "AUCTION_MATCH", "POST_TRADING", "GONE", "DELISTED", "UNKNOWN"])(
    "a status that we don't know doesn't take a symbol away: %s",
    (status) => {
      const [info] = read({ ...GOOD, status }).symbols;
      expect(info).toMatchObject({ symbol: "BTCUSDT", status: "UNKNOWN", exchangeStatus: status });
    },
  );

  test.each([
    [{ status: undefined }, { status: "UNKNOWN" }],
    [{ status: 7 }, { status: "UNKNOWN" }],
    [{ baseAsset: undefined }, { status: "TRADING", base: "BTC", quote: "USDT" }],
    [
      { baseAsset: null, quoteAsset: {} },
      { status: "TRADING", base: "BTCUSDT", quote: "" },
    ],
    [{ filters: [null] }, { status: "TRADING", priceDecimals: 8 }],
    [{ filters: "none" }, { priceDecimals: 8, quantityDecimals: 8 }],
    [{ filters: [{ filterType: "PRICE_FILTER", tickSize: 1e-9 }, 7, []] }, { priceDecimals: 8 }],
  ])("nor does anything else of its entry: %j", (changes, expected) => {
    expect(read({ ...GOOD, ...changes }).symbols[0]).toMatchObject(expected);
  });

  test("an entry that names no symbol costs itself alone: it is counted, and the first is kept", () => {
    const { symbols, refused } = read(null, 7, {}, "x", [GOOD], { ...GOOD, symbol: "btcusdt" }, GOOD);
    expect(symbols.map(({ symbol }) => symbol as string)).toEqual(["BTCUSDT"]);
    expect(refused).toEqual({ count: 6, first: "null" });
  });

  test("a symbol that is told three times counts once, as it was told first", () => {
    const { symbols, refused } = read(GOOD, { ...GOOD, status: "HALT" }, GOOD);
    expect(symbols.map(({ status }) => status)).toEqual(["TRADING"]);
    expect(refused.count).toBe(0);
  });

  test.each([
    [[{ rateLimitType: "REQUEST_WEIGHT", interval: "MINUTE", intervalNum: 1, limit: 1_200 }], 1_200],
    [[null, 7, { rateLimitType: "REQUEST_WEIGHT", interval: "MINUTE", intervalNum: 5, limit: 30_000 }], 6_000],
    [[{ rateLimitType: "REQUEST_WEIGHT", interval: "MINUTE", limit: 1e300 }], undefined],
    [[{ rateLimitType: "REQUEST_WEIGHT", interval: "MINUTE", limit: 1 }], undefined],
    [[{ rateLimitType: "REQUEST_WEIGHT", interval: "MINUTE", limit: "lots" }], undefined],
    ["none", undefined],
  ])("a weight limit that can't be meant counts as not told: %j", (rateLimits, limit: number | undefined) => {
    expect(readExchangeInfo({ symbols: [GOOD], rateLimits }).budget).toBe(limit);
  });

  test.each([[null], [7], ["<html>"], [[]], [{}], [{ symbols: {} }]])(
    "is refused when it is no such answer: %j",
    (body) => {
      expect(() => readExchangeInfo(body)).toThrow("expected an object with `symbols`");
    },
  );

  test.each([
    [[], "expected symbols, got none"],
    [[null, {}], "expected symbols, got 2 that name none, such as null"],
  ])("nor is one that names no symbol: %j", (symbols, words) => {
    expect(() => readExchangeInfo({ symbols })).toThrow(words);
  });
});
