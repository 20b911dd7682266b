import type { Interval, Kline, SymbolStatus, UnixMs } from "../../../core/mod.ts";
import type { Market, Pair } from "../../market.ts";
import { orNull, plain } from "../figures.ts";

/** The exchange's request weight limit per clock minute and address. Source: Binance spot API, 2026-07. */
export const WEIGHT_PER_MINUTE = 6_000;

/** A price or an amount as the exchange writes it: 8 decimals, as text. */
export function decimal(figure: number): string {
  return plain(figure, 8);
}

/** How a market writes the figures of a pair. */
export interface Writer {
  price(figure: number): string;
  /** An amount of the base asset. */
  amount(figure: number): string;
  /** An amount of the quote asset. */
  quote(figure: number): string;
}

/** Spot writes all figures alike. */
export const SPOT_WRITER: Writer = { price: decimal, amount: decimal, quote: decimal };

/** The first and the last trade's number, of so many trades; -1 without any, null where their count is unknown. */
export function tradeIds(first: number, trades: number): readonly [first: number | null, last: number | null] {
  if (trades === 0) return [-1, -1];
  return Number.isNaN(trades) ? [null, null] : [first, first + trades - 1];
}

/** A row of klines. */
export function klineRow(kline: Kline, { price, amount, quote }: Writer): unknown[] {
  return [
    kline.openTime,
    price(kline.open),
    price(kline.high),
    price(kline.low),
    price(kline.close),
    amount(kline.volume),
    kline.closeTime,
    orNull(kline.quoteVolume, quote),
    orNull(kline.trades, Number),
    orNull(kline.takerBuyVolume, amount),
    orNull(kline.takerBuyQuoteVolume, quote),
    "0",
  ];
}

/** A frame of `<symbol>@kline_<interval>`, as JSON text. */
export function klineEvent(
  symbol: string,
  interval: Interval,
  kline: Kline,
  eventTime: UnixMs,
  { price, amount, quote }: Writer,
): string {
  // Trade ids only have to be plausible: they grow with time, and their difference is the count.
  const [firstTrade, lastTrade] = tradeIds(Math.floor(kline.openTime / 1_000) * 100, kline.trades);
  return JSON.stringify({
    e: "kline",
    E: eventTime,
    s: symbol,
    k: {
      t: kline.openTime,
      T: kline.closeTime,
      s: symbol,
      i: interval,
      f: firstTrade,
      L: lastTrade,
      o: price(kline.open),
      c: price(kline.close),
      h: price(kline.high),
      l: price(kline.low),
      v: amount(kline.volume),
      n: orNull(kline.trades, Number),
      x: kline.closed,
      q: orNull(kline.quoteVolume, quote),
      V: orNull(kline.takerBuyVolume, amount),
      Q: orNull(kline.takerBuyQuoteVolume, quote),
      B: "0",
    },
  });
}

/** A member of `!miniTicker@arr`, and the frame of `<symbol>@miniTicker`, as JSON text. */
export function miniTicker(symbol: string, day: Kline, eventTime: UnixMs, { price, amount, quote }: Writer): string {
  return JSON.stringify({
    e: "24hrMiniTicker",
    E: eventTime,
    s: symbol,
    c: price(day.close),
    o: price(day.open),
    h: price(day.high),
    l: price(day.low),
    v: amount(day.volume),
    q: orNull(day.quoteVolume, quote),
  });
}

/** An answer of `/api/v3/ticker/24hr`; `mini` leaves out what the type MINI leaves out. */
export function dayTicker(pair: Pair, day: Kline, now: UnixMs, mini: boolean): object {
  const change = day.close - day.open;
  const [firstId, lastId] = tradeIds(1, day.trades);
  const common = {
    openPrice: decimal(day.open),
    highPrice: decimal(day.high),
    lowPrice: decimal(day.low),
    lastPrice: decimal(day.close),
    volume: decimal(day.volume),
    quoteVolume: orNull(day.quoteVolume, decimal),
    openTime: day.openTime,
    closeTime: now,
    firstId,
    lastId,
    count: orNull(day.trades, Number),
  };
  if (mini) return { symbol: pair.symbol, ...common };
  const step = 10 ** -pair.priceDecimals;
  return {
    symbol: pair.symbol,
    priceChange: decimal(change),
    priceChangePercent: ((100 * change) / day.open).toFixed(3),
    weightedAvgPrice: orNull(day.volume > 0 ? day.quoteVolume / day.volume : day.close, decimal),
    prevClosePrice: decimal(day.open),
    lastQty: decimal(10 ** -pair.quantityDecimals),
    bidPrice: decimal(Math.max(0, day.close - step)),
    bidQty: decimal(1),
    askPrice: decimal(day.close + step),
    askQty: decimal(1),
    ...common,
  };
}

/** An answer of `/api/v3/ticker`: a window's figures, which say nothing of orders. `mini` leaves out what the type MINI leaves out. */
export function windowTicker(pair: Pair, window: Kline, mini: boolean): object {
  const { open, high, low, close, volume, quoteVolume, trades } = window;
  const [firstId, lastId] = tradeIds(1, trades);
  const ticker: Record<string, unknown> = { symbol: pair.symbol };
  if (!mini) {
    ticker.priceChange = decimal(close - open);
    ticker.priceChangePercent = (((close - open) * 100) / open).toFixed(3);
    ticker.weightedAvgPrice = orNull(volume === 0 ? close : quoteVolume / volume, decimal);
  }
  const prices = { openPrice: open, highPrice: high, lowPrice: low, lastPrice: close, volume };
  for (const [name, figure] of Object.entries(prices)) ticker[name] = decimal(figure);
  ticker.quoteVolume = orNull(quoteVolume, decimal);
  return {
    ...ticker,
    openTime: window.openTime,
    closeTime: window.closeTime,
    firstId,
    lastId,
    count: orNull(trades, Number),
  };
}

/** A pair and how it stands. */
export interface ListedPair {
  readonly pair: Pair;
  readonly status: SymbolStatus;
}

/** `/api/v3/exchangeInfo`, of all pairs or some. */
export function exchangeInfo(source: Market["source"], pairs: readonly ListedPair[], now: UnixMs): object {
  return {
    timezone: "UTC",
    serverTime: now,
    rateLimits: [
      { rateLimitType: "REQUEST_WEIGHT", interval: "MINUTE", intervalNum: 1, limit: WEIGHT_PER_MINUTE },
      { rateLimitType: "RAW_REQUESTS", interval: "MINUTE", intervalNum: 5, limit: 61_000 },
    ],
    exchangeFilters: [],
    symbols: pairs.map(symbolInfo),
    // Not the exchange's: says whose data this is, for those who read on.
    vyx: { source },
  };
}

function symbolInfo({ pair, status }: ListedPair): object {
  const step = (decimals: number): string => decimal(10 ** -decimals);
  return {
    symbol: pair.symbol,
    status,
    baseAsset: pair.base,
    baseAssetPrecision: 8,
    quoteAsset: pair.quote,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    baseCommissionPrecision: 8,
    quoteCommissionPrecision: 8,
    orderTypes: ["LIMIT", "LIMIT_MAKER", "MARKET"],
    icebergAllowed: true,
    ocoAllowed: true,
    otoAllowed: true,
    quoteOrderQtyMarketAllowed: true,
    allowTrailingStop: true,
    cancelReplaceAllowed: true,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: false,
    filters: [
      {
        filterType: "PRICE_FILTER",
        minPrice: step(pair.priceDecimals),
        maxPrice: "1000000.00000000",
        tickSize: step(pair.priceDecimals),
      },
      {
        filterType: "LOT_SIZE",
        minQty: step(pair.quantityDecimals),
        maxQty: "9000000.00000000",
        stepSize: step(pair.quantityDecimals),
      },
    ],
    permissions: [],
    permissionSets: [["SPOT"]],
    defaultSelfTradePreventionMode: "EXPIRE_MAKER",
    allowedSelfTradePreventionModes: ["EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"],
  };
}
