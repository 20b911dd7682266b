import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { matches } from "../markets/order.ts";
import { Menu } from "../shell/menu.tsx";
import type { Page } from "../shell/page.ts";
import type { CompareChoice } from "./compare-choice.ts";
import { MOST_COMPARED } from "./compared.ts";

/** Symbols that the menu lists at once. */
const LISTED = 8;

/** Symbols to compare the charts with, to be searched and added. */
export function CompareMenu({ page, choice }: { page: Page; choice: CompareChoice }): JSX.Element {
  const { market } = page;
  const search = useSignal("");
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
    <Menu title="Compare" onClose={() => (search.value = "")}>
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
    </Menu>
  );
}
