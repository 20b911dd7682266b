import { useSignalEffect } from "@preact/signals";
import type { Market } from "../market/market.ts";
import { sourceBadge } from "../market/source.ts";
import { priceText } from "../text/price.ts";

/** Keeps the tab's title: the chosen symbol's price, and whether it is a real, present one. */
export function useTitle(market: Market): void {
  useSignalEffect(() => {
    const symbol = market.chosen.value?.symbol;
    const isKnown = market.rows.count.value > 0;
    const price = symbol !== undefined && isKnown ? market.rows.get(symbol)?.ticker.value.price : undefined;
    if (symbol === undefined || price === undefined) return;
    const badge = sourceBadge(market.source.value, !market.isStale.value);
    document.title = `${priceText(price, market.decimals(symbol, price))} ${symbol} (${badge.text}) · Vyx`;
  });
}
