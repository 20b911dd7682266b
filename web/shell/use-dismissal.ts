import { useEffect } from "preact/hooks";

/** Calls `close` on Escape, on a press outside the element, and when the address leads elsewhere; `isKey` says that it was Escape. */
export function useDismissal(element: () => Element | null, close: (isKey: boolean) => void): void {
  useEffect(() => {
    const dismiss = (event: Event): void => {
      if (event instanceof KeyboardEvent) {
        if (event.key === "Escape") close(true);
      } else if (event.type === "hashchange" || element()?.contains(event.target as Node) !== true) close(false);
    };
    const events = ["pointerdown", "keydown", "hashchange"];
    for (const event of events) addEventListener(event, dismiss);
    return () => {
      for (const event of events) removeEventListener(event, dismiss);
    };
  }, [element, close]);
}
