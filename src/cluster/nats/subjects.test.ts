import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { emptyKline, type MarketId, parseSymbol, type Symbol, type UnixMs } from "../../core/mod.ts";
import {
  finalId,
  finalSubject,
  finalsOf,
  isNodeName,
  liveSubject,
  nodeOfLive,
  restatedId,
  symbolOfToken,
  tokenOf,
} from "./subjects.ts";

const NAMES = ["BTCUSDT", "1000SATSUSDT", "币安人生USDT", "BTCUSDT.P", "BTC-28MAR25", "ETHUSD_250328"];

describe("tokens of symbols", () => {
  test("hold neither a point nor a space nor a wildcard, and say what they stand for", () => {
    expect(tokenOf(parseSymbol("BYBIT:BTCUSDT.P"))).toBe("BYBIT=3ABTCUSDT=2EP");
    expect(tokenOf(parseSymbol("币安人生USDT"))).toBe("=E5=B8=81=E5=AE=89=E4=BA=BA=E7=94=9FUSDT");
    for (const name of NAMES)
      for (const market of ["", "BYBIT:"]) {
        const symbol = parseSymbol(`${market}${name}`);
        expect(symbolOfToken(tokenOf(symbol))).toBe(symbol);
      }
  });

  test("are different for different texts, whatever these hold, and fit subjects and keys", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", minLength: 1 }),
        fc.string({ unit: "grapheme", minLength: 1 }),
        (a, b) => {
          const [one, other] = [tokenOf(a as Symbol), tokenOf(b as Symbol)];
          expect(one).toMatch(/^[-/_=.a-zA-Z0-9]+$/);
          expect(one).not.toContain(".");
          expect(one === other).toBe(new TextEncoder().encode(a).join() === new TextEncoder().encode(b).join());
        },
      ),
    );
  });

  test("of no symbol are none", () => {
    for (const token of ["", "=2", "=2e", "BTC USDT", "*", "=FF", "BTCUSD=54"]) {
      expect(symbolOfToken(token)).toBeUndefined();
    }
  });
});

test("subjects and ids name the market, the symbol and the minute; a restatement has one more of its figures", () => {
  const market: MarketId = "bybit-linear";
  const symbol = parseSymbol("BYBIT:BTCUSDT.P");
  const kline = { ...emptyKline(), openTime: 60_000 as UnixMs, close: 1, closed: true };
  expect(finalSubject(market, symbol)).toBe("vyx.kline.bybit-linear.BYBIT=3ABTCUSDT=2EP.1m");
  expect(finalsOf(market)).toBe("vyx.kline.bybit-linear.*.1m");
  expect(finalId(market, symbol, kline.openTime)).toBe("bybit-linear|BYBIT=3ABTCUSDT=2EP|1m|60000");
  expect(restatedId(market, symbol, kline)).toStartWith("bybit-linear|BYBIT=3ABTCUSDT=2EP|1m|60000|");
  expect(restatedId(market, symbol, kline)).toBe(restatedId(market, symbol, { ...kline }));
  expect(restatedId(market, symbol, kline)).not.toBe(restatedId(market, symbol, { ...kline, close: 2 }));
  expect(nodeOfLive(liveSubject(market, "node-1"))).toBe("node-1");
  expect(["node-1", "a.b", "", "*", "é"].map(isNodeName)).toEqual([true, false, false, false, false]);
});
