import { useComputed, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { Interval } from "../../src/core/mod.ts";
import { chartHash } from "../chart/chart-route.ts";
import { shortMarketName } from "../market/market-names.ts";
import { StarButton } from "../markets/star-button.tsx";
import { useKeptFocus } from "../markets/use-kept-focus.ts";
import { useRowKeys } from "../markets/use-row-keys.ts";
import { useRowWindow } from "../markets/use-row-window.ts";
import type { Page } from "../shell/page.ts";
import { priceText } from "../text/price.ts";
import { cellText } from "./cell-text.ts";
import { definitionOf, missingText } from "./column-span.ts";
import { columnOf } from "./columns.ts";
import { CLOSE_PRICE, factsOf, type MatchRow, orderAfterClick, SYMBOL, sortedMatches } from "./match-rows.ts";
import type { Found, ScreenerState } from "./screener-state.ts";

/** Properties of the table. */
export interface MatchTableProps {
  readonly page: Page;
  readonly state: ScreenerState;
  readonly found: Found;
}

/** The matches, with the columns that were asked for. Only rows in sight are in the document. */
export function MatchTable({ page, state, found }: MatchTableProps): JSX.Element {
  const scroller = useRef<HTMLElement>(null);
  const shown = useSignal(found);
  shown.value = found;
  const rows = useComputed(() => sortedMatches(shown.value.answer.matches, state.screen.value.order));
  const { rowHeight, window } = useRowWindow(scroller, rows);
  useRowKeys(page, scroller, rowHeight);
  useKeptFocus();
  const facts = factsOf(found.answer.matches, found.facts);
  const { first, end } = window.value;
  const space = (count: number): JSX.Element | null =>
    count === 0 ? null : (
      <tr class="space">
        <td colSpan={facts.length + 2} style={{ height: `${count * rowHeight.value}px` }} />
      </tr>
    );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, which is to be possible from the keyboard, too
    <section class="scroller match-scroller" ref={scroller} tabIndex={0} aria-label="Table of matches">
      <table class="matched" aria-rowcount={rows.value.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            <Head state={state} column={SYMBOL} title="Symbol" says="The traded pair" />
            <Head
              state={state}
              column={CLOSE_PRICE}
              title="Close"
              says="Closing price of the candle that closed, in the quote asset"
            />
            {facts.map((fact) => {
              const column = columnOf(fact);
              const says = column && definitionOf(column, found.candles, page.market.intervals.value);
              return <Head key={fact} state={state} column={fact} title={column?.title ?? fact} says={says} />;
            })}
          </tr>
        </thead>
        <tbody>
          {space(first)}
          {rows.value.slice(first, end).map((row, at) => (
            <Row key={row.symbol} page={page} row={row} facts={facts} found={found} rowIndex={first + at + 2} />
          ))}
          {space(Math.max(0, rows.value.length - end))}
        </tbody>
      </table>
      {rows.value.length === 0 ? <p class="table-note">No symbol matches at this close.</p> : null}
    </section>
  );
}

function Head({
  state,
  column,
  title,
  says,
}: {
  state: ScreenerState;
  column: string;
  title: string;
  says: string | undefined;
}): JSX.Element {
  const { order } = state.screen.value;
  const sort = order.column !== column ? "none" : order.descending ? "descending" : "ascending";
  return (
    <th scope="col" class={column === SYMBOL ? "cell-symbol" : "figure"} aria-sort={sort}>
      <button
        type="button"
        title={says}
        onClick={() => state.change({ order: orderAfterClick(state.screen.peek().order, column) }, true)}
      >
        {title}
      </button>
    </th>
  );
}

function Row({
  page,
  row,
  facts,
  found,
  rowIndex,
}: {
  page: Page;
  row: MatchRow;
  facts: readonly string[];
  found: Found;
  rowIndex: number;
}): JSX.Element {
  const { market } = page;
  const { symbol, price } = row;
  const decimals = market.decimals(symbol, price ?? 0);
  const name = market.name(symbol);
  const quote = market.quote(symbol);
  const hash = chartHash({ symbol, interval: found.chart });
  return (
    // The symbol is a link, which does the same by keyboard.
    <tr
      class="row"
      aria-rowindex={rowIndex}
      onClick={(event) => {
        if (event.target instanceof Element && event.target.closest("a, button") === null) page.router.go(hash);
      }}
    >
      <th scope="row" class="cell-symbol">
        <StarButton page={page} symbol={symbol} />
        <a href={hash} data-symbol={symbol}>
          {name.slice(0, name.length - quote.length)}
          <span class="quote">{quote}</span>
        </a>
        {market.markets.length < 2 ? null : <span class="market-name">{shortMarketName(symbol)}</span>}
      </th>
      <td class="figure">{price === null ? "—" : priceText(price, decimals)}</td>
      {facts.map((fact) => (
        <FactCell
          key={fact}
          fact={fact}
          value={row.facts[fact]}
          decimals={decimals}
          page={page}
          candles={found.candles}
        />
      ))}
    </tr>
  );
}

function FactCell({
  fact,
  value,
  decimals,
  page,
  candles,
}: {
  fact: string;
  value: unknown;
  decimals: number;
  page: Page;
  candles: Interval;
}): JSX.Element {
  const column = columnOf(fact);
  const { text, kind } = cellText(value, column?.format, decimals);
  const isMissing = column !== undefined && (value === null || value === undefined);
  return (
    <td
      class={`figure ${kind}`}
      title={isMissing ? missingText(column, candles, page.market.intervals.value) : undefined}
    >
      {text}
    </td>
  );
}
