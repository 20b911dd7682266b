import { describe, expect, test } from "bun:test";
import type { Kline, UnixMs } from "../../../core/mod.ts";
import type { Pair } from "../../market.ts";
import { klineRow } from "./encode.ts";
import { BINANCE_USDM } from "./usdm.ts";
import { usdmDayTicker, usdmExchangeInfo, usdmWriter } from "./usdm-encode.ts";

const BTC: Pair = { symbol: "BTCUSDT", base: "BTC", quote: "USDT", priceDecimals: 2, quantityDecimals: 3 };
const CTK: Pair = { symbol: "CTKUSDT", base: "CTK", quote: "USDT", priceDecimals: 5, quantityDecimals: 0 };

/** Recorded 2021-07-22; README.md says where. Trade ids are left out: the stand-in makes up its own. */
const FRAME = `{"e":"kline","E":1626992741424,"s":"CTKUSDT","k":{"t":1626992700000,"T":1626992759999,"s":"CTKUSDT","i":"1m","f":0,"L":0,"o":"1.01000","c":"1.01100","h":"1.01100","l":"1.01000","v":"3917","n":48,"x":false,"q":"3957.89900","V":"1729","Q":"1748.01900","B":"0"}}`;

/** From the documentation of a client of the time. */
const ROW =
  '[1616338800000,"57212.69","57315.00","57196.19","57300.00","496.263",1616339099999,"28425514.78940",7160,"273.108","15642623.69718","0"]';

const CTK_STATE: Kline = {
  openTime: 1_626_992_700_000 as UnixMs,
  closeTime: 1_626_992_759_999 as UnixMs,
  open: 1.01,
  high: 1.011,
  low: 1.01,
  close: 1.011,
  volume: 3_917,
  quoteVolume: 3_957.899,
  trades: 48,
  takerBuyVolume: 1_729,
  takerBuyQuoteVolume: 1_748.019,
  closed: false,
};

const BTC_CANDLE: Kline = {
  openTime: 1_616_338_800_000 as UnixMs,
  closeTime: 1_616_339_099_999 as UnixMs,
  open: 57_212.69,
  high: 57_315,
  low: 57_196.19,
  close: 57_300,
  volume: 496.263,
  quoteVolume: 28_425_514.7894,
  trades: 7_160,
  takerBuyVolume: 273.108,
  takerBuyQuoteVolume: 15_642_623.69718,
  closed: true,
};

describe("texts of the exchange", () => {
  test("a frame of a kline, with the contract's own decimals", () => {
    const now = 1_626_992_741_424 as UnixMs;
    const event = BINANCE_USDM.streams.klineEvent(CTK, "1m", CTK_STATE, now);
    expect(event.replace(/"f":\d+,"L":\d+/, '"f":0,"L":0')).toBe(FRAME);
  });

  test("a row of klines", () => {
    expect(JSON.stringify(klineRow(BTC_CANDLE, usdmWriter(BTC)))).toBe(ROW);
  });

  test("a ticker of all that change, and one of REST", () => {
    const now = 1_616_339_100_000 as UnixMs;
    expect(BINANCE_USDM.streams.tickerEvent(BTC, BTC_CANDLE, now)).toBe(
      '{"e":"24hrMiniTicker","E":1616339100000,"s":"BTCUSDT","c":"57300.00","o":"57212.69","h":"57315.00","l":"57196.19","v":"496.263","q":"28425514.78940"}',
    );
    expect(usdmDayTicker(BTC, BTC_CANDLE, now)).toEqual({
      symbol: "BTCUSDT",
      priceChange: "87.31",
      priceChangePercent: "0.153",
      weightedAvgPrice: (28_425_514.7894 / 496.263).toFixed(8),
      lastPrice: "57300.00",
      lastQty: "0.001",
      openPrice: "57212.69",
      highPrice: "57315.00",
      lowPrice: "57196.19",
      volume: "496.263",
      quoteVolume: "28425514.78940",
      openTime: 1_616_338_800_000,
      closeTime: now,
      firstId: 1,
      lastId: 7_160,
      count: 7_160,
    });
  });

  test("what it lists: perpetuals, and contracts that end on a day", () => {
    const listedAt = 1_569_398_400_000 as UnixMs;
    const march: Pair = { ...BTC, symbol: "BTCUSDT_260327" };
    const info = usdmExchangeInfo(
      "recorded",
      [
        { pair: BTC, status: "TRADING", listedAt },
        { pair: march, status: "BREAK", listedAt },
      ],
      listedAt,
    ) as { symbols: Record<string, unknown>[]; rateLimits: object[] };
    expect(info.symbols[0]).toMatchObject({
      symbol: "BTCUSDT",
      pair: "BTCUSDT",
      contractType: "PERPETUAL",
      deliveryDate: 4_133_404_800_000,
      onboardDate: 1_569_398_400_000,
      status: "TRADING",
      baseAsset: "BTC",
      quoteAsset: "USDT",
      marginAsset: "USDT",
      pricePrecision: 2,
      quantityPrecision: 3,
      underlyingType: "COIN",
    });
    expect(info.symbols.flatMap(({ filters }) => filters as object[]).slice(0, 2)).toMatchObject([
      { filterType: "PRICE_FILTER", tickSize: "0.01" },
      { filterType: "LOT_SIZE", stepSize: "0.001" },
    ]);
    expect(info.symbols[1]).toMatchObject({
      pair: "BTCUSDT",
      contractType: "CURRENT_QUARTER",
      deliveryDate: Date.UTC(2026, 2, 27, 8),
      status: "SETTLING",
    });
    expect(info.rateLimits).toMatchObject([{ rateLimitType: "REQUEST_WEIGHT", limit: 2_400 }]);
  });
});
