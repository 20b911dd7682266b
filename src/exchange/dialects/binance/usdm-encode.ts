import type { Kline, SymbolStatus, UnixMs } from "../../../core/mod.ts";
import type { Market, Pair } from "../../market.ts";
import { orNull, plain, step } from "../figures.ts";
import { tradeIds, type Writer } from "./encode.ts";

/** Weight that an address may use in a clock minute (Binance USDⓈ-M, 2026-11). */
export const USDM_WEIGHT_PER_MINUTE = 2_400;

/** A contract without an end "ends" then: 2100-12-25T08:00Z. */
const NEVER = 4_133_404_800_000;

/** The hour of the day at which contracts end, in UTC. */
const DELIVERY_HOUR = 8;

/** Prices and amounts have the contract's own decimals, quote amounts those of both; an amount of nothing has none. */
export function usdmWriter({ priceDecimals, quantityDecimals }: Pair): Writer {
  const amount = (figure: number, decimals: number): string => (figure === 0 ? "0" : plain(figure, decimals));
  return {
    price: (figure) => plain(figure, priceDecimals),
    amount: (figure) => amount(figure, quantityDecimals),
    quote: (figure) => amount(figure, priceDecimals + quantityDecimals),
  };
}

/** An answer of `/fapi/v1/ticker/24hr`. */
export function usdmDayTicker(pair: Pair, day: Kline, now: UnixMs): object {
  const { price, amount, quote } = usdmWriter(pair);
  const [firstId, lastId] = tradeIds(1, day.trades);
  return {
    symbol: pair.symbol,
    priceChange: price(day.close - day.open),
    priceChangePercent: ((100 * (day.close - day.open)) / day.open).toFixed(3),
    weightedAvgPrice: orNull(day.volume > 0 ? day.quoteVolume / day.volume : day.close, price),
    lastPrice: price(day.close),
    lastQty: step(pair.quantityDecimals),
    openPrice: price(day.open),
    highPrice: price(day.high),
    lowPrice: price(day.low),
    volume: amount(day.volume),
    quoteVolume: orNull(day.quoteVolume, quote),
    openTime: day.openTime,
    closeTime: now,
    firstId,
    lastId,
    count: orNull(day.trades, Number),
  };
}

/** A contract, how it stands, and since when there is one. */
export interface ListedContract {
  readonly pair: Pair;
  readonly status: SymbolStatus;
  readonly listedAt: UnixMs;
}

/** `/fapi/v1/exchangeInfo`. */
export function usdmExchangeInfo(source: Market["source"], contracts: readonly ListedContract[], now: UnixMs): object {
  const assets = [...new Set(contracts.map(({ pair }) => pair.quote))];
  return {
    timezone: "UTC",
    serverTime: now,
    futuresType: "U_MARGINED",
    rateLimits: [
      { rateLimitType: "REQUEST_WEIGHT", interval: "MINUTE", intervalNum: 1, limit: USDM_WEIGHT_PER_MINUTE },
    ],
    exchangeFilters: [],
    assets: assets.map((asset) => ({ asset, marginAvailable: true, autoAssetExchange: "0" })),
    symbols: contracts.map(contractInfo),
    // Not the exchange's: says whose data this is, for those who read on.
    vyx: { source },
  };
}

function contractInfo({ pair, status, listedAt }: ListedContract): object {
  const deliveryDate = deliveryOf(pair.symbol);
  const [tickSize, stepSize] = [step(pair.priceDecimals), step(pair.quantityDecimals)];
  const [underlying = ""] = pair.symbol.split("_");
  return {
    symbol: pair.symbol,
    pair: underlying,
    contractType: deliveryDate === undefined ? "PERPETUAL" : "CURRENT_QUARTER",
    deliveryDate: deliveryDate ?? NEVER,
    onboardDate: listedAt,
    // It has no word for a halt.
    status: status === "BREAK" ? "SETTLING" : "TRADING",
    maintMarginPercent: "2.5000",
    requiredMarginPercent: "5.0000",
    baseAsset: pair.base,
    quoteAsset: pair.quote,
    marginAsset: pair.quote,
    pricePrecision: pair.priceDecimals,
    quantityPrecision: pair.quantityDecimals,
    baseAssetPrecision: 8,
    quotePrecision: 8,
    underlyingType: "COIN",
    underlyingSubType: ["PoW"],
    settlePlan: 0,
    triggerProtect: "0.0500",
    liquidationFee: "0.012500",
    marketTakeBound: "0.05",
    maxMoveOrderLimit: 10_000,
    filters: [
      { filterType: "PRICE_FILTER", minPrice: tickSize, maxPrice: "4529764", tickSize },
      { filterType: "LOT_SIZE", minQty: stepSize, maxQty: "1000", stepSize },
      { filterType: "MARKET_LOT_SIZE", minQty: stepSize, maxQty: "120", stepSize },
      { filterType: "MAX_NUM_ORDERS", limit: 200 },
      { filterType: "MIN_NOTIONAL", notional: "5" },
      { filterType: "PERCENT_PRICE", multiplierUp: "1.0500", multiplierDown: "0.9500", multiplierDecimal: "4" },
    ],
    orderTypes: ["LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"],
    timeInForce: ["GTC", "IOC", "FOK", "GTX", "GTD"],
  };
}

/** When a contract like BTCUSDT_260327 ends; undefined for a perpetual. */
function deliveryOf(symbol: string): number | undefined {
  const [, year, month, day] = /_(\d\d)(\d\d)(\d\d)$/.exec(symbol) ?? [];
  return year === undefined ? undefined : Date.UTC(2000 + Number(year), Number(month) - 1, Number(day), DELIVERY_HOUR);
}
