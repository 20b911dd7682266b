import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { wordsOf } from "../markets/order.ts";
import { ranked } from "../palette/ranking.ts";
import { symbolEntries } from "../palette/symbol-entries.ts";
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
  const add = (symbol: string): void => {
    if (choice.add(symbol)) search.value = "";
  };
  const others = symbolEntries(market, add).filter(
    ({ title }) => title !== own && !choice.symbols.value.includes(title),
  );
  // Where nothing is typed, they are in their own order.
  const byWeight = others.toSorted((a, b) => (b.weight ?? 0) - (a.weight ?? 0));
  const found = ranked(byWeight, wordsOf(typed)).slice(0, LISTED);
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
            if (key === "Enter") found[0]?.run();
          }}
        />
        {isFull ? (
          <p class="muted">Four symbols are compared already. Remove one in the line above the chart.</p>
        ) : (
          <ul aria-label="Symbols to compare with">
            {found.map(({ title, detail, run }) => (
              <li key={title}>
                <button type="button" class="link" onClick={run}>
                  {title} <span class="muted">{detail}</span>
                </button>
              </li>
            ))}
            {found.length === 0 && typed.trim() !== "" ? <li class="muted">No symbol has this name.</li> : null}
          </ul>
        )}
      </div>
    </Menu>
  );
}
