import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { readExchangeInfo as readerOfInfo } from "./exchange-info.ts";
import { readTickers as readerOfTickers, readTime } from "./rows.ts";

const [readExchangeInfo, readTickers] = [readerOfInfo("binance"), readerOfTickers("binance")];

describe("tickers and the time", () => {
  test("members that can't be read are left out, the rest stays", () => {
    expect(readTickers([null, {}, { symbol: "BTCUSDT", lastPrice: "x" }])).toEqual([]);
    expect(() => readTickers({})).toThrow("expected an array");
    expect(() => readTime({ serverTime: "now" })).toThrow("expected serverTime");
  });
});

const DATA = join(import.meta.dir, "../../../../shared/data");

describe.skipIf(!existsSync(DATA))("what the exchange answered", () => {
  const body = (path: string): unknown => {
    const bytes = readFileSync(join(DATA, path));
    return JSON.parse((path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString());
  };

  test("every symbol of 2020 and 2024 is read, with its decimals", () => {
    for (const path of ["rest/exchangeInfo_20201009.json.gz", "rest/exchangeInfo_20240908.json.gz"]) {
      const raw = body(path) as { symbols: { symbol: string }[] };
      const info = readExchangeInfo(raw);
      expect(info.symbols.map(({ symbol }) => symbol as string)).toEqual(raw.symbols.map(({ symbol }) => symbol));
      expect(info.symbols.find((known) => known.symbol === ("BTCUSDT" as never))?.priceDecimals).toBe(2);
    }
  });

  test("every ticker of a traded symbol is read", () => {
    const raw = body("rest/ticker24hr_20201009.json.gz") as { symbol: string; lastPrice: string }[];
    const traded = raw.filter(({ lastPrice }) => Number(lastPrice) > 0).map(({ symbol }) => symbol);
    expect(readTickers(raw).map(({ symbol }) => symbol as string)).toEqual(traded);
  });
});
