import { type ReadonlySignal, useComputed } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import type { Page } from "../shell/page.ts";
import { direction, percentText } from "../text/percent.ts";
import { priceText } from "../text/price.ts";
import { IntervalButtons } from "./interval-buttons.tsx";
import { SymbolButton } from "./symbol-button.tsx";

/** Properties of the head. */
export interface ChartHeadProps {
  readonly page: Page;
  /** The close of the newest candle; undefined while it isn't known: then the price is the ticker's. */
  readonly newestClose: ReadonlySignal<number | undefined>;
  readonly children: ComponentChildren;
}

/**
 * Which symbol the chart shows, its price, and the intervals to choose from. The price is that of the newest candle: tickers
 * come once a second, so theirs would often differ from the chart's.
 */
export function ChartHead({ page, newestClose, children }: ChartHeadProps): JSX.Element {
  const { market } = page;
  const symbol = useComputed(() => market.chosen.value?.symbol ?? "");
  const ticker = useComputed(() =>
    market.rows.count.value > 0 ? market.rows.get(symbol.value)?.ticker.value : undefined,
  );
  const price = useComputed(() => {
    const price = newestClose.value ?? ticker.value?.price;
    return price === undefined ? "" : priceText(price, market.decimals(symbol.value, price));
  });
  const change = useComputed(() => (ticker.value === undefined ? "" : percentText(ticker.value.priceChangePercent)));
  const changeKind = useComputed(() => `headline-change ${direction(ticker.value?.priceChangePercent ?? 0)}`);
  return (
    <div class="chart-head">
      <div class="headline-row">
        <SymbolButton page={page} symbol={symbol} />
        <span class="headline-price">{price}</span>
        <span class={changeKind} title="Change over 24 hours">
          {change} {change.value === "" ? null : <span class="headline-span">24h</span>}
        </span>
      </div>
      <IntervalButtons page={page} />
      {children}
    </div>
  );
}
