import { type Signal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";
import { onLongPress } from "../shell/long-press.ts";
import type { Page } from "../shell/page.ts";
import { useShortcuts } from "../shell/shortcuts.ts";

/**
 * The symbol of the row whose menu is open; empty while none is. The row's button opens it, a long press, and the key m. A right click
 * stays the browser's, which has more to offer for a link.
 */
export function useRowMenu(page: Page, scroller: RefObject<HTMLElement | null>): Signal<string> {
  const symbol = useSignal("");
  useShortcuts(page, {
    name: "Rows",
    shortcuts: [
      {
        keys: ["m"],
        says: "menu of the row",
        isKeyOnly: true,
        run: () => {
          symbol.value = symbolAt(document.activeElement);
        },
      },
    ],
  });
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const stop = new AbortController();
    const { signal } = stop;
    /** A press that has opened the menu isn't a click on the row's link, too. */
    let isHeld = false;
    const open = (target: EventTarget | null): void => {
      symbol.value = symbolAt(target);
    };
    element.addEventListener(
      "click",
      (event) => {
        if (isHeld) {
          event.preventDefault();
          event.stopPropagation();
          isHeld = false;
        } else if (event.target instanceof Element && event.target.closest(".row-more") !== null) open(event.target);
      },
      { signal, capture: true },
    );
    element.addEventListener(
      "contextmenu",
      (event) => {
        if ((event as PointerEvent).pointerType !== "touch") return;
        event.preventDefault();
        open(event.target);
      },
      { signal },
    );
    element.addEventListener(
      "pointerdown",
      () => {
        isHeld = false;
      },
      { signal },
    );
    const press = ({ target }: PointerEvent): void => {
      if (symbolAt(target) === "") return;
      isHeld = true;
      open(target);
    };
    onLongPress(element, press, signal);
    return () => stop.abort();
  }, [scroller, symbol]);
  return symbol;
}

/** The symbol of the row that an element is in; empty where it is in none. */
function symbolAt(target: EventTarget | null): string {
  const row = target instanceof Element ? target.closest(".row") : null;
  return row?.querySelector<HTMLElement>("a[data-symbol]")?.dataset.symbol ?? "";
}
