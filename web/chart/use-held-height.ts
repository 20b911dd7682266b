import { type ReadonlySignal, useSignal, useSignalEffect } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";

/** What is held, and while what. */
export interface HeldHeightParts {
  /** While the pointer is here, the height stays. */
  readonly around: RefObject<HTMLElement | null>;
  readonly element: RefObject<HTMLElement | null>;
  /** So it does while the crosshair is on a candle, by keys or from another chart. */
  readonly isPointed: ReadonlySignal<boolean>;
  /** Once this changes, the element takes the height that it needs. */
  readonly content: ReadonlySignal<unknown>;
}

/** Keeps an element's height while somebody points, so that what is below it doesn't move when its digits need another line. */
export function useHeldHeight({ around, element, isPointed, content }: HeldHeightParts): void {
  const isUnder = useSignal(false);
  const resizes = useSignal(0);
  useEffect(() => {
    const ending = new AbortController();
    const { signal } = ending;
    around.current?.addEventListener("pointerenter", () => (isUnder.value = true), { signal });
    around.current?.addEventListener("pointerleave", () => (isUnder.value = false), { signal });
    addEventListener("resize", () => (resizes.value += 1), { signal });
    return () => ending.abort();
  }, [around, isUnder, resizes]);
  useSignalEffect(() => {
    content.value;
    resizes.value;
    if (!isUnder.value && !isPointed.value) return;
    let held: HTMLElement | null = null;
    const hold = (): void => {
      held = element.current;
      if (held === null) return;
      held.style.height = `${held.getBoundingClientRect().height}px`;
      held.toggleAttribute("data-held", true);
    };
    // The content is drawn by then.
    const frame = requestAnimationFrame(hold);
    return () => {
      cancelAnimationFrame(frame);
      held?.style.removeProperty("height");
      held?.removeAttribute("data-held");
    };
  });
}
