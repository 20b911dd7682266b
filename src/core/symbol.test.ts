import { describe, expect, test } from "bun:test";
import { MARKET_IDS, type MarketId } from "./market-table.ts";
import {
  isSymbolText,
  marketOf,
  marketsMeant,
  nameAt,
  parseSymbol,
  symbolAt,
  wildcardAt,
  wildcardIn,
  wildcardOf,
  wildcardsMeaning,
} from "./symbol.ts";

describe("a symbol", () => {
  test.each([
    ["BTCUSDT", "BTCUSDT", "binance", "BTCUSDT"],
    ["btcusdt", "BTCUSDT", "binance", "BTCUSDT"],
    ["币安人生USDT", "币安人生USDT", "binance", "币安人生USDT"],
    ["binance:btcusdt", "BTCUSDT", "binance", "BTCUSDT"],
    ["BINANCE:BTCUSDT.P", "BINANCE:BTCUSDT.P", "binance-usdm", "BTCUSDT"],
    ["BINANCE:BTCUSDT_260327", "BINANCE:BTCUSDT_260327", "binance-usdm", "BTCUSDT_260327"],
    ["Bybit:btcusdt", "BYBIT:BTCUSDT", "bybit", "BTCUSDT"],
    ["BYBIT:BTCUSDT.P", "BYBIT:BTCUSDT.P", "bybit-linear", "BTCUSDT"],
    ["BYBIT:BTCPERP.P", "BYBIT:BTCPERP.P", "bybit-linear", "BTCPERP"],
  ] as const)("%s is %s of %s, there called %s", (text, symbol, market, name) => {
    const read = parseSymbol(text);
    expect([read as string, marketOf(read), nameAt(read)]).toEqual([symbol, market, name]);
    expect(symbolAt(market, name)).toBe(read);
    expect(parseSymbol(read)).toBe(read);
  });

  test.each([
    "",
    "BTC/USDT",
    "KRAKEN:BTCUSDT",
    "BYBIT:",
    "BYBIT:.P",
    ":BTCUSDT",
    "BYBIT:BTC:USDT",
    "a".repeat(65),
    "BYBIT:*",
  ])("%s is none", (text) => {
    expect(isSymbolText(text)).toBe(false);
    expect(() => parseSymbol(text)).toThrow(
      "is not a symbol: expected 1 to 64 letters or digits, for example BTCUSDT, or with one of the exchanges BINANCE, BYBIT before them, for example BYBIT:BTCUSDT.P",
    );
  });

  test("of a name that an exchange can't mean is none", () => {
    for (const name of ["", "btcusdt", "BTC USDT", "BTC:USDT"]) expect(symbolAt("bybit", name)).toBeUndefined();
  });
});

test("wildcards mean markets of a server", () => {
  const meant = (text: string, served = MARKET_IDS as readonly MarketId[]): readonly MarketId[] | undefined => {
    const wildcard = wildcardIn(text);
    return wildcard === undefined ? undefined : marketsMeant(wildcard, served);
  };
  expect(["*", "BINANCE:*", "binance:*.p", "BYBIT:*", "BYBIT:*.P"].map((text) => meant(text))).toEqual([
    ["binance"],
    ["binance"],
    ["binance-usdm"],
    ["bybit"],
    ["bybit-linear"],
  ]);
  expect(meant("*:*")).toEqual(MARKET_IDS);
  expect(["BTCUSDT", "KRAKEN:*", "**", ""].map((text) => meant(text))).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(["*", "BINANCE:*", "*:*"].map((text) => meant(text, ["bybit", "bybit-linear"]))).toEqual([
    ["bybit"],
    [],
    ["bybit", "bybit-linear"],
  ]);
  for (const market of MARKET_IDS) {
    expect(meant(wildcardOf(market))).toEqual([market]);
    for (const first of MARKET_IDS) {
      expect(meant(wildcardAt(market, first), [first, ...MARKET_IDS.filter((id) => id !== first)])).toEqual([market]);
    }
    const texts = ["*", "*:*", "BINANCE:*", "BINANCE:*.P", "BYBIT:*", "BYBIT:*.P"];
    const own = texts.filter((text) => meant(text, [market])?.includes(market) === true);
    expect(wildcardsMeaning(market).toSorted()).toEqual(own.toSorted() as never);
  }
});
