import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { countOf, MARKET_NAMES, type MarketId } from "../../src/core/mod.ts";
import { chartHash } from "../chart/chart-route.ts";
import type { Page } from "../shell/page.ts";
import { useShortcuts } from "../shell/shortcuts.ts";
import { ColumnsButton } from "./columns-button.tsx";
import { ListChoice } from "./list-choice.tsx";

/** Type to search; / goes there from anywhere, Enter opens the best match, Escape takes all conditions back. */
export function SearchBar({ page, isList }: { page: Page; isList: boolean }): JSX.Element {
  const { market, router } = page;
  const { rows } = market;
  const box = useRef<HTMLInputElement>(null);
  useShortcuts(page, {
    name: "Symbols",
    shortcuts: [
      {
        keys: ["/"],
        says: "search; Enter opens the best match, Escape clears the search",
        run: () => box.current?.select(),
      },
      {
        keys: ["v"],
        says: "show the list only, or all symbols",
        run: () => {
          rows.onlyListed.value = !rows.onlyListed.peek();
        },
      },
    ],
  });
  const onKeyDown = (event: KeyboardEvent): void => {
    const best = rows.best();
    if (event.key === "Escape") {
      rows.showAll();
      box.current?.blur();
    }
    if (event.key === "Enter" && best !== undefined) {
      router.go(chartHash({ symbol: best.symbol, interval: market.chosen.peek()?.interval ?? "1m" }));
      rows.typed.value = "";
      box.current?.blur();
    }
  };
  const count = useComputed(() => {
    const [shown, all] = [rows.shown.value.length, rows.count.value];
    return shown === all ? countOf(all, "symbol") : `${shown} of ${all}`;
  });
  return (
    <div class="search">
      <input
        ref={box}
        type="search"
        name="search"
        placeholder="Search: btc, bitcoin, eur"
        aria-label="Search symbols"
        aria-keyshortcuts="/"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        value={rows.typed}
        onInput={(event) => {
          rows.typed.value = event.currentTarget.value;
        }}
        onKeyDown={onKeyDown}
      />
      <Conditions page={page} />
      {isList ? null : <ColumnsButton page={page} />}
      <output class="search-count">{count}</output>
    </div>
  );
}

/** One list, one market and one quote asset, where there is more than one. */
function Conditions({ page }: { page: Page }): JSX.Element {
  const { rows, quotes, markets } = page.market;
  return (
    <>
      {markets.length < 2 ? null : (
        <select
          aria-label="Market"
          value={rows.market}
          onChange={(event) => {
            rows.market.value = event.currentTarget.value as MarketId | "";
          }}
        >
          <option value="">All markets</option>
          {markets.map((one) => (
            <option key={one} value={one}>
              {MARKET_NAMES[one]}
            </option>
          ))}
        </select>
      )}
      {quotes.value.length < 2 ? null : (
        <select
          aria-label="Quote asset"
          value={rows.quote}
          onChange={(event) => {
            rows.quote.value = event.currentTarget.value;
          }}
        >
          <option value="">All quotes</option>
          {quotes.value.map((quote) => (
            <option key={quote} value={quote}>
              {quote}
            </option>
          ))}
        </select>
      )}
      <ListChoice page={page} />
    </>
  );
}
