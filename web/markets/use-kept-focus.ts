import { useLayoutEffect } from "preact/hooks";

/** Gives the focus back to what had it before a drawing: browsers take it from a row that moves to another place. */
export function useKeptFocus(): void {
  const focused = document.activeElement;
  useLayoutEffect(() => {
    if (focused === document.activeElement || !(focused instanceof HTMLElement) || !focused.isConnected) return;
    if (document.activeElement === document.body) focused.focus({ preventScroll: true });
  });
}
