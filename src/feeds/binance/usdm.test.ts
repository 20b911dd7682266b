import { describe, expect, test } from "bun:test";
import { dumpRows, hasRecorded, recordedText } from "../../../tests/helpers/recorded.ts";
import { KLINE_COLUMNS, type Kline, type MarketEvent, nameAt, parseSymbol, type UnixMs } from "../../core/mod.ts";
import { exchangeContract } from "../exchange.contract.ts";
import { FrameReader } from "../live/reading/frame-reader.ts";
import { judgeRows } from "../live/reading/judged-rows.ts";
import { BINANCE_USDM } from "./usdm.ts";

const OPEN = 1_770_681_600_000;
const BTC = parseSymbol("BINANCE:BTCUSDT.P");
const KLINE = {
  ...{ t: OPEN, T: OPEN + 59_999, s: "BTCUSDT", i: "1m", f: 7, L: 9, o: "10.0", c: "11.0", h: "12.0", l: "9.0" },
  ...{ v: "3.5", n: 3, x: false, q: "38.5", V: "1.5", Q: "16.5", B: "0" },
};
const TICKER = { e: "24hrMiniTicker", E: OPEN, s: "BTCUSDT", c: "110", o: "100", h: "120", l: "90", v: "5", q: "500" };
const PERPETUAL = {
  ...{
    symbol: "BTCUSDT",
    pair: "BTCUSDT",
    contractType: "PERPETUAL",
    deliveryDate: 4_133_404_800_000,
    status: "TRADING",
  },
  ...{ onboardDate: 1_569_398_400_000, baseAsset: "BTC", quoteAsset: "USDT", marginAsset: "USDT", pricePrecision: 2 },
  filters: [
    { filterType: "PRICE_FILTER", tickSize: "0.10", minPrice: "556.80", maxPrice: "4529764" },
    { filterType: "LOT_SIZE", stepSize: "0.001", minQty: "0.001", maxQty: "1000" },
  ],
};
const QUARTER = { ...PERPETUAL, symbol: "BTCUSDT_260327", contractType: "CURRENT_QUARTER" };
const LIMITS = [{ rateLimitType: "REQUEST_WEIGHT", interval: "MINUTE", intervalNum: 1, limit: 2_400 }];

exchangeContract("Binance USDⓈ-M", BINANCE_USDM, {
  frames: [
    { e: "kline", E: OPEN + 2_000, s: "BTCUSDT", k: KLINE },
    { stream: "btcusdt@kline_1m", data: { e: "kline", E: OPEN + 60_000, s: "BTCUSDT", k: { ...KLINE, x: true } } },
    { stream: "!miniTicker@arr", data: [TICKER, { ...TICKER, s: "ETHUSDT" }] },
    { result: null, id: 1 },
  ].map((frame) => JSON.stringify(frame)),
  answers: {
    symbols: { serverTime: OPEN, rateLimits: LIMITS, symbols: [PERPETUAL, QUARTER] },
    tickers: [
      {
        ...{ symbol: "BTCUSDT", lastPrice: "110", openPrice: "100", highPrice: "120", lowPrice: "90", volume: "5" },
        ...{ quoteVolume: "500", closeTime: OPEN },
      },
    ],
    time: { serverTime: OPEN },
    klines: [0, 1].map((minute) => {
      const openTime = OPEN + minute * 60_000;
      return [openTime, "10", "12", "9", "11", "3.5", openTime + 59_999, "38.5", 3, "1.5", "16.5", "0"];
    }),
  },
  refusals: [
    [429, { code: -1003, msg: "Too many requests." }, "stop"],
    [418, { code: -1003, msg: "Way too many requests; IP banned." }, "stop"],
    [403, "<html>403 Forbidden</html>", "address"],
    [451, { code: 0, msg: "Service unavailable from a restricted location." }, "address"],
    [400, { code: -1121, msg: "Invalid symbol." }, "unknown_symbol"],
  ],
});

describe("Binance USDⓈ-M", () => {
  test("names streams as spot does, under the path that isn't silent", () => {
    const { streams } = BINANCE_USDM;
    expect(
      streams.address(
        "wss://host",
        streams.of(BTC, true).map(({ name }) => name),
      ).url,
    ).toBe("wss://host/market/stream?streams=btcusdt@kline_1m");
    expect(streams.klines(parseSymbol("BINANCE:BTCUSDT_260327"), "1h")).toBe("btcusdt_260327@kline_1h");
  });

  test("asks for as few rows as there can be, for less", () => {
    const ask = (minutes: number) => {
      const range = { from: OPEN as UnixMs, to: (OPEN + (minutes - 1) * 60_000) as UnixMs };
      const { path, weight } = BINANCE_USDM.rest.klines(BTC, "1m", range);
      return [new URL(path, "http://x").searchParams.get("limit"), weight];
    };
    expect([1, 99, 100, 5_000].map(ask)).toEqual([
      ["1", 1],
      ["99", 1],
      ["100", 2],
      ["499", 2],
    ]);
  });

  test("says of each contract what it is", () => {
    const { symbols, budget } = BINANCE_USDM.rest.listed().read({
      rateLimits: LIMITS,
      symbols: [
        PERPETUAL,
        QUARTER,
        { ...PERPETUAL, symbol: "TSLAUSDT", contractType: "TRADIFI_PERPETUAL" },
        { symbol: "X" },
      ],
    });
    expect(budget).toBe(2_400);
    expect(symbols[0]).toEqual({
      ...{ symbol: BTC, base: "BTC", quote: "USDT", status: "TRADING", priceDecimals: 1, quantityDecimals: 3 },
      ...{ contract: "perpetual", settle: "USDT", tickSize: 0.1, lotSize: 0.001 },
    });
    expect(symbols.map(({ symbol, contract }) => [symbol as string, contract])).toEqual([
      ["BINANCE:BTCUSDT.P", "perpetual"],
      ["BINANCE:BTCUSDT_260327", "delivery"],
      ["BINANCE:TSLAUSDT.P", "perpetual"],
      ["BINANCE:X.P", undefined],
    ]);
    expect(symbols.at(-1)).not.toHaveProperty("settle");
  });
});

describe.skipIf(!hasRecorded)("what the exchange sent", () => {
  test("the recorded frames come out as they are written, in every column", () => {
    const frames = recordedText("ws/cryptofeed_BINANCE_FUTURES_20210722.ws.txt.gz")
      .split("\n")
      .map((line) => line.replace(/^[\d.]+: /, ""))
      .filter((text) => text.startsWith("{"));
    const expected = frames
      .map((text) => JSON.parse(text).data)
      .filter(({ e }) => e === "kline")
      .map(({ E, s, k }) => [s, k.i, E, ...[k.t, k.o, k.h, k.l, k.c, k.v, k.T, k.q, k.n, k.V, k.Q].map(Number), k.x]);
    const symbols = ["SUSHIUSDT", "AKROUSDT", "KEEPUSDT", "CTKUSDT"].map((name) => parseSymbol(`BINANCE:${name}.P`));
    const found: unknown[] = [];
    const take = (event: MarketEvent): void => {
      if (event.type !== "kline") return;
      const { symbol, interval, eventTime, kline } = event;
      found.push([nameAt(symbol), interval, eventTime, ...KLINE_COLUMNS.map((column) => kline[column]), kline.closed]);
    };
    const reader = new FrameReader(BINANCE_USDM, new Map(symbols.map((symbol) => [nameAt(symbol), symbol])), take);
    for (const text of frames) reader.read(text);
    expect(expected.length).toBe(67);
    expect(found).toEqual(expected);
    expect(Object.fromEntries(reader.counts)).toEqual({ kline: 67, ignored: frames.length - 67 });
  });

  test.each(["LTC", "ALGO", "LINK"])(
    "a month of %s is read from REST's rows and from frames, in every column",
    (asset) => {
      const path = `um_1m_full/${asset}USDT-1m-2026-02.csv.gz`;
      const lines = recordedText(path).trim().split("\n").slice(1);
      const rows = lines.map((line) => {
        const [t, o, h, l, c, v, T, q, n, V, Q, ignored] = line.split(",");
        return [Number(t), o, h, l, c, v, Number(T), q, Number(n), V, Q, ignored];
      });
      const expected = dumpRows(path);
      const columnsOf = (kline: Readonly<Kline>): number[] => KLINE_COLUMNS.map((column) => kline[column]);
      const { rest } = BINANCE_USDM;
      const symbol = parseSymbol(`BINANCE:${asset}USDT.P`);
      const range = { from: Number(rows[0]?.[0]) as UnixMs, to: Number(rows.at(-1)?.[0]) as UnixMs };
      const decoded = rest.klines(symbol, "1m", range).read(rows);
      const { klines, refused } = judgeRows(decoded, {
        interval: "1m",
        range,
        marketTime: (range.to + 60_000) as UnixMs,
      });
      expect([refused, klines.length]).toEqual([[], 40_320]);
      expect(klines.map(columnsOf)).toEqual(expected);

      const found: number[][] = [];
      const reader = new FrameReader(BINANCE_USDM, new Map([[nameAt(symbol), symbol]]), (event) => {
        if (event.type === "kline" && event.kline.closed) found.push(columnsOf(event.kline));
      });
      for (const [t, o, h, l, c, v, T, q, n, V, Q] of rows) {
        const k = { t, T, s: nameAt(symbol), i: "1m", o, c, h, l, v, n, x: true, q, V, Q };
        reader.read(JSON.stringify({ e: "kline", E: Number(T) + 1, s: nameAt(symbol), k }));
      }
      expect(found).toEqual(expected);
    },
  );
});
