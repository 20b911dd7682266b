import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { marketOf, type Symbol } from "../../src/core/mod.ts";
import { chartHash } from "../chart/chart-route.ts";
import { shortMarketName } from "../market/market-names.ts";
import type { Page } from "../shell/page.ts";
import { ageText } from "../text/age.ts";
import { amountText } from "../text/amount.ts";
import { direction, percentText } from "../text/percent.ts";
import { priceText } from "../text/price.ts";
import { DayRange } from "./day-range.tsx";
import { FactCells } from "./fact-columns.tsx";
import { SparklineView } from "./sparkline-view.tsx";
import { StarButton } from "./star-button.tsx";
import type { TickerRow } from "./ticker-rows.ts";
import { useFlash } from "./use-flash.ts";

/** Properties of a row. */
export interface TickerRowProps {
  readonly row: TickerRow;
  readonly page: Page;
  /** Whether the row belongs to the short list next to a chart. */
  readonly isList: boolean;
  readonly rowIndex: number;
  /** Whether Tab leads to this row; other keys lead on from there. */
  readonly isTabStop: boolean;
}

/** One symbol. Its figures are bound to signals, so a tick changes text nodes without a re-render. */
export function TickerRowView({ row, page, isList, rowIndex, isTabStop }: TickerRowProps): JSX.Element {
  const { market } = page;
  const { symbol, ticker } = row;
  const flashing = useRef<HTMLSpanElement>(null);
  useFlash(flashing, ticker);
  const quote = useComputed(() => market.quote(symbol));
  const name = market.name(symbol);
  const base = useComputed(() => name.slice(0, name.length - quote.value.length));
  const assetName = useComputed(() => {
    const known = market.assetName(symbol);
    return known.toUpperCase() === base.value ? "" : known;
  });
  const fault = useComputed(() => market.faults.value.get(marketOf(symbol as Symbol)));
  const price = useComputed(() => priceText(ticker.value.price, market.decimals(symbol, ticker.value.price)));
  const change = useComputed(() => percentText(ticker.value.priceChangePercent));
  const changeKind = useComputed(() => `cell-change ${direction(ticker.value.priceChangePercent)}`);
  const volume = useComputed(() => {
    const { quoteVolume } = ticker.value;
    return quoteVolume !== null && quoteVolume > 0 ? amountText(quoteVolume) : "–";
  });
  // Added up from the klines that are held, a change isn't one of 24 hours.
  const window = useComputed(() => {
    const { windowMs } = ticker.value;
    return windowMs === undefined ? undefined : `of the last ${ageText(windowMs)} only`;
  });
  const age = useComputed(() => (ticker.value ? ageText(market.now.value - row.receivedAt) : ""));
  const status = useComputed(() => market.info(symbol)?.status ?? "TRADING");
  const isChosen = useComputed(() => isList && market.chosen.value?.symbol === symbol);
  const href = useComputed(() => chartHash({ symbol, interval: market.chosen.value?.interval ?? "1m" }));
  return (
    <tr
      class={isChosen.value ? "row chosen" : "row"}
      aria-rowindex={rowIndex}
      data-stale={fault.value !== undefined}
      title={fault}
    >
      <th scope="row" class="cell-symbol">
        <StarButton page={page} symbol={symbol} />
        <button
          type="button"
          class="row-more"
          tabIndex={-1}
          aria-label={`More about ${symbol}`}
          aria-keyshortcuts="m"
          aria-haspopup="dialog"
        >
          ⋯
        </button>
        <a
          href={href}
          tabIndex={isTabStop ? 0 : -1}
          aria-current={isChosen.value ? "true" : undefined}
          data-symbol={symbol}
        >
          {base}
          <span class="quote">{quote}</span>
        </a>
        {isList ? null : <span class="asset-name">{assetName}</span>}
        {market.markets.length < 2 ? null : <span class="market-name">{shortMarketName(symbol)}</span>}
        {status.value === "TRADING" ? null : <span class="tag">{status.value.toLowerCase().replace("_", " ")}</span>}
        {isList ? null : <span class="below">{volume}</span>}
      </th>
      {isList ? null : (
        <td class="cell-line">
          <SparklineView sparklines={page.sparklines} ticker={ticker} symbol={symbol} />
        </td>
      )}
      <td class="cell-price">
        <span class="flashing" ref={flashing}>
          {price}
        </span>
        {isList ? null : <span class="below">{age}</span>}
      </td>
      <td class={changeKind} title={window}>
        {change}
        {window.value === undefined ? null : "*"}
      </td>
      {isList ? null : (
        <>
          <td class="cell-range">
            <DayRange ticker={ticker} decimals={market.decimals(symbol, ticker.peek().price)} />
          </td>
          <td class="cell-quoteVolume">{volume}</td>
          <td class="cell-age">{age}</td>
          <FactCells page={page} symbol={symbol} />
        </>
      )}
    </tr>
  );
}
