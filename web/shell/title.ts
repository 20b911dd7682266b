import { useSignalEffect } from "@preact/signals";
import { sourceBadge } from "../market/source.ts";
import { priceText } from "../text/price.ts";
import type { Page } from "./page.ts";
import { SCREENS } from "./screens.ts";

/** Keeps the tab's title: the screen, or the charted symbol's price, and whether it is a real, present one. */
export function useTitle({ market, router }: Page): void {
  useSignalEffect(() => {
    const { screen } = router.route.value;
    const badge = sourceBadge(market.source.value, market.isCurrent.value);
    const title = SCREENS.find(({ name }) => name === screen)?.title ?? "";
    const symbol = screen === "chart" ? market.chosen.value?.symbol : undefined;
    const isKnown = market.rows.count.value > 0;
    const ticker = symbol !== undefined && isKnown ? market.rows.get(symbol)?.ticker.value : undefined;
    const price = market.chartedPrice.value ?? ticker?.price;
    const what =
      symbol === undefined || price === undefined
        ? title
        : `${priceText(price, market.decimals(symbol, price))} ${symbol}`;
    document.title = `${what} (${badge.text}) · Vyx`;
  });
}
