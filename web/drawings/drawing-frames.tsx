import type { JSX } from "preact";
import { laterPart } from "../shell/later-view.tsx";
import type { ChartDrawingsProps } from "./chart-drawings.tsx";
import type { DrawingBarProps } from "./drawing-bar.tsx";

/** The drawings of a chart. Their part of the page comes once the chart is there. */
export const DrawingsFrame: (props: ChartDrawingsProps) => JSX.Element | null = laterPart(
  async () => (await import("./chart-drawings.tsx")).ChartDrawings,
  "Drawings",
);

/** The bar of drawing tools. Its place is kept free until it comes. */
export function DrawingBarFrame(props: DrawingBarProps): JSX.Element {
  return (
    <div class="drawing-bar-place">
      <DrawingBar {...props} />
    </div>
  );
}

const DrawingBar = laterPart(async () => (await import("./drawing-bar.tsx")).DrawingBar, "The drawing tools");
