import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import { laterView } from "../shell/later-view.tsx";
import type { Page } from "../shell/page.ts";

/** The menu of the row with this symbol, if there is one. It is fetched when it is first opened. */
export function RowMenuFrame({ page, symbol }: { page: Page; symbol: Signal<string> }): JSX.Element | null {
  if (symbol.value === "") return null;
  return <RowMenu page={page} symbol={symbol.value} onClose={() => (symbol.value = "")} />;
}

const RowMenu = laterView(async () => (await import("./row-menu.tsx")).RowMenu);
