import type { ChartMenuEntry } from "../chart/chart-menu.ts";
import { DRAWING_KINDS } from "./drawing.ts";
import type { DrawingSession, DrawingTool } from "./drawing-session.ts";

/** What the chart's menu offers for drawing at a place. */
export function menuEntries(session: DrawingSession): readonly ChartMenuEntry[] {
  const begins = (tool: DrawingTool, text: string): ChartMenuEntry => ({
    group: "draw",
    label: () => text,
    run: ({ openTime, price }) => {
      session.begin(tool, { time: openTime, price });
      // The next press, or Enter at the crosshair, ends it.
      session.focusChart();
    },
  });
  return [
    begins("price-line", "Horizontal line here"),
    begins("trend-line", "Trend line from here"),
    begins("measure", "Measure from here"),
    {
      group: "draw",
      label: ({ drawing }) => drawing && `Remove this ${DRAWING_KINDS[drawing.kind].title.toLowerCase()}`,
      run: ({ drawing }) => {
        if (drawing !== undefined) session.remove([drawing]);
      },
    },
  ];
}
