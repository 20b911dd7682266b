import { afterAll, beforeAll, expect, test } from "bun:test";
import type { KlinesAnswer } from "../../src/wire/mod.ts";
import { LIFE, type ServedMarket, START, serveMarket } from "../helpers/served-market.ts";

const MINUTE = 60_000;
/** Minutes that the market has, by its history. */
const MINUTES = 300;

let market: ServedMarket;
beforeAll(() => {
  market = serveMarket();
});
afterAll(() => market.server.stop());

async function get<T = Record<string, unknown>>(path: string, status = 200): Promise<T> {
  const response = await market.get(`/udf/${path}`);
  expect([path, response.status]).toEqual([path, status]);
  return (await response.json()) as T;
}

interface Bars {
  readonly s: string;
  readonly t?: readonly number[];
  readonly o?: readonly number[];
  readonly c?: readonly number[];
  readonly v?: readonly number[];
  readonly nextTime?: number;
}

const second = (minute: number): number => (START + minute * MINUTE) / 1_000;

test("says what there is, and what time it is in the market", async () => {
  expect(await get("config")).toMatchObject({
    supports_search: true,
    supports_time: true,
    supported_resolutions: ["1", "5", "60"],
    exchanges: [{ value: "" }, { value: "BINANCE", desc: "Binance spot" }],
  });
  const time = await market.get("/udf/time");
  expect(Math.abs(Number(await time.text()) - second(MINUTES))).toBeLessThan(120);
});

test("describes a symbol, with its exchange or without, in any script", async () => {
  for (const name of ["BTCUSDT", "btcusdt", "BINANCE:BTCUSDT"]) {
    expect(await get(`symbols?symbol=${name}`)).toMatchObject({
      ...{ name: "BTCUSDT", ticker: "BINANCE:BTCUSDT", exchange: "BINANCE", type: "crypto", session: "24x7" },
      ...{ timezone: "Etc/UTC", minmov: 1, pricescale: 100, supported_resolutions: ["1", "5", "60"] },
    });
  }
  expect(await get(`symbols?symbol=${encodeURIComponent(LIFE)}`)).toMatchObject({ name: LIFE });
  const missing = await get<{ s: string; errmsg: string }>("symbols?symbol=BTCUSDX", 404);
  expect(missing).toMatchObject({ s: "error", errmsg: expect.stringContaining("did you mean BTCUSDT?") });
  expect(await get("symbols?symbol=%00", 404)).toMatchObject({ s: "error" });
  expect(await get("symbols", 400)).toMatchObject({ s: "error", errmsg: expect.stringContaining("symbol is missing") });
});

test("finds symbols by a part of their name, those that begin with it first", async () => {
  const names = (lines: readonly { symbol: string }[]): string[] => lines.map(({ symbol }) => symbol);
  expect(names(await get("search?query=btc&exchange=&type=&limit=10"))).toEqual(["BTCUSDT"]);
  expect(names(await get("search?query="))).toEqual(["BTCUSDT", LIFE]);
  expect(names(await get("search?query=&limit=1"))).toEqual(["BTCUSDT"]);
  expect(await get<unknown>("search?query=btc&exchange=BYBIT")).toEqual([]);
  expect(await get<unknown>("search?query=btc&type=stock")).toEqual([]);
});

test("gives bars by range and by count, as the native route has them", async () => {
  const native = async (query: string): Promise<KlinesAnswer["klines"]> =>
    ((await (await market.get(`/klines/BTCUSDT/1m?${query}`)).json()) as KlinesAnswer).klines;
  const range = await get<Bars>(`history?symbol=BTCUSDT&resolution=1&from=${second(100)}&to=${second(110)}`);
  const klines = await native(`startTime=${START + 100 * MINUTE}&endTime=${START + 109 * MINUTE}&limit=100`);
  expect(range).toEqual({
    s: "ok",
    t: klines.map(({ openTime }) => openTime / 1_000),
    o: klines.map(({ open }) => open),
    h: klines.map(({ high }) => high),
    l: klines.map(({ low }) => low),
    c: klines.map(({ close }) => close),
    v: klines.map(({ volume }) => volume),
  } as Bars);
  expect(range.t).toHaveLength(10);
  // The count goes before `from`, which the library then only guesses.
  const counted = await get<Bars>(
    `history?symbol=BINANCE:BTCUSDT&resolution=1&from=${second(200)}&to=${second(250)}&countback=120`,
  );
  expect([counted.t?.[0], counted.t?.length]).toEqual([second(130), 120]);
  const newest = await get<Bars>(`history?symbol=BTCUSDT&resolution=60&to=${second(10_000)}&countback=2`);
  expect(newest.t).toHaveLength(2);
});

test("says where there is nothing, and where the next bar to the left is", async () => {
  const before = await get<Bars>(`history?symbol=BTCUSDT&resolution=1&from=0&to=${second(0) - 100_000}&countback=50`);
  expect(before).toEqual({ s: "no_data" });
  const after = await get<Bars>(`history?symbol=BTCUSDT&resolution=1&from=${second(900)}&to=${second(950)}`);
  expect(after.s).toBe("no_data");
  expect(after.nextTime).toBeGreaterThanOrEqual(second(MINUTES - 1));
  expect(await get("history?symbol=BTCUSDT&resolution=7", 404)).toMatchObject({
    errmsg: expect.stringContaining("expected one of 1, 5, 60"),
  });
  expect(await get("history?symbol=BTCUSDT&resolution=1&to=1770681600000", 400)).toMatchObject({
    errmsg: expect.stringContaining("Unix seconds"),
  });
});
