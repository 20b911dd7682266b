import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { chartHash } from "../chart/chart-route.ts";
import type { Page } from "../shell/page.ts";

/** Type to search; / goes there from anywhere, Enter opens the first row, Escape empties it. */
export function FilterBox({ page }: { page: Page }): JSX.Element {
  const box = useRef<HTMLInputElement>(null);
  const { market, router } = page;
  const { rows } = market;
  useEffect(() => {
    const onSlash = (event: KeyboardEvent): void => {
      if (event.key !== "/" || event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      box.current?.select();
    };
    addEventListener("keydown", onSlash);
    return () => removeEventListener("keydown", onSlash);
  }, []);
  const onKeyDown = (event: KeyboardEvent): void => {
    const first = rows.shown.peek()[0];
    if (event.key === "Escape") rows.filter.value = "";
    if (event.key === "Enter" && first !== undefined) {
      router.go(chartHash({ symbol: first.symbol, interval: market.chosen.peek()?.interval ?? "1m" }));
    }
  };
  const count = useComputed(() =>
    rows.filter.value === "" ? `${rows.count.value} symbols` : `${rows.shown.value.length} of ${rows.count.value}`,
  );
  return (
    <div class="filter">
      <input
        ref={box}
        type="search"
        name="filter"
        placeholder="Filter symbols"
        aria-label="Filter symbols"
        aria-keyshortcuts="/"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        value={rows.filter}
        onInput={(event) => {
          rows.filter.value = event.currentTarget.value;
        }}
        onKeyDown={onKeyDown}
      />
      <output class="filter-count">{count}</output>
    </div>
  );
}
