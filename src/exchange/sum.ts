import type { Kline } from "../core/mod.ts";
import { type Amount, amountOf, DOUBLE_BELOW, largeAmounts, noteExact, UNITS_IN_ONE, unitsOf } from "./exact.ts";

/**
 * Several klines in order as one that opens when the caller says. It ends with the last of them unless the caller says
 * otherwise: an outage that ends a minute early ends the hour and the day with it, where nothing follows in them. Amounts add
 * up as on paper, to 8 decimals and however large, so that they can judge the sums of a client that has doubles only. With an unknown
 * part (NaN), a sum is unknown.
 */
export function summed(parts: readonly Kline[], openTime: number, closeTime?: number): Kline | undefined {
  const first = parts[0];
  const last = parts.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const exact = new Map<Amount, bigint>();
  const total = (amount: Amount): number => {
    const small = smallTotal(parts, amount);
    if (small !== undefined) return small;
    let units = 0n;
    for (const part of parts) units += unitsOf(part, amount);
    exact.set(amount, units);
    return amountOf(units);
  };
  const kline: Kline = {
    openTime: openTime as Kline["openTime"],
    closeTime: (closeTime ?? last.closeTime) as Kline["closeTime"],
    open: first.open,
    high: parts.reduce((high, { high: other }) => Math.max(high, other), 0),
    low: parts.reduce((low, { low: other }) => Math.min(low, other), Number.POSITIVE_INFINITY),
    close: last.close,
    volume: total("volume"),
    quoteVolume: total("quoteVolume"),
    trades: parts.reduce((sum, { trades }) => sum + trades, 0),
    takerBuyVolume: total("takerBuyVolume"),
    takerBuyQuoteVolume: total("takerBuyQuoteVolume"),
    closed: true,
  };
  return noteExact(
    kline,
    largeAmounts(kline, (amount) => exact.get(amount)),
  );
}

/** The sum while doubles hold it in units of 1e-8, which is faster, or NaN with an unknown part; undefined when it is larger. */
function smallTotal(parts: readonly Kline[], amount: Amount): number | undefined {
  let units = 0;
  for (const part of parts) {
    const whole = Math.trunc(part[amount]);
    units += whole * UNITS_IN_ONE + Math.round((part[amount] - whole) * UNITS_IN_ONE);
  }
  if (units < DOUBLE_BELOW * UNITS_IN_ONE || Number.isNaN(units)) return units / UNITS_IN_ONE;
  return undefined;
}
