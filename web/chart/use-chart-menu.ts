import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";
import type { ChartDrawing } from "../drawings/drawing.ts";
import { spotAt } from "./chart-menu.ts";
import type { PaneState } from "./pane-state.ts";

/** A finger that rests so long on the chart opens the menu, as long as browsers wait for their own. */
const LONG_PRESS_MS = 500;
/** A finger that moves farther scrolls the chart. */
const STILL_PX = 8;

/** Opens a chart's menu at a right click, at a long press, and at the crosshair with the menu key or Shift and F10. */
export function useChartMenu(element: RefObject<HTMLElement | null>, { chart, drawings, menu }: PaneState): void {
  useEffect(() => {
    const figure = element.current;
    if (figure === null) return;
    /** Opens at a point of the plane. */
    const openAt = (x: number, y: number, drawing: ChartDrawing | undefined): void => {
      const plane = chart.current?.plane;
      const spot = plane === undefined ? undefined : spotAt(plane, x, y, drawing);
      if (plane !== undefined && spot !== undefined) menu.openFor(spot, plane.box.left + x, plane.box.top + y);
    };
    /** Opens at a point of the window. */
    const openBelow = (clientX: number, clientY: number, isTouch: boolean): void => {
      // A long press, and a key that has opened it already, may be followed by the browser's own event.
      if (menu.open.peek() !== undefined) return;
      drawings.peek()?.cancelAll();
      const { left = 0, top = 0 } = chart.current?.plane.box ?? {};
      const corner = figure.getBoundingClientRect();
      const [x, y] = [clientX - corner.left - left, clientY - corner.top - top];
      openAt(x, y, drawings.peek()?.at({ x, y }, isTouch));
    };
    const ending = new AbortController();
    const { signal } = ending;
    figure.addEventListener(
      "contextmenu",
      (event) => {
        event.preventDefault();
        openBelow(event.clientX, event.clientY, event instanceof PointerEvent && event.pointerType === "touch");
      },
      { signal },
    );
    figure.addEventListener(
      "keydown",
      (event) => {
        if (event.key !== "ContextMenu" && !(event.key === "F10" && event.shiftKey)) return;
        event.preventDefault();
        const [at, session] = [chart.current?.crosshair(), drawings.peek()];
        if (at !== undefined) openAt(at.x, at.y, session?.at(at) ?? session?.selected.peek());
      },
      { signal },
    );
    onLongPress(figure, (clientX, clientY) => openBelow(clientX, clientY, true), signal);
    return () => ending.abort();
  }, [chart, drawings, element, menu]);
}

/** Calls `open` when one finger rests on the element. */
function onLongPress(
  element: HTMLElement,
  open: (clientX: number, clientY: number) => void,
  signal: AbortSignal,
): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let from = { x: 0, y: 0 };
  const stop = (): void => clearTimeout(timer);
  element.addEventListener(
    "pointerdown",
    (event) => {
      stop();
      if (event.pointerType !== "touch" || !event.isPrimary) return;
      from = { x: event.clientX, y: event.clientY };
      timer = setTimeout(() => open(from.x, from.y), LONG_PRESS_MS);
    },
    { signal },
  );
  addEventListener(
    "pointermove",
    ({ clientX, clientY }) => {
      if (Math.hypot(clientX - from.x, clientY - from.y) > STILL_PX) stop();
    },
    { signal },
  );
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, stop, { signal });
  signal.addEventListener("abort", stop);
}
