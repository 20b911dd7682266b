import { describe, expect, test } from "bun:test";
import { emptyKline, type Kline, type UnixMs } from "../../../core/mod.ts";
import type { Pair } from "../../market.ts";
import { linearInstrument, spotInstrument } from "./encode-instruments.ts";
import { klineFrame, klineRow } from "./encode-klines.ts";
import { tickerDelta, tickerEntry, tickerFrame } from "./encode-tickers.ts";

const BTC: Pair = { symbol: "BTCUSDT", base: "BTC", quote: "USDT", priceDecimals: 2, quantityDecimals: 3 };

function kline(figures: Partial<Record<keyof Kline, number | boolean>>): Kline {
  return { ...emptyKline(), ...figures } as Kline;
}

/** Of the documentation's examples; README.md says of which. */
const KLINE_FRAME =
  '{"topic":"kline.5.BTCUSDT","data":[{"start":1672324800000,"end":1672325099999,"interval":"5","open":"16649.5","close":"16677","high":"16677","low":"16608","volume":"2.081","turnover":"34666.4005","confirm":false,"timestamp":1672324988882}],"ts":1672324988882,"type":"snapshot"}';
const ROW = '["1670608800000","17071","17073","17027","17055.5","268611","15.74462667"]';
const SPOT_TICKER =
  '{"topic":"tickers.BTCUSDT","ts":1672305380595,"type":"snapshot","cs":0,"data":{"symbol":"BTCUSDT","lastPrice":"16363.78","highPrice24h":"16566.64","lowPrice24h":"16009.19","prevPrice24h":"16443.66","volume24h":"5865.470182","turnover24h":"95949815.680875","price24hPcnt":"-0.0049"}}';

const OPEN_STATE = kline({
  openTime: 1_672_324_800_000,
  closeTime: 1_672_325_099_999,
  open: 16_649.5,
  high: 16_677,
  low: 16_608,
  close: 16_677,
  volume: 2.081,
  quoteVolume: 34_666.4005,
});

describe("klines", () => {
  test("a frame, open and closed", () => {
    expect(klineFrame("BTCUSDT", "5m", OPEN_STATE, 1_672_324_988_882 as UnixMs)).toBe(KLINE_FRAME);
    const closed = klineFrame("BTCUSDT", "5m", { ...OPEN_STATE, closed: true }, 1_672_325_100_000 as UnixMs);
    expect(JSON.parse(closed).data[0]).toMatchObject({ confirm: true, timestamp: 1_672_325_099_999 });
  });

  test("a candle that a halt ended early ends with its interval, as its start says", () => {
    const halted = kline({ ...OPEN_STATE, closeTime: 1_672_324_919_999, closed: true });
    const frame = klineFrame("BTCUSDT", "5m", halted, 1_672_325_100_000 as UnixMs);
    expect(JSON.parse(frame).data[0]).toMatchObject({ end: 1_672_325_099_999, timestamp: 1_672_325_099_999 });
  });

  test("a row: seven texts, and nothing of trades and takers", () => {
    const row = kline({
      openTime: 1_670_608_800_000,
      open: 17_071,
      high: 17_073,
      low: 17_027,
      close: 17_055.5,
      volume: 268_611,
      quoteVolume: 15.74462667,
    });
    expect(JSON.stringify(klineRow(row))).toBe(ROW);
  });
});

describe("tickers", () => {
  const SPOT_DAY = kline({
    open: 16_443.66,
    high: 16_566.64,
    low: 16_009.19,
    close: 16_363.78,
    volume: 5_865.470182,
    quoteVolume: 95_949_815.680875,
  });
  const LINEAR_DAY = kline({
    open: 16_926.5,
    high: 17_281.5,
    low: 16_915,
    close: 17_216,
    volume: 91_705.276,
    quoteVolume: 1_570_383_121.943499,
  });

  test("of spot: each frame tells all", () => {
    const frame = tickerFrame("spot", BTC, SPOT_DAY, 1_672_305_380_595 as UnixMs);
    expect(frame.replace(/"cs":\d+/, '"cs":0')).toBe(SPOT_TICKER);
  });

  test("of linear: a snapshot with the documentation's members in their order", () => {
    const frame = JSON.parse(tickerFrame("linear", BTC, LINEAR_DAY, 1_673_272_861_686 as UnixMs));
    expect(Object.keys(frame)).toEqual(["topic", "type", "data", "cs", "ts"]);
    expect(Object.keys(frame.data)).toEqual([
      "symbol",
      "tickDirection",
      "price24hPcnt",
      "lastPrice",
      "prevPrice24h",
      "highPrice24h",
      "lowPrice24h",
      "prevPrice1h",
      "markPrice",
      "indexPrice",
      "openInterest",
      "openInterestValue",
      "turnover24h",
      "volume24h",
      "nextFundingTime",
      "fundingRate",
      "bid1Price",
      "bid1Size",
      "ask1Price",
      "ask1Size",
    ]);
    expect(frame.data).toMatchObject({
      tickDirection: "PlusTick",
      price24hPcnt: "0.017103",
      lastPrice: "17216.00",
      prevPrice24h: "16926.50",
      highPrice24h: "17281.50",
      lowPrice24h: "16915.00",
      turnover24h: "1570383121.943499",
      volume24h: "91705.276",
      nextFundingTime: "1673280000000",
    });
  });

  test("of linear: a delta has what changed, and nothing else", () => {
    const later = { ...LINEAR_DAY, close: 17_217, volume: 91_706 };
    const frame = JSON.parse(tickerDelta(BTC, later, LINEAR_DAY, 1_673_272_862_000 as UnixMs));
    expect([frame.topic, frame.type]).toEqual(["tickers.BTCUSDT", "delta"]);
    expect(frame.data).toEqual({
      symbol: "BTCUSDT",
      price24hPcnt: "0.017162",
      lastPrice: "17217.00",
      markPrice: "17217.00",
      indexPrice: "17217.00",
      openInterest: "91706",
      volume24h: "91706",
      bid1Price: "17216.99",
      ask1Price: "17217.01",
    });
  });

  test("of REST", () => {
    const now = 1_673_859_087_947 as UnixMs;
    const keys = (entry: object): string => Object.keys(entry).toSorted().join(" ");
    expect(keys(tickerEntry("spot", BTC, SPOT_DAY, now))).toBe(
      "ask1Price ask1Size bid1Price bid1Size highPrice24h lastPrice lowPrice24h prevPrice24h price24hPcnt symbol turnover24h usdIndexPrice volume24h",
    );
    expect(keys(tickerEntry("linear", BTC, LINEAR_DAY, now))).toBe(
      "ask1Price ask1Size basisRate bid1Price bid1Size deliveryFeeRate deliveryTime fundingRate highPrice24h indexPrice lastPrice lowPrice24h markPrice nextFundingTime openInterest openInterestValue predictedDeliveryPrice prevPrice1h prevPrice24h price24hPcnt symbol turnover24h volume24h",
    );
  });
});

describe("instruments", () => {
  test("a perpetual as the documentation has BTCUSDT, but for its steps", () => {
    const pair: Pair = { ...BTC, priceDecimals: 1 };
    expect(linearInstrument(pair, 5, "Trading", 1_585_526_400_000 as UnixMs)).toEqual({
      symbol: "BTCUSDT",
      symbolId: 5,
      contractType: "LinearPerpetual",
      status: "Trading",
      baseCoin: "BTC",
      quoteCoin: "USDT",
      launchTime: "1585526400000",
      deliveryTime: "0",
      deliveryFeeRate: "",
      priceScale: "1",
      leverageFilter: { minLeverage: "1", maxLeverage: "100.00", leverageStep: "0.01" },
      priceFilter: { minPrice: "0.1", maxPrice: "1999999.8", tickSize: "0.1" },
      lotSizeFilter: {
        maxOrderQty: "1190.000",
        minOrderQty: "0.001",
        qtyStep: "0.001",
        postOnlyMaxOrderQty: "1190.000",
        maxMktOrderQty: "500.000",
        minNotionalValue: "5",
      },
      unifiedMarginTrade: true,
      fundingInterval: 480,
      settleCoin: "USDT",
      copyTrading: "both",
      upperFundingRate: "0.00375",
      lowerFundingRate: "-0.00375",
      isPreListing: false,
      preListingInfo: null,
      riskParameters: { priceLimitRatioX: "0.01", priceLimitRatioY: "0.02" },
      symbolType: "",
    });
  });

  test("a pair of the spot market", () => {
    expect(spotInstrument(BTC, 9, "Trading")).toMatchObject({
      symbolId: 9,
      symbol: "BTCUSDT",
      status: "Trading",
      lotSizeFilter: { basePrecision: "0.001" },
      priceFilter: { tickSize: "0.01" },
    });
  });
});
