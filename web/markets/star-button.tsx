import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import type { Page } from "../shell/page.ts";

/** A star, filled while the symbol is on the chosen list. Tab passes it by, because the key f does the same for the row. */
export function StarButton({ page, symbol }: { page: Page; symbol: string }): JSX.Element {
  const { watchlists, router } = page;
  const isListed = useComputed(() => watchlists.symbols.value.has(symbol));
  return (
    <button
      type="button"
      class="star"
      tabIndex={-1}
      aria-keyshortcuts="f"
      aria-label={`Star ${symbol}`}
      title={`On the list "${watchlists.chosen.value}"`}
      aria-pressed={isListed}
      onClick={() => {
        router.notice.value = watchlists.toggle(symbol) ?? "";
      }}
    >
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        <path
          d="M8 1.8l1.9 4 4.3.6-3.1 3 .8 4.3L8 11.6l-3.9 2.1.8-4.3-3.1-3 4.3-.6z"
          stroke="currentColor"
          stroke-linejoin="round"
        />
      </svg>
    </button>
  );
}
