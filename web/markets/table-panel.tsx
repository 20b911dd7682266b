import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { Page } from "../shell/page.ts";
import { FilterBox } from "./filter-box.tsx";
import { TableBody } from "./table-body.tsx";
import { TableHead } from "./table-head.tsx";
import { useArrowKeys } from "./use-arrow-keys.ts";
import { useRowWindow } from "./use-row-window.ts";

/** The live table of all symbols. Only the rows in sight are in the document. */
export function TablePanel({ page, isList = false }: { page: Page; isList?: boolean }): JSX.Element {
  const { market } = page;
  const scroller = useRef<HTMLDivElement>(null);
  const { rowHeight, window } = useRowWindow(scroller, market.rows.shown);
  useArrowKeys(scroller, rowHeight);
  return (
    <section class={isList ? "panel table-panel list-panel" : "panel table-panel"} aria-label="Tickers">
      <FilterBox page={page} />
      <div class="scroller" ref={scroller}>
        <table class="tickers" aria-rowcount={market.rows.shown.value.length + 1}>
          <TableHead order={market.rows.order} />
          <TableBody market={market} rowHeight={rowHeight} window={window} />
        </table>
      </div>
    </section>
  );
}
