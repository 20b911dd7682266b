import type { ChartPlane, Point } from "../chart/chart-plane.ts";
import type { DrawingSession } from "./drawing-session.ts";

/** Dependencies of the pointer's events. */
export interface PointerParts {
  /** The chart's element. */
  readonly figure: HTMLElement;
  readonly plane: ChartPlane;
  readonly session: DrawingSession;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Leads the pointer's presses to a session first. Those that it takes don't scroll the chart. */
export function attachPointer({ figure, plane, session, signal }: PointerParts): void {
  let isTaken = false;
  const pointOf = ({ clientX, clientY }: MouseEvent): Point => {
    const [corner, { left, top }] = [figure.getBoundingClientRect(), plane.box];
    return { x: clientX - corner.left - left, y: clientY - corner.top - top };
  };
  const isInside = ({ x, y }: Point): boolean => x >= 0 && y >= 0 && x <= plane.box.width && y <= plane.box.height;
  figure.addEventListener(
    "pointerdown",
    (event) => {
      const point = pointOf(event);
      isTaken = false;
      // With a second finger, the chart is zoomed.
      if (!event.isPrimary) session.cancelAll();
      else if (event.button === 0 && isInside(point)) {
        isTaken = session.press(point, { isMeasuring: event.shiftKey, isTouch: event.pointerType === "touch" });
      }
    },
    { capture: true, signal },
  );
  // The library scrolls by these events, which follow.
  figure.addEventListener(
    "mousedown",
    (event) => {
      if (!isTaken) return;
      event.stopPropagation();
      // Letters would be selected otherwise; and then the focus doesn't come by itself.
      event.preventDefault();
      figure.focus({ preventScroll: true });
    },
    { capture: true, signal },
  );
  figure.addEventListener(
    "touchstart",
    (event) => {
      if (!isTaken) return;
      event.stopPropagation();
      event.preventDefault();
    },
    { capture: true, passive: false, signal },
  );
  addEventListener("pointermove", (event) => session.move(pointOf(event)), { signal });
  addEventListener("pointerup", (event) => session.release(pointOf(event)), { signal });
  addEventListener("pointercancel", () => session.cancelAll(), { signal });
}
