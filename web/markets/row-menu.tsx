import type { JSX } from "preact";
import { chartHash } from "../chart/chart-route.ts";
import { copyText } from "../shell/copy-text.ts";
import type { Page } from "../shell/page.ts";
import { routeHash } from "../shell/route.ts";
import { Sheet } from "../shell/sheet.tsx";

/** Properties of a row's menu. */
export interface RowMenuProps {
  readonly page: Page;
  readonly symbol: string;
  readonly onClose: () => void;
}

/** What can be done with a symbol: its chart, the lists that it is on, its name, and a trader. */
export function RowMenu({ page, symbol, onClose }: RowMenuProps): JSX.Element {
  const { market, watchlists, router } = page;
  const assetName = market.assetName(symbol);
  const interval = market.chosen.value?.interval ?? market.intervals.value[0] ?? "1m";
  const copy = async (): Promise<void> => {
    onClose();
    router.notice.value = (await copyText(symbol))
      ? `${symbol} is copied.`
      : `The browser doesn't let the page copy ${symbol}.`;
  };
  return (
    <Sheet title={assetName === "" ? symbol : `${symbol} · ${assetName}`} kind="row-menu" onClose={onClose}>
      <ul class="row-menu-items">
        <li>
          <a href={chartHash({ symbol, interval })}>Open the chart</a>
        </li>
        {watchlists.lists.value.map(({ name, symbols }) => {
          const isOn = symbols.includes(symbol);
          return (
            <li key={name}>
              <button
                type="button"
                aria-pressed={isOn}
                onClick={() => {
                  router.notice.value = watchlists.toggle(symbol, name) ?? "";
                }}
              >
                {isOn ? "★" : "☆"} {name}
                <span class="palette-detail">{isOn ? "on this list" : ""}</span>
              </button>
            </li>
          );
        })}
        <li>
          <button type="button" onClick={() => void copy()}>
            Copy {symbol}
          </button>
        </li>
        <li>
          <a href={routeHash("traders", ["new"])}>New trader</a>
        </li>
      </ul>
    </Sheet>
  );
}
