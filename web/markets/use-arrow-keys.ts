import type { ReadonlySignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";

/** Arrow keys move the focus from row to row, and scroll so that the next rows come in. */
export function useArrowKeys(scroller: RefObject<HTMLElement | null>, rowHeight: ReadonlySignal<number>): void {
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const onKeyDown = (event: KeyboardEvent): void => {
      const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      const links = [...element.querySelectorAll<HTMLElement>(".row a")];
      const at = links.findIndex((link) => link.matches(":focus"));
      const next = links[at + step];
      if (step === 0 || at < 0 || next === undefined) return;
      event.preventDefault();
      next.focus({ preventScroll: true });
      reveal(element, next, rowHeight.peek());
    };
    element.addEventListener("keydown", onKeyDown);
    return () => element.removeEventListener("keydown", onKeyDown);
  }, [scroller, rowHeight]);
}

/** Scrolls so far that the row stands clear of the head, which sticks to the top. */
function reveal(scroller: HTMLElement, link: HTMLElement, rowHeight: number): void {
  const [row, frame] = [link.getBoundingClientRect(), scroller.getBoundingClientRect()];
  const above = frame.top + 2 * rowHeight - row.top;
  const below = row.bottom - (frame.bottom - rowHeight);
  if (above > 0) scroller.scrollTop -= above;
  else if (below > 0) scroller.scrollTop += below;
}
