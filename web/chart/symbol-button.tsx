import { type ReadonlySignal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { SymbolSheet } from "../markets/symbol-sheet.tsx";
import type { Page } from "../shell/page.ts";

/** The charted symbol, which leads to others: to the list beside the chart, or to a sheet where there is no room for one. */
export function SymbolButton({ page, symbol }: { page: Page; symbol: ReadonlySignal<string> }): JSX.Element {
  const isOpen = useSignal(false);
  const choose = (): void => {
    const search = document.querySelector<HTMLElement>(".list-panel input");
    if (search?.checkVisibility() === true) search.focus();
    else isOpen.value = true;
  };
  return (
    <>
      <h2 class="headline">
        <button
          type="button"
          class="headline-button"
          title="Choose another symbol"
          aria-haspopup="dialog"
          onClick={choose}
        >
          {symbol}
          <svg viewBox="0 0 8 8" width="9" height="9" aria-hidden="true">
            <path d="M1 2.5l3 3 3-3" fill="none" stroke="currentColor" stroke-width="1.3" />
          </svg>
        </button>
      </h2>
      {isOpen.value ? (
        <SymbolSheet
          page={page}
          onClose={() => {
            isOpen.value = false;
          }}
        />
      ) : null}
    </>
  );
}
