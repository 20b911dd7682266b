import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { Page } from "../shell/page.ts";
import { EmptyNote } from "./empty-note.tsx";
import { useFacts } from "./fact-columns.tsx";
import { RowMenuFrame } from "./row-menu-frame.tsx";
import { SearchBar } from "./search-bar.tsx";
import { TableBody } from "./table-body.tsx";
import { TableHead } from "./table-head.tsx";
import { useRowKeys } from "./use-row-keys.ts";
import { useRowMenu } from "./use-row-menu.ts";
import { useRowWindow } from "./use-row-window.ts";

/** The live table of all symbols, or the short list next to a chart. Only visible rows are in the document. */
export function TablePanel({ page, isList = false }: { page: Page; isList?: boolean }): JSX.Element {
  const { rows } = page.market;
  const scroller = useRef<HTMLDivElement>(null);
  const { rowHeight, window } = useRowWindow(scroller, rows.shown);
  useRowKeys(page, scroller, rowHeight);
  const menuOf = useRowMenu(page, scroller);
  useFacts(page, !isList);
  const facts = isList ? 0 : page.columns.heads.value.length;
  return (
    <section class={isList ? "panel table-panel list-panel" : "panel table-panel"} aria-label="Symbols">
      <SearchBar page={page} isList={isList} />
      <div class="scroller" ref={scroller}>
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: each row has a link, which does the same by keyboard */}
        <table
          class={facts === 0 ? "tickers" : "tickers wide"}
          style={{ "--facts": facts }}
          aria-rowcount={rows.shown.value.length + 1}
          onClick={facts === 0 ? undefined : openRow}
        >
          <TableHead page={page} order={rows.order} isList={isList} lineSpan={page.sparklines.span} />
          <TableBody page={page} isList={isList} rowHeight={rowHeight} window={window} />
        </table>
        <EmptyNote page={page} />
      </div>
      <RowMenuFrame page={page} symbol={menuOf} />
    </section>
  );
}

/** Where symbols stay in sight, a row's link can't cover all of it. */
function openRow({ target }: MouseEvent): void {
  if (!(target instanceof Element) || target.closest("a, button") !== null) return;
  target.closest(".row")?.querySelector<HTMLElement>("a")?.click();
}
