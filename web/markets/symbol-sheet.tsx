import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Page } from "../shell/page.ts";
import { Sheet } from "../shell/sheet.tsx";
import { TablePanel } from "./table-panel.tsx";

/** Another symbol for the chart where there is no room for the list beside it. What was searched for is forgotten when it closes. */
export function SymbolSheet({ page, onClose }: { page: Page; onClose: () => void }): JSX.Element {
  const { rows } = page.market;
  useEffect(
    () => () => {
      rows.typed.value = "";
    },
    [rows],
  );
  return (
    <Sheet title="Symbols" kind="symbol-sheet" onClose={onClose}>
      <TablePanel page={page} isList />
    </Sheet>
  );
}
