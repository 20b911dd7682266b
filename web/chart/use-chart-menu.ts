import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";
import type { ChartDrawing } from "../drawings/drawing.ts";
import { onLongPress } from "../shell/long-press.ts";
import { spotAt } from "./chart-menu.ts";
import type { PaneState } from "./pane-state.ts";

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
    onLongPress(figure, ({ clientX, clientY }) => openBelow(clientX, clientY, true), signal);
    return () => ending.abort();
  }, [chart, drawings, element, menu]);
}
