/** Quote assets by which symbols are split, longer ones first. USD is that of coin-margined contracts, such as BTCUSD_PERP. */
export const QUOTE_ASSETS: readonly string[] = [..."FDUSD USDT USDC BUSD TUSD EUR TRY BTC ETH BNB USD".split(" ")];

/** A symbol's base and quote asset. What follows the quote asset (`_PERP`, `_260327`) belongs to neither; undefined if none fits. */
export function splitSymbol(symbol: string): { readonly base: string; readonly quote: string } | undefined {
  const [pair = ""] = symbol.split("_");
  const quote = QUOTE_ASSETS.find((asset) => pair.endsWith(asset) && pair.length > asset.length);
  return quote === undefined ? undefined : { base: pair.slice(0, -quote.length), quote };
}
