import type { CandleChart } from "../chart/candle-chart.ts";
import type { DrawingSession } from "./drawing-session.ts";

/** How far a key moves a drawing's price, in CSS pixels. */
const STEP_PX = 4;

/** With Alt, arrows move the selected drawing: by candles, and by steps of the price. */
const NUDGES: Readonly<Record<string, readonly [candles: number, steps: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Dependencies of the keys. */
export interface KeyParts {
  /** The chart's element. */
  readonly figure: HTMLElement;
  readonly chart: Pick<CandleChart, "crosshair">;
  readonly session: DrawingSession;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Keys on a chart that has the focus: Enter places at the crosshair, Delete removes, Alt and an arrow moves. Escape works everywhere. */
export function attachKeys({ figure, chart, session, signal }: KeyParts): void {
  figure.addEventListener(
    "keydown",
    (event) => {
      const at = chart.crosshair();
      const selected = session.selected.peek();
      const nudge = event.altKey ? NUDGES[event.key] : undefined;
      if (event.key === "Enter" && session.isBusy && at !== undefined) {
        session.press(at);
        session.release(at);
      } else if ((event.key === "Delete" || event.key === "Backspace") && selected !== undefined) {
        session.remove([selected]);
      } else if (nudge !== undefined && selected !== undefined) session.nudge(nudge[0], nudge[1] * STEP_PX);
      else {
        // An arrow has moved the crosshair by now.
        if (at !== undefined && event.key.startsWith("Arrow")) session.move(at);
        return;
      }
      event.preventDefault();
    },
    { signal },
  );
  addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || event.defaultPrevented || isElsewhere(event.target)) return;
      if (session.cancel()) event.preventDefault();
    },
    { signal },
  );
}

/** Whether Escape means something else there. */
function isElsewhere(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, textarea, select, dialog") !== null;
}
