import { exchangeNameOf, type MarketId } from "../core/mod.ts";
import type { ExchangesBeside } from "../doctor/mod.ts";
import { askKlines, askTime, EXCHANGES } from "../feeds/mod.ts";

/** The exchanges that `vyx doctor` asks itself: stand-ins by their addresses, and the real ones of real markets. */
export function exchangesBeside(standIns: ReadonlyMap<MarketId, string>, ask: typeof fetch): ExchangesBeside {
  return (market, source) => {
    const exchange = EXCHANGES[market];
    const named = standIns.get(market);
    if (named === undefined && exchangeNameOf(source) === undefined) return undefined;
    const at = { url: named ?? exchange.rest.url, fetch: ask };
    return {
      intervals: exchange.facts.history,
      time: () => askTime(exchange, at),
      klines: (series, asOf) => askKlines(exchange, at, series, asOf),
    };
  };
}
