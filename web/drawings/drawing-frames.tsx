import type { JSX } from "preact";
import { useLater } from "../shell/use-later.ts";
import type { ChartDrawingsProps } from "./chart-drawings.tsx";
import type { DrawingBarProps } from "./drawing-bar.tsx";

const loadDrawings = async () => (await import("./chart-drawings.tsx")).ChartDrawings;
const loadBar = async () => (await import("./drawing-bar.tsx")).DrawingBar;

/** The drawings of a chart. Their part of the page comes once the chart is there. */
export function DrawingsFrame(props: ChartDrawingsProps): JSX.Element | null {
  const part = useLater(loadDrawings).value;
  return part !== undefined && "here" in part ? <part.here {...props} /> : null;
}

/** The bar of drawing tools. Its place is kept free until it comes. */
export function DrawingBarFrame(props: DrawingBarProps): JSX.Element {
  const part = useLater(loadBar).value;
  return <div class="drawing-bar-place">{part !== undefined && "here" in part ? <part.here {...props} /> : null}</div>;
}
