import { useComputed } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import type { Page } from "../shell/page.ts";
import { direction, percentText } from "../text/percent.ts";
import { priceText } from "../text/price.ts";
import { IntervalButtons } from "./interval-buttons.tsx";

/** Which symbol the chart shows, its price, and the intervals to choose from. */
export function ChartHead({ page, children }: { page: Page; children: ComponentChildren }): JSX.Element {
  const { market } = page;
  const symbol = useComputed(() => market.chosen.value?.symbol ?? "");
  const ticker = useComputed(() =>
    market.rows.count.value > 0 ? market.rows.get(symbol.value)?.ticker.value : undefined,
  );
  const price = useComputed(() => {
    const figures = ticker.value;
    return figures === undefined ? "" : priceText(figures.price, market.decimals(figures.symbol, figures.price));
  });
  const change = useComputed(() => (ticker.value === undefined ? "" : percentText(ticker.value.priceChangePercent)));
  const changeKind = useComputed(() => `headline-change ${direction(ticker.value?.priceChangePercent ?? 0)}`);
  return (
    <div class="chart-head">
      <h2 class="headline">{symbol}</h2>
      <span class="headline-price">{price}</span>
      <span class={changeKind}>{change}</span>
      <IntervalButtons page={page} />
      {children}
    </div>
  );
}
