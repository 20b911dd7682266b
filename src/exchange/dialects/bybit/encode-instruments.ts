import type { UnixMs } from "../../../core/mod.ts";
import type { Pair } from "../../market.ts";
import { plain, step } from "../figures.ts";

/** An entry of `/v5/market/instruments-info` of a pair of the spot market. `id`: the number of its symbol. */
export function spotInstrument(pair: Pair, id: number, status: string): object {
  return {
    symbolId: id,
    symbol: pair.symbol,
    baseCoin: pair.base,
    quoteCoin: pair.quote,
    innovation: "0",
    status,
    marginTrading: "utaOnly",
    stTag: "0",
    lotSizeFilter: {
      basePrecision: step(pair.quantityDecimals),
      quotePrecision: step(8),
      minOrderQty: step(pair.quantityDecimals),
      maxOrderQty: "83",
      minOrderAmt: "5",
      maxOrderAmt: "8000000",
      maxLimitOrderQty: "83",
      maxMarketOrderQty: "41.5",
      postOnlyMaxLimitOrderSize: "60000",
    },
    priceFilter: { tickSize: step(pair.priceDecimals) },
    riskParameters: { priceLimitRatioX: "0.005", priceLimitRatioY: "0.01" },
    symbolType: "",
  };
}

/** An entry of `/v5/market/instruments-info` of a perpetual. */
export function linearInstrument(pair: Pair, id: number, status: string, launched: UnixMs): object {
  const tickSize = step(pair.priceDecimals);
  const qtyStep = step(pair.quantityDecimals);
  return {
    symbol: pair.symbol,
    symbolId: id,
    contractType: "LinearPerpetual",
    status,
    baseCoin: pair.base,
    quoteCoin: pair.quote,
    launchTime: String(launched),
    deliveryTime: "0",
    deliveryFeeRate: "",
    priceScale: String(pair.priceDecimals),
    leverageFilter: { minLeverage: "1", maxLeverage: "100.00", leverageStep: "0.01" },
    priceFilter: { minPrice: tickSize, maxPrice: plain(2_000_000 - 2 * 10 ** -pair.priceDecimals), tickSize },
    lotSizeFilter: {
      maxOrderQty: "1190.000",
      minOrderQty: qtyStep,
      qtyStep,
      postOnlyMaxOrderQty: "1190.000",
      maxMktOrderQty: "500.000",
      minNotionalValue: "5",
    },
    unifiedMarginTrade: true,
    fundingInterval: 480,
    settleCoin: pair.quote,
    copyTrading: "both",
    upperFundingRate: "0.00375",
    lowerFundingRate: "-0.00375",
    isPreListing: false,
    preListingInfo: null,
    riskParameters: { priceLimitRatioX: "0.01", priceLimitRatioY: "0.02" },
    symbolType: "",
  };
}
