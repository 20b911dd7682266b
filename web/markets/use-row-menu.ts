import { type Signal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";
import type { Page } from "../shell/page.ts";
import { useShortcuts } from "../shell/shortcuts.ts";

/** How long a finger has to stay for a menu, in milliseconds, and by how many pixels it may move. */
const LONG_PRESS_MS = 500;
const LONG_PRESS_PX = 10;

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
    let press: { readonly x: number; readonly y: number; readonly timer: ReturnType<typeof setTimeout> } | undefined;
    /** A press that has opened the menu isn't a click on the row's link, too. */
    let isHeld = false;
    const open = (target: EventTarget | null): void => {
      symbol.value = symbolAt(target);
    };
    const end = (): void => {
      clearTimeout(press?.timer);
      press = undefined;
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
        end();
        open(event.target);
      },
      { signal },
    );
    element.addEventListener(
      "pointerdown",
      (event) => {
        end();
        isHeld = false;
        const { target, pointerType, clientX, clientY } = event;
        if (pointerType !== "touch" || symbolAt(target) === "") return;
        const timer = setTimeout(() => {
          isHeld = true;
          open(target);
        }, LONG_PRESS_MS);
        press = { x: clientX, y: clientY, timer };
      },
      { signal },
    );
    element.addEventListener(
      "pointermove",
      ({ clientX, clientY }) => {
        if (press !== undefined && Math.hypot(clientX - press.x, clientY - press.y) > LONG_PRESS_PX) end();
      },
      { signal },
    );
    for (const type of ["pointerup", "pointercancel"]) element.addEventListener(type, end, { signal });
    return () => {
      stop.abort();
      end();
    };
  }, [scroller, symbol]);
  return symbol;
}

/** The symbol of the row that an element is in; empty where it is in none. */
function symbolAt(target: EventTarget | null): string {
  const row = target instanceof Element ? target.closest(".row") : null;
  return row?.querySelector<HTMLElement>("a[data-symbol]")?.dataset.symbol ?? "";
}
