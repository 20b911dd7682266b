import { type Kline, nameAt, type Symbol, type SymbolInfo, type SymbolStatus, type Ticker } from "../../../core/mod.ts";
import { orNull, stepOf, type Writer } from "./writer.ts";

const DAY_MS = 86_400_000;

/** A row of klines as JSON (Binance spot API, 2026-07). The last member is one that the exchange says to ignore. */
export function klineRow(kline: Readonly<Kline>, { price, amount, quote }: Writer): string {
  const { openTime, open, high, low, close, volume, closeTime, quoteVolume, trades } = kline;
  const known = (figure: number, write: (figure: number) => string): string =>
    Number.isNaN(figure) ? "null" : `"${write(figure)}"`;
  const count = Number.isNaN(trades) ? "null" : trades;
  const taken = `${known(kline.takerBuyVolume, amount)},${known(kline.takerBuyQuoteVolume, quote)}`;
  return `[${openTime},"${price(open)}","${price(high)}","${price(low)}","${price(close)}","${amount(volume)}",${closeTime},${known(quoteVolume, quote)},${count},${taken},"0"]`;
}

/**
 * A ticker of 24 hours. What the server doesn't know (bids, asks, the last trade's amount, ids and counts of trades) is null. `isMini` leaves
 * out what the exchange's type MINI leaves out.
 */
export function dayTicker(ticker: Ticker, { price, amount, quote }: Writer, isMini = false): object {
  const { symbol, open, high, low, volume, quoteVolume, priceChange, priceChangePercent, updatedAt } = ticker;
  const common = {
    openPrice: price(open),
    highPrice: price(high),
    lowPrice: price(low),
    lastPrice: price(ticker.price),
    volume: amount(volume),
    quoteVolume: orNull(quoteVolume, quote),
    openTime: updatedAt - (ticker.windowMs ?? DAY_MS),
    closeTime: updatedAt,
    firstId: null,
    lastId: null,
    count: null,
  };
  if (isMini) return { symbol: nameAt(symbol), ...common };
  return {
    symbol: nameAt(symbol),
    priceChange: price(priceChange),
    priceChangePercent: priceChangePercent.toFixed(3),
    weightedAvgPrice: orNull(volume > 0 ? quoteVolume / volume : ticker.price, price),
    prevClosePrice: price(open),
    lastQty: null,
    bidPrice: null,
    bidQty: null,
    askPrice: null,
    askQty: null,
    ...common,
  };
}

/**
 * A ticker of a window of any length, from the sum of its klines, whose times are the window's. Unlike a day's it says how many trades there
 * were; their ids are the exchange's alone. `isMini` leaves out what the exchange's type MINI leaves out.
 */
export function windowTicker(
  symbol: Symbol,
  sum: Readonly<Kline>,
  { price, amount, quote }: Writer,
  isMini: boolean,
): object {
  const { open, high, low, close, volume, quoteVolume, trades, openTime, closeTime } = sum;
  const change = {
    priceChange: price(close - open),
    priceChangePercent: ((100 * (close - open)) / open).toFixed(3),
    weightedAvgPrice: orNull(volume > 0 ? quoteVolume / volume : close, price),
  };
  return {
    symbol: nameAt(symbol),
    ...(isMini ? {} : change),
    openPrice: price(open),
    highPrice: price(high),
    lowPrice: price(low),
    lastPrice: price(close),
    volume: amount(volume),
    quoteVolume: orNull(quoteVolume, quote),
    openTime,
    closeTime,
    firstId: null,
    lastId: null,
    count: orNull(trades, Number),
  };
}

/** A symbol of spot, as far as the server knows it. */
export function spotSymbol({ symbol, status, base, quote, priceDecimals, quantityDecimals }: SymbolInfo): object {
  const step = (decimals: number): string => stepOf(decimals).toFixed(8);
  const [tickSize, stepSize] = [step(priceDecimals), step(quantityDecimals)];
  return {
    symbol: nameAt(symbol),
    status: spotStatus(status),
    baseAsset: base,
    baseAssetPrecision: 8,
    quoteAsset: quote,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    orderTypes: [],
    isSpotTradingAllowed: status === "TRADING",
    isMarginTradingAllowed: false,
    filters: [
      { filterType: "PRICE_FILTER", minPrice: null, maxPrice: null, tickSize },
      { filterType: "LOT_SIZE", minQty: null, maxQty: null, stepSize },
    ],
    permissions: [],
    permissionSets: [["SPOT"]],
  };
}

/** A contract without an end "ends" then: 2100-12-25T08:00Z. */
const NEVER = 4_133_404_800_000;

/** The hour of the day at which contracts end, in UTC. */
const DELIVERY_HOUR = 8;

/** A contract of USDⓈ-M futures, as far as the server knows it. */
export function usdmSymbol(info: SymbolInfo): object {
  const { symbol, status, base, quote, priceDecimals, quantityDecimals, settle = quote } = info;
  const name = nameAt(symbol);
  const [, pair = name, date] = /^(.*)_(\d{6})$/.exec(name) ?? [];
  const [tickSize, stepSize] = [
    decimal(info.tickSize ?? stepOf(priceDecimals)),
    decimal(info.lotSize ?? stepOf(quantityDecimals)),
  ];
  return {
    symbol: name,
    pair,
    contractType: date === undefined ? "PERPETUAL" : "CURRENT_QUARTER",
    deliveryDate: date === undefined ? NEVER : deliveryOf(date),
    onboardDate: 0,
    status: status === "TRADING" ? "TRADING" : "SETTLING",
    baseAsset: base,
    quoteAsset: quote,
    marginAsset: settle,
    pricePrecision: priceDecimals,
    quantityPrecision: quantityDecimals,
    baseAssetPrecision: 8,
    quotePrecision: 8,
    underlyingType: "COIN",
    underlyingSubType: [],
    filters: [
      { filterType: "PRICE_FILTER", minPrice: null, maxPrice: null, tickSize },
      { filterType: "LOT_SIZE", minQty: null, maxQty: null, stepSize },
    ],
    orderTypes: [],
    timeInForce: [],
  };
}

function spotStatus(status: SymbolStatus): string {
  return status === "UNKNOWN" || status === "DELISTED" ? "BREAK" : status;
}

/** When a contract ends, by the six digits in its name. */
function deliveryOf(date: string): number {
  const [year, month, day] = [0, 2, 4].map((at) => Number(date.slice(at, at + 2))) as [number, number, number];
  return Date.UTC(2000 + year, month - 1, day, DELIVERY_HOUR);
}

/** Plain decimals, for a step as small as 1e-8. */
function decimal(figure: number): string {
  return figure.toFixed(8).replace(/\.?0+$/, "");
}
