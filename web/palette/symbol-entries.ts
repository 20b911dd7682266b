import type { Market } from "../market/market.ts";
import type { PaletteEntry } from "./ranking.ts";

/** All symbols, to be found by their assets and the assets' names. `run` is called with the one that is chosen. */
export function symbolEntries(market: Market, run: (symbol: string) => void): PaletteEntry[] {
  const quotes = market.quotes.value;
  return market.markets.flatMap((id, atMarket) =>
    [...market.symbolsOf(id)].map((symbol): PaletteEntry => {
      const info = market.info(symbol);
      const atQuote = quotes.indexOf(info?.quote ?? "");
      const volume = market.rows.get(symbol)?.ticker.peek().quoteVolume ?? 0;
      return {
        kind: "Symbol",
        title: symbol,
        detail: market.assetName(symbol),
        aliases: info === undefined ? [] : [info.base, market.name(symbol)],
        // The usual quote asset first, because volumes in different assets can't be compared; then the first market; then the volume.
        weight:
          0.5 * (1 - atQuote / Math.max(1, quotes.length)) +
          0.2 * (1 - atMarket / market.markets.length) +
          0.3 * Math.min(1, Math.log10(1 + volume) / 12),
        run: () => run(symbol),
      };
    }),
  );
}
