import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useCallback, useRef } from "preact/hooks";
import { matches } from "../markets/order.ts";
import type { Page } from "../shell/page.ts";
import { useDismissal } from "../shell/use-dismissal.ts";
import type { CompareChoice } from "./compare-choice.ts";
import { MOST_COMPARED } from "./compared.ts";

/** Symbols that the menu lists at once. */
const LISTED = 8;

/** Symbols to compare the charts with, to be searched and added. */
export function CompareMenu({ page, choice }: { page: Page; choice: CompareChoice }): JSX.Element {
  const { market } = page;
  const menu = useRef<HTMLDetailsElement>(null);
  const search = useSignal("");
  useDismissal(
    useCallback(() => menu.current, []),
    useCallback((isKey: boolean) => {
      if (menu.current?.open !== true) return;
      menu.current.open = false;
      if (isKey) menu.current.querySelector("summary")?.focus();
    }, []),
  );
  const typed = search.value;
  const own = market.chosen.value?.symbol;
  const isFull = choice.symbols.value.length >= MOST_COMPARED;
  const found = market.markets
    .flatMap((one) => [...market.symbolsOf(one)])
    .filter((symbol) => symbol !== own && !choice.symbols.value.includes(symbol))
    .filter((symbol) => matches(symbol, typed, market.assetName(symbol)))
    .slice(0, LISTED);
  const add = (symbol: string | undefined): void => {
    if (symbol === undefined || !choice.add(symbol)) return;
    search.value = "";
  };
  return (
    <details class="menu" ref={menu}>
      <summary class="button">Compare</summary>
      <div class="menu-list compare-menu">
        <input
          type="search"
          aria-label="Search symbols to compare with"
          placeholder="Search"
          value={search}
          disabled={isFull}
          onInput={({ currentTarget }) => {
            search.value = currentTarget.value;
          }}
          onKeyDown={({ key }) => {
            if (key === "Enter") add(found[0]);
          }}
        />
        {isFull ? (
          <p class="muted">Four symbols are compared already. Remove one in the line above the chart.</p>
        ) : (
          <ul aria-label="Symbols to compare with">
            {found.map((symbol) => (
              <li key={symbol}>
                <button type="button" class="link" onClick={() => add(symbol)}>
                  {symbol}
                </button>
              </li>
            ))}
            {found.length === 0 ? <li class="muted">No symbol has this name.</li> : null}
          </ul>
        )}
      </div>
    </details>
  );
}
