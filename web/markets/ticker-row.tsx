import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { chartHash } from "../chart/chart-route.ts";
import type { Market } from "../market/market.ts";
import { ageText } from "../text/age.ts";
import { amountText } from "../text/amount.ts";
import { direction, percentText } from "../text/percent.ts";
import { priceText } from "../text/price.ts";
import type { TickerRow } from "./ticker-rows.ts";
import { useFlash } from "./use-flash.ts";

/** What a row is drawn from. */
export interface TickerRowProps {
  readonly row: TickerRow;
  readonly market: Market;
  readonly rowIndex: number;
}

/** One symbol. Its figures are bound to signals: a tick changes texts, and draws nothing anew. */
export function TickerRowView({ row, market, rowIndex }: TickerRowProps): JSX.Element {
  const { symbol, ticker } = row;
  const priceCell = useRef<HTMLTableCellElement>(null);
  useFlash(priceCell, ticker);
  const quote = useComputed(() => market.quote(symbol));
  const base = useComputed(() => symbol.slice(0, symbol.length - quote.value.length));
  const price = useComputed(() => priceText(ticker.value.price, market.decimals(symbol, ticker.value.price)));
  const change = useComputed(() => percentText(ticker.value.priceChangePercent));
  const changeKind = useComputed(() => `cell-change ${direction(ticker.value.priceChangePercent)}`);
  const volume = useComputed(() => (ticker.value.quoteVolume > 0 ? amountText(ticker.value.quoteVolume) : "–"));
  const age = useComputed(() => (ticker.value ? ageText(market.now.value - row.receivedAt) : ""));
  const isChosen = useComputed(() => market.chosen.value?.symbol === symbol);
  const href = useComputed(() => chartHash({ symbol, interval: market.chosen.value?.interval ?? "1m" }));
  return (
    <tr class={isChosen.value ? "row chosen" : "row"} aria-rowindex={rowIndex}>
      <th scope="row" class="cell-symbol">
        <a href={href} aria-current={isChosen.value ? "true" : undefined}>
          {base}
          <span class="quote">{quote}</span>
        </a>
      </th>
      <td class="cell-price" ref={priceCell} data-symbol={symbol}>
        {price}
      </td>
      <td class={changeKind}>{change}</td>
      <td class="cell-quoteVolume">{volume}</td>
      <td class="cell-age">{age}</td>
    </tr>
  );
}
