import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { UnixMs } from "../../core/mod.ts";
import { readExchangeInfo } from "./exchange-info.ts";
import { readKlineRows, readTickers, readTime } from "./rows.ts";

const OPEN = Date.UTC(2026, 1, 10) as UnixMs;
const LATER = (OPEN + 1e9) as UnixMs;

function row(openTime: number, changes: Record<number, unknown> = {}): unknown[] {
  const fields: unknown[] = [openTime, "10", "12", "9", "11", "3.5", openTime + 59_999, "38.5", 3, "1.5", "16.5", "0"];
  for (const [index, value] of Object.entries(changes)) fields[Number(index)] = value;
  return fields;
}

describe("kline rows", () => {
  test("a row whose close time has not passed on the exchange's clock is open", () => {
    const rows = [row(OPEN), row(OPEN + 60_000)];
    const closed = (now: number): boolean[] => readKlineRows(rows, "1m", now as UnixMs).map((kline) => kline.closed);
    expect(closed(OPEN + 59_999)).toEqual([false, false]);
    expect(closed(OPEN + 60_000)).toEqual([true, false]);
    expect(closed(OPEN + 120_000)).toEqual([true, true]);
  });

  test("a close time that isn't the interval's is taken as the exchange tells it", () => {
    expect(readKlineRows([row(OPEN, { 6: OPEN + 31_007 })], "1m", LATER)[0]?.closeTime as number).toBe(OPEN + 31_007);
  });

  test.each([
    [{ code: -1121 }, "expected an array"],
    [[["1"]], "row 0 has fewer than 11 fields"],
    [[row(OPEN, { 4: 11 })], "row 0 can't be a kline: not_a_number"],
    [[row(OPEN), row(OPEN)], "row 1 isn't later"],
    [[row(OPEN + 1)], "where no 1m candle opens"],
  ])("half an answer is none: %j", (body, words) => {
    expect(() => readKlineRows(body, "1m", LATER)).toThrow(words);
  });
});

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

  test.each([
    ["spot_rest_raw/BTCUSDT_1m.json", "1m"],
    ["spot_rest_raw/BTCUSDT_1d.json", "1d"],
    ["spot_htf_full/BTCUSDT-2h-2017-08-17_2019-12-31.json.gz", "2h"],
  ] as const)("%s", (path, interval) => {
    const raw = body(path) as unknown[][];
    const klines = readKlineRows(raw, interval, LATER);
    expect(klines.map(({ openTime, closeTime, close, trades }) => [openTime, closeTime, close, trades])).toEqual(
      raw.map((fields) => [fields[0], fields[6], Number(fields[4]), fields[8]]) as never,
    );
  });
});
