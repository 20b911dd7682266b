import { type ReadonlySignal, useComputed, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useLayoutEffect } from "preact/hooks";
import { type RowWindow, rowWindow } from "./window.ts";

/** Which rows to draw, from where the scroller stands; `rowHeight` is what the style sheet says, in CSS pixels. */
export function useRowWindow(
  scroller: RefObject<HTMLElement | null>,
  rows: ReadonlySignal<readonly unknown[]>,
): { rowHeight: ReadonlySignal<number>; window: ReadonlySignal<RowWindow> } {
  const rowHeight = useSignal(30);
  const scrollTop = useSignal(0);
  const height = useSignal(600);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const measure = (): void => {
      rowHeight.value = Number.parseFloat(getComputedStyle(element).getPropertyValue("--row-height")) || 30;
      height.value = element.clientHeight;
    };
    const scrolled = (): void => {
      scrollTop.value = element.scrollTop;
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener("scroll", scrolled, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", scrolled);
    };
  }, [scroller, rowHeight, scrollTop, height]);
  const first = useComputed(() => rowWindow(rows.value.length, rowHeight.value, scrollTop.value, height.value).first);
  const end = useComputed(() => rowWindow(rows.value.length, rowHeight.value, scrollTop.value, height.value).end);
  return { rowHeight, window: useComputed(() => ({ first: first.value, end: end.value })) };
}
