import type { ReadonlySignal } from "@preact/signals";
import type { RefObject } from "preact";
import type { Page } from "../shell/page.ts";
import { useShortcuts } from "../shell/shortcuts.ts";

/** Keys move the focus from row to row, and scroll so that the next rows come in. */
export function useRowKeys(
  page: Page,
  scroller: RefObject<HTMLElement | null>,
  rowHeight: ReadonlySignal<number>,
): void {
  const move = (step: number): void => {
    const element = scroller.current;
    if (element === null) return;
    const links = [...element.querySelectorAll<HTMLElement>(".row a")];
    const at = links.findIndex((link) => link.matches(":focus"));
    // Without a row that has the focus, the first one in sight below the head gets it.
    const top = element.getBoundingClientRect().top + rowHeight.peek();
    const next = at < 0 ? links.find((link) => link.getBoundingClientRect().top >= top) : links[at + step];
    if (next === undefined) return;
    next.focus({ preventScroll: true });
    reveal(element, next, rowHeight.peek());
  };
  const star = (): void => {
    const symbol = document.activeElement?.closest(".row")?.querySelector("a")?.dataset.symbol;
    const chosen = page.router.route.peek().screen === "chart" ? page.market.chosen.peek()?.symbol : undefined;
    const meant = symbol ?? chosen;
    if (meant !== undefined) page.router.notice.value = page.watchlists.toggle(meant) ?? "";
  };
  useShortcuts(page, {
    name: "Rows",
    shortcuts: [
      { keys: ["ArrowDown", "j"], says: "next row; Enter opens it", isKeyOnly: true, run: () => move(1) },
      { keys: ["ArrowUp", "k"], says: "previous row", isKeyOnly: true, run: () => move(-1) },
      { keys: ["f"], says: "add to the list, or remove", run: star },
    ],
  });
}

/** Scrolls so far that the row stands clear of the head, which sticks to the top. */
function reveal(scroller: HTMLElement, link: HTMLElement, rowHeight: number): void {
  const [row, frame] = [link.getBoundingClientRect(), scroller.getBoundingClientRect()];
  const above = frame.top + 2 * rowHeight - row.top;
  const below = row.bottom - (frame.bottom - rowHeight);
  if (above > 0) scroller.scrollTop -= above;
  else if (below > 0) scroller.scrollTop += below;
}
