import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import type { Page } from "../shell/page.ts";
import { useLater } from "../shell/use-later.ts";

/** The menu of the row with this symbol, if there is one. It is fetched when it is first opened. */
export function RowMenuFrame({ page, symbol }: { page: Page; symbol: Signal<string> }): JSX.Element | null {
  return symbol.value === "" ? null : <Opened page={page} symbol={symbol} />;
}

const loadMenu = async () => (await import("./row-menu.tsx")).RowMenu;

function Opened({ page, symbol }: { page: Page; symbol: Signal<string> }): JSX.Element | null {
  const later = useLater(loadMenu).value;
  if (later === undefined) return null;
  if ("missing" in later) return <p class="trouble">{later.missing}</p>;
  const View = later.here;
  return (
    <View
      page={page}
      symbol={symbol.value}
      onClose={() => {
        symbol.value = "";
      }}
    />
  );
}
