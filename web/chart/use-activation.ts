import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** Calls `onActivate` when somebody presses on an element, or the focus comes into it. */
export function useActivation(element: RefObject<HTMLElement | null>, onActivate: (() => void) | undefined): void {
  const latest = useRef(onActivate);
  latest.current = onActivate;
  useEffect(() => {
    const around = element.current;
    const activate = (): void => latest.current?.();
    // Before what is pressed does something with the active chart.
    around?.addEventListener("pointerdown", activate, { capture: true });
    around?.addEventListener("focusin", activate);
    return () => {
      around?.removeEventListener("pointerdown", activate, { capture: true });
      around?.removeEventListener("focusin", activate);
    };
  }, [element]);
}
