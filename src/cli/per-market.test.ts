import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseSymbol, type UnixMs } from "../core/mod.ts";
import { parseSelection } from "../feeds/mod.ts";
import { checkpointBytes, MarketStore } from "../store/mod.ts";
import { ConfiguredMarket, configuredMarkets } from "./configured-market.ts";
import { exchangeOf } from "./exchange-of.ts";
import { createLog } from "./log.ts";
import { marketSettings } from "./market-settings.ts";
import { parseMarkets, perMarket } from "./per-market.ts";
import { readSettings } from "./read-settings.ts";

const text = (one: string): string => one.toUpperCase();

describe("a value by market", () => {
  test("is the first market's where it is bare, and that of the one that is named", () => {
    const read = perMarket("usdt; bybit=usdc;bybit-linear=eur", text);
    expect([read.of("binance", "binance"), read.of("bybit", "binance"), read.of("bybit-linear", "binance")]).toEqual([
      ...["USDT", "USDC", "EUR"],
    ]);
    expect(read.of("binance-usdm", "binance")).toBeUndefined();
    expect(read.of("binance", "bybit")).toBeUndefined();
    expect(read.markets).toEqual(["bybit", "bybit-linear"]);
    expect(perMarket("binance=btc", text).of("binance", "bybit")).toBe("BTC");
  });

  test("may hold what looks like one in an address", () => {
    expect(perMarket("https://host/?a=b", (one) => one).of("bybit", "bybit")).toBe("https://host/?a=b");
  });

  test("that is given twice is refused, and not dropped", () => {
    expect(() => perMarket("a;b", text)).toThrow(
      `"a" and "b" are both for the server's first market: expected one of them, or MARKET=VALUE for others`,
    );
    expect(() => perMarket("bybit=a;bybit=b", text)).toThrow('"a" and "b" are both for bybit: expected one of them');
  });

  test("of a market that isn't known is refused", () => {
    expect(() => perMarket("kraken=top:5", parseSelection)).toThrow(
      '"kraken" is not a market: expected one of binance, binance-usdm, bybit, bybit-linear',
    );
  });
});

test("markets are listed once each, in their order", () => {
  expect(parseMarkets("bybit, binance,bybit")).toEqual(["bybit", "binance"]);
  expect(() => parseMarkets("binance,kraken")).toThrow('"kraken" is not a market: expected one of binance,');
});

test.each([
  [{ symbols: "bybit=BTCUSDT" }, "--symbols names bybit, and --markets doesn't: expected --markets binance,bybit"],
  [{ symbols: "BYBIT:BTCUSDT" }, '"BYBIT:BTCUSDT" isn\'t of Binance spot: expected a name such as BTCUSDT'],
] as const)("%j is refused", (flags, words) => {
  const { settings } = readSettings({ ...flags, dataDir: "none" }, {});
  expect(() => configuredMarkets(settings, createLog("error"))).toThrow(words);
});

test("names in a market's list are its exchange's own", () => {
  const { settings } = readSettings({ markets: "bybit,bybit-linear", symbols: "BTCUSDT;bybit-linear=ETHUSDT" }, {});
  const of = (market: "bybit" | "bybit-linear"): unknown => settings.symbols.of(market, "bybit");
  expect(of("bybit")).toEqual({ kind: "list", symbols: ["BYBIT:BTCUSDT"] });
  expect(of("bybit-linear")).toEqual({ kind: "list", symbols: ["BYBIT:ETHUSDT.P"] });
  expect(() => readSettings({ symbols: "bybit=BYBIT:BTCUSDT.P" }, {})).toThrow("isn't of Bybit spot");
});

test.each(["binance=", "", "bybit=US DT"])("a quote asset %j is refused", (quote) => {
  expect(() => readSettings({ quote }, {})).toThrow("is not an asset: expected letters and digits such as USDT");
});

test("a follower takes all that its upstream lists, unless it is told otherwise", () => {
  const of = (flags: Record<string, string>): unknown[] => {
    const { settings } = readSettings({ markets: "binance,bybit", upstream: "https://x.example/vyx/", ...flags }, {});
    return settings.markets.map((market) => {
      const { selection, quote, restUrl, wsUrl } = marketSettings(settings, market, exchangeOf(settings, market));
      return [selection.kind, quote, restUrl, wsUrl];
    });
  };
  const at = ["https://x.example/vyx", "wss://x.example/vyx"];
  expect(of({})).toEqual([
    ["all", undefined, ...at],
    ["all", undefined, ...at],
  ]);
  // Volumes in several assets can't be compared.
  expect(of({ symbols: "top:5", quote: "bybit=EUR" })).toEqual([
    ["top", "USDT", ...at],
    ["all", "EUR", ...at],
  ]);
});

test("a checkpoint is of one upstream: another one behind the same proxy may differ in its path alone", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "vyx-checkpoint-"));
  const kept = new MarketStore({ intervals: ["1m"], capacity: 10 });
  const about = { base: "BTC", quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 5 } as const;
  kept.apply({ type: "symbols", symbols: [{ symbol: parseSymbol("BTCUSDT"), ...about }] });
  const facts = { market: "proxy.example/one", source: "simulated", writtenAt: 1 as UnixMs } as const;
  // A piece is valid until the next one is asked for.
  const pieces = Array.from(checkpointBytes(kept, facts), (piece) => Buffer.from(piece));
  writeFileSync(join(dataDir, "checkpoint-00000001.vyx"), Buffer.concat(pieces));
  const symbolsOf = async (upstream: string): Promise<number> => {
    const { settings } = readSettings({ upstream, dataDir, intervals: "1m" }, {});
    const market = new ConfiguredMarket(settings, "binance", createLog("silent"));
    await market.prepare();
    market.release();
    return market.store.symbols().length;
  };
  expect(await symbolsOf("https://proxy.example/one/")).toBe(1);
  expect(await symbolsOf("https://proxy.example/two")).toBe(0);
  expect(await symbolsOf("https://proxy.example")).toBe(0);
  rmSync(dataDir, { recursive: true });
});
