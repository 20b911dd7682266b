import type { Kline } from "../core/mod.ts";

/**
 * What a candle looks like `elapsedMs` after it opened, on its way to what it will be: amounts grow evenly, the price walks
 * from the open to one extreme, to the other, and to the close. At the end it is exactly the final kline, closed.
 */
export function grown(final: Kline, elapsedMs: number, priceDecimals: number): Kline {
  const length = final.closeTime + 1 - final.openTime;
  if (elapsedMs >= length) return final;
  const share = elapsedMs / length;
  const [high, low, close] = walk(final, share, priceDecimals);
  const volume = part(final.volume, share);
  const quoteVolume = part(final.quoteVolume, share);
  return {
    ...final,
    high,
    low,
    close,
    volume,
    quoteVolume,
    trades: Math.floor(final.trades * share),
    takerBuyVolume: Math.min(volume, part(final.takerBuyVolume, share)),
    takerBuyQuoteVolume: Math.min(quoteVolume, part(final.takerBuyQuoteVolume, share)),
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

function part(amount: number, share: number): number {
  return Number((amount * share).toFixed(8));
}
