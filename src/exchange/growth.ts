import type { Kline } from "../core/mod.ts";
import type { Pair } from "./market.ts";

/** The exchange tells quote amounts with 8 decimals. */
const QUOTE_DECIMALS = 8;

/**
 * What a candle looks like `elapsedMs` after it opened, on its way to what it will be: amounts grow evenly, the price walks
 * from the open to one extreme, to the other, and to the close. At the end it is exactly the final kline, closed. An unknown amount
 * stays unknown.
 */
export function grown(final: Kline, elapsedMs: number, pair: Pair): Kline {
  const length = final.closeTime + 1 - final.openTime;
  if (elapsedMs >= length) return final;
  const share = elapsedMs / length;
  const [high, low, close] = walk(final, share, pair.priceDecimals);
  const volume = part(final.volume, share, pair.quantityDecimals);
  const quoteVolume = worth(final, volume, high);
  return {
    ...final,
    high,
    low,
    close,
    volume,
    quoteVolume,
    trades: Math.floor(final.trades * share),
    takerBuyVolume: atMost(volume, part(final.takerBuyVolume, share, pair.quantityDecimals)),
    takerBuyQuoteVolume: atMost(quoteVolume, part(final.takerBuyQuoteVolume, share, QUOTE_DECIMALS)),
    closed: false,
  };
}

/** High, low and price after a share of the way. */
function walk(final: Kline, share: number, decimals: number): [number, number, number] {
  const { open, high, low, close } = final;
  // A candle that rises tends to fall first.
  const [first, second] = close >= open ? [low, high] : [high, low];
  const stations = [open, first, second, close];
  const at = share * 3;
  const reached = Math.floor(at);
  const from = stations[reached] as number;
  const to = stations[reached + 1] as number;
  const price = Math.min(high, Math.max(low, Number((from + (to - from) * (at - reached)).toFixed(decimals))));
  const seen = [...stations.slice(0, reached + 1), price];
  return [Math.max(...seen), Math.min(...seen), price];
}

/**
 * What the volume so far was traded for: within what the price reached so far, and never less than before. At the average price of the whole
 * candle, where that was reached; else at the price nearest to it, which is the open or the high so far.
 */
function worth(final: Kline, volume: number, high: number): number {
  if (volume === 0 || Number.isNaN(final.quoteVolume)) return final.quoteVolume * 0;
  const average = final.quoteVolume / final.volume;
  const price = average < final.open ? final.open : Math.min(high, average);
  return Math.min(final.quoteVolume, Number((volume * price).toFixed(QUOTE_DECIMALS)));
}

/** A part that isn't more than its whole, as far as that is known. */
function atMost(whole: number, part: number): number {
  return Number.isNaN(whole) ? part : Math.min(whole, part);
}

/** A share of an amount, never more than the whole. */
function part(amount: number, share: number, decimals: number): number {
  return Math.min(amount, Number((amount * share).toFixed(decimals)));
}
