import { describe, expect, test } from "bun:test";
import { type MarketEvent, nameAt, parseSymbol, type Symbol, type UnixMs } from "../../core/mod.ts";
import { exchangeContract } from "../exchange.contract.ts";
import type { Exchange } from "../exchange.ts";
import { FrameReader } from "../live/reading/frame-reader.ts";
import { judgeRows } from "../live/reading/judged-rows.ts";
import { BYBIT } from "./bybit.ts";
import { BYBIT_LINEAR } from "./linear.ts";

const OPEN = 1_770_681_600_000;
const NAN = Number.NaN;

/** From the documentation of the kline stream (2026-11), but for its interval and times; the same frame has the next candle's first state. */
const STATE = {
  ...{ start: OPEN, end: OPEN + 59_999, interval: "1", open: "16649.5", close: "16677", high: "16677", low: "16608" },
  ...{ volume: "2.081", turnover: "34666.4005", confirm: true, timestamp: OPEN + 59_500 },
};
const NEXT = { ...STATE, start: OPEN + 60_000, end: OPEN + 119_999, confirm: false, timestamp: OPEN + 60_010 };
const KLINE = { topic: "kline.1.BTCUSDT", data: [STATE, NEXT], ts: OPEN + 60_012, type: "snapshot" };

/** From the documentation of the ticker stream (2026-11). */
const SPOT_TICKER = {
  ...{ topic: "tickers.BTCUSDT", ts: 1_673_853_746_003, type: "snapshot", cs: 2_588_407_389 },
  data: {
    ...{ symbol: "BTCUSDT", lastPrice: "21109.77", highPrice24h: "21426.99", lowPrice24h: "20575" },
    ...{ prevPrice24h: "20704.93", volume24h: "6780.866843", turnover24h: "141946527.22907118" },
    ...{ price24hPcnt: "0.0196", usdIndexPrice: "21120.2400136" },
  },
};
const LINEAR_TICKER = {
  ...{ topic: "tickers.BTCUSDT", type: "snapshot", cs: 24_987_956_059, ts: 1_673_272_861_686 },
  data: {
    ...{ symbol: "BTCUSDT", tickDirection: "PlusTick", price24hPcnt: "0.017103", lastPrice: "17216.00" },
    ...{ prevPrice24h: "16926.50", highPrice24h: "17281.50", lowPrice24h: "16915.00", prevPrice1h: "17238.00" },
    ...{ markPrice: "17217.33", indexPrice: "17227.36", openInterest: "68744.761" },
    ...{ openInterestValue: "1183601235.91", turnover24h: "1570383121.943499", volume24h: "91705.276" },
    ...{ nextFundingTime: "1673280000000", fundingRate: "-0.000212", bid1Price: "17215.50", bid1Size: "84.489" },
    ...{ ask1Price: "17216.00", ask1Size: "83.020" },
  },
};
const ACKNOWLEDGED = { success: true, ret_msg: "", conn_id: "abc-123", req_id: "r1", op: "subscribe" };
const PONG = { success: true, ret_msg: "pong", conn_id: "abc-123", op: "ping" };

const enveloped = (result: object) => ({ retCode: 0, retMsg: "OK", result, retExtInfo: {}, time: 1_672_712_468_011 });

/** Newest first, the last one open, as documented of `GET /v5/market/kline`. */
const ROWS = [2, 1, 0].map((minute) => {
  return [String(OPEN + minute * 60_000), "17071", "17073", "17027", "17055.5", "268.611", "15744626.67"];
});

const PERPETUAL = {
  ...{ symbol: "BTCUSDT", contractType: "LinearPerpetual", status: "Trading", baseCoin: "BTC", quoteCoin: "USDT" },
  ...{ launchTime: "1585526400000", deliveryTime: "0", deliveryFeeRate: "", priceScale: "2", settleCoin: "USDT" },
  leverageFilter: { minLeverage: "1", maxLeverage: "100.00", leverageStep: "0.01" },
  priceFilter: { minPrice: "0.10", maxPrice: "199999.80", tickSize: "0.10" },
  lotSizeFilter: { maxOrderQty: "100.000", minOrderQty: "0.001", qtyStep: "0.001", minNotionalValue: "5" },
  ...{ unifiedMarginTrade: true, fundingInterval: 480, copyTrading: "both" },
};
const PAIR = {
  ...{
    symbol: "BTCUSDT",
    baseCoin: "BTC",
    quoteCoin: "USDT",
    innovation: "0",
    status: "Trading",
    marginTrading: "both",
  },
  lotSizeFilter: { basePrecision: "0.000001", quotePrecision: "0.00000001", minOrderQty: "0.000048" },
  priceFilter: { tickSize: "0.01" },
};

const REFUSALS = [
  [403, "403, access too frequent", "stop"],
  [403, "<html>The Amazon CloudFront distribution is configured to block access from your country.</html>", "address"],
  [429, "", "stop"],
  [200, { retCode: 10006, retMsg: "Too many visits!", result: {}, time: OPEN }, "stop"],
  [200, { retCode: 10018, retMsg: "Out of frequency limit of IP", result: {} }, "stop"],
  [200, { retCode: 10001, retMsg: "Not supported symbols", result: {} }, "unknown_symbol"],
  [200, { retCode: 10001, retMsg: "params error: Symbol Invalid", result: {} }, "unknown_symbol"],
  [200, { retCode: 10001, retMsg: "params error: interval invalid", result: {} }, "question"],
  [200, { retCode: 10016, retMsg: "Internal server error.", result: {} }, "trouble"],
  [200, { retCode: 10024, retMsg: "Compliance rules triggered", result: {} }, "address"],
  [200, { retCode: 99_999, retMsg: "Something new", result: {} }, "question"],
] as const;

const answersOf = (category: string, instrument: object, ticker: object) => ({
  symbols: enveloped({ category, list: [instrument], nextPageCursor: "" }),
  tickers: enveloped({ category, list: [ticker, { ...ticker, symbol: "BTCUSDT-25DEC26" }, null, {}] }),
  time: enveloped({ timeSecond: "1688639403", timeNano: "1688639403423213947" }),
  klines: enveloped({ symbol: "BTCUSDT", category, list: ROWS }),
});

exchangeContract("Bybit spot", BYBIT, {
  frames: [KLINE, SPOT_TICKER, ACKNOWLEDGED, PONG].map((frame) => JSON.stringify(frame)),
  answers: answersOf("spot", PAIR, SPOT_TICKER.data),
  refusals: REFUSALS,
});

exchangeContract("Bybit linear", BYBIT_LINEAR, {
  frames: [
    KLINE,
    LINEAR_TICKER,
    { ...LINEAR_TICKER, type: "delta", data: { symbol: "BTCUSDT", bid1Price: "17215.40" } },
    ACKNOWLEDGED,
    PONG,
  ].map((frame) => JSON.stringify(frame)),
  answers: answersOf("linear", PERPETUAL, LINEAR_TICKER.data),
  refusals: REFUSALS,
});

/** What a reader makes of frames in which BTCUSDT is followed. */
function read(exchange: Exchange, symbol: Symbol, frames: readonly object[]) {
  const told: MarketEvent[] = [];
  const spoke: unknown[] = [];
  const names = new Map([[nameAt(symbol), symbol]]);
  const reader = new FrameReader(exchange, names, (event) => told.push(structuredClone(event)), {
    nothingNew: (of) => spoke.push(of),
  });
  for (const frame of frames) reader.read(JSON.stringify(frame));
  return { told, spoke, counts: Object.fromEntries(reader.counts) };
}

const [SPOT, PERP] = [parseSymbol("BYBIT:BTCUSDT"), parseSymbol("BYBIT:BTCUSDT.P")];

describe("Bybit's frames, as documented", () => {
  test.each([
    [BYBIT, SPOT],
    [BYBIT_LINEAR, PERP],
  ] as const)("klines come out in every column, the final state and the next candle's first", (exchange, symbol) => {
    const { told } = read(exchange, symbol, [KLINE]);
    const figures = {
      ...{ open: 16_649.5, high: 16_677, low: 16_608, close: 16_677, volume: 2.081, quoteVolume: 34_666.4005 },
      ...{ trades: NAN, takerBuyVolume: NAN, takerBuyQuoteVolume: NAN },
    };
    const of = (openTime: number, closed: boolean) => ({
      ...{ type: "kline", symbol, interval: "1m", eventTime: KLINE.ts },
      kline: { openTime, closeTime: openTime + 59_999, ...figures, closed },
    });
    expect(told).toEqual([of(OPEN, true), of(OPEN + 60_000, false)] as never);
  });

  test("a candle ends with its interval, as rows of REST have it, whatever moment a state names as its end", () => {
    const ending = (end: unknown) => ({ ...KLINE, data: [{ ...NEXT, end }] });
    const { told, counts } = read(BYBIT, SPOT, [
      ending(OPEN + 60_012),
      ending(OPEN + 180_000),
      ending(OPEN),
      ending("x"),
    ]);
    expect(told).toMatchObject([{ kline: { closeTime: OPEN + 119_999, closed: false } }]);
    expect(counts).toEqual({ kline: 1, closes_late: 1, closes_before_it_opens: 1, not_a_number: 1 });
  });

  test("a spot ticker is whole, and one of linear is what changed on top of the snapshot", () => {
    expect(read(BYBIT, SPOT, [SPOT_TICKER]).told).toMatchObject([
      {
        ticker: {
          ...{ symbol: SPOT, price: 21_109.77, open: 20_704.93, high: 21_426.99, low: 20_575, volume: 6_780.866843 },
          ...{ quoteVolume: 141_946_527.229_071_17, updatedAt: SPOT_TICKER.ts },
        },
      },
    ]);
    const change = (data: object, after: number) => ({
      ...LINEAR_TICKER,
      ...{ type: "delta", ts: LINEAR_TICKER.ts + after, data: { symbol: "BTCUSDT", ...data } },
    });
    const { told, spoke, counts } = read(BYBIT_LINEAR, PERP, [
      LINEAR_TICKER,
      change({ bid1Price: "17214.00", bid1Size: "1" }, 100),
      change({ lastPrice: "17300", highPrice24h: "17300" }, 200),
      { ...LINEAR_TICKER, topic: "tickers.ETHUSDT" },
      { ...LINEAR_TICKER, data: { ...LINEAR_TICKER.data, symbol: "ETHUSDT" } },
    ]);
    const whole = { symbol: PERP, open: 16_926.5, low: 16_915, volume: 91_705.276, quoteVolume: 1_570_383_121.943499 };
    expect(told).toMatchObject([
      { ticker: { ...whole, price: 17_216, high: 17_281.5, updatedAt: LINEAR_TICKER.ts } },
      { ticker: { ...whole, price: 17_300, high: 17_300, updatedAt: LINEAR_TICKER.ts + 200 } },
    ]);
    expect(spoke).toEqual([PERP]);
    expect(counts).toEqual({ ticker: 2, ignored: 2, other_series: 1 });
  });

  test.each([
    ["other_series", { ...KLINE, data: [{ ...STATE, interval: "5" }] }],
    ["bad_interval", { ...KLINE, topic: "kline.7.BTCUSDT" }],
    ["not_a_flag", { ...KLINE, data: [{ ...STATE, confirm: "true" }] }],
    ["not_an_event", { ...KLINE, data: STATE }],
    ["not_an_event", { ...KLINE, data: [null] }],
    ["not_an_event", { ...LINEAR_TICKER, data: "none" }],
    ["not_an_event", { ...LINEAR_TICKER, type: "patch" }],
    ["bad_event_time", { ...KLINE, ts: "soon" }],
    ["not_over", { ...KLINE, ts: OPEN + 59_000 }],
    ["bad_ticker", { ...LINEAR_TICKER, data: { ...LINEAR_TICKER.data, lastPrice: "" } }],
    ["no_snapshot", { ...LINEAR_TICKER, type: "delta" }],
    ["ignored", { topic: "publicTrade.BTCUSDT", data: [] }],
    ["control", { success: false, ret_msg: "Invalid symbol :[tickers.XUSDT]", conn_id: "c", op: "subscribe" }],
  ])("%s: counted", (outcome, frame) => {
    expect(read(BYBIT_LINEAR, PERP, [frame]).counts[outcome]).toBeGreaterThan(0);
  });
});

describe("Bybit's requests, as documented", () => {
  test("topics are subscribed ten at a time, at the market's own address", () => {
    const names = Array.from({ length: 11 }, (_, at) => BYBIT.streams.klines(parseSymbol(`BYBIT:A${at}USDT`), "1h"));
    expect(names[0]).toBe("kline.60.A0USDT");
    const { url, subscribe } = BYBIT.streams.address("wss://host/", names);
    expect(url).toBe("wss://host/v5/public/spot");
    expect(subscribe.map((text) => JSON.parse(text))).toEqual([
      { req_id: "0", op: "subscribe", args: names.slice(0, 10) },
      { req_id: "0", op: "subscribe", args: names.slice(10) },
    ]);
    expect(BYBIT_LINEAR.streams.address("wss://host", []).url).toBe("wss://host/v5/public/linear");
    expect(JSON.parse(BYBIT_LINEAR.streams.ping?.(3) ?? "")).toEqual({ req_id: "3", op: "ping" });
  });

  test("klines are asked for by open times, and of another series they are none", () => {
    const range = { from: OPEN as UnixMs, to: (OPEN + 7_200_000) as UnixMs };
    const { path, read } = BYBIT_LINEAR.rest.klines(PERP, "1h", range);
    expect(path).toBe(
      `/v5/market/kline?category=linear&symbol=BTCUSDT&interval=60&start=${OPEN}&end=${range.to}&limit=3`,
    );
    expect(() => read(enveloped({ symbol: "ETHUSDT", category: "linear", list: ROWS }))).toThrow("rows of BTCUSDT");
  });

  test("rows are newest first, and the last may be open", () => {
    const range = { from: OPEN as UnixMs, to: (OPEN + 120_000) as UnixMs };
    const rows = BYBIT.rest
      .klines(SPOT, "1m", range)
      .read(enveloped({ symbol: "BTCUSDT", category: "spot", list: ROWS }));
    const { unknown } = BYBIT.facts;
    const { klines } = judgeRows(rows, { interval: "1m", range, marketTime: (OPEN + 150_000) as UnixMs, unknown });
    expect(klines.map(({ openTime, closeTime, closed }) => [openTime - OPEN, closeTime - OPEN, closed])).toEqual([
      [0, 59_999, true],
      [60_000, 119_999, true],
      [120_000, 179_999, false],
    ]);
    expect(klines[0]).toMatchObject({ volume: 268.611, quoteVolume: 15_744_626.67, trades: NAN, takerBuyVolume: NAN });
  });
});

describe("Bybit's list", () => {
  test("says of each perpetual what it is, and leaves contracts out that end on a day", () => {
    const list = [
      PERPETUAL,
      { ...PERPETUAL, symbol: "BTCPERP", quoteCoin: "USDC", settleCoin: "USDC" },
      { ...PERPETUAL, symbol: "BTCUSDT-25DEC26", contractType: "LinearFutures" },
      { ...PERPETUAL, symbol: "NEWUSDT", status: "PreLaunch" },
      { ...PERPETUAL, symbol: "bad name" },
    ];
    const { symbols, refused, serverTime } = BYBIT_LINEAR.rest.listed().read(enveloped({ list, nextPageCursor: "" }));
    expect(symbols[0]).toEqual({
      ...{ symbol: PERP, base: "BTC", quote: "USDT", status: "TRADING", priceDecimals: 1, quantityDecimals: 3 },
      ...{ contract: "perpetual", settle: "USDT", tickSize: 0.1, lotSize: 0.001 },
    });
    expect(symbols.map(({ symbol, status, settle }) => [symbol as string, status, settle])).toEqual([
      ["BYBIT:BTCUSDT.P", "TRADING", "USDT"],
      ["BYBIT:BTCPERP.P", "TRADING", "USDC"],
      ["BYBIT:NEWUSDT.P", "UNKNOWN", "USDT"],
    ]);
    expect([refused.count, serverTime as number]).toEqual([1, 1_672_712_468_011]);
  });

  test("of tickers has none of contracts that end on a day", () => {
    const { tickers } = answersOf("linear", PERPETUAL, LINEAR_TICKER.data);
    const read = BYBIT_LINEAR.rest.tickers().read(tickers);
    expect(read).toMatchObject([{ symbol: PERP, price: 17_216, priceChange: 289.5, updatedAt: 1_672_712_468_011 }]);
  });

  test("of spot has decimals", () => {
    expect(BYBIT.rest.listed().read(enveloped({ list: [PAIR] })).symbols).toEqual([
      { symbol: SPOT, base: "BTC", quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 6 },
    ]);
  });

  test("goes on for as long as there is a cursor, and has all pages' entries then, each once", () => {
    const first = BYBIT_LINEAR.rest.listed();
    expect(first.path).toBe("/v5/market/instruments-info?category=linear&limit=1000");
    const page = first.read(enveloped({ list: [PERPETUAL, { symbol: 7 }], nextPageCursor: "page=2&x" }));
    const second = first.next?.(page);
    expect(second?.path).toBe("/v5/market/instruments-info?category=linear&limit=1000&cursor=page%3D2%26x");
    const list = [{ ...PERPETUAL, symbol: "ETHUSDT" }, { ...PERPETUAL, status: "Closed" }, null];
    const all = second?.read(enveloped({ list, nextPageCursor: "" }));
    expect(all?.symbols.map(({ symbol, status }) => `${symbol} ${status}`)).toEqual([
      "BYBIT:BTCUSDT.P TRADING",
      "BYBIT:ETHUSDT.P TRADING",
    ]);
    expect(all?.refused).toEqual({ count: 2, first: '{"symbol":7}' });
    expect(all && second?.next?.(all)).toBeUndefined();
    expect(() => first.read(enveloped({ list: [], nextPageCursor: "" }))).toThrow("expected symbols, got none");
  });
});
