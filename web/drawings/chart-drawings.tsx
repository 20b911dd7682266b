import type { JSX, RefObject } from "preact";
import type { PaneState } from "../chart/pane-state.ts";
import type { Page } from "../shell/page.ts";
import { DrawingList } from "./drawing-list.tsx";
import { MeasureNote } from "./measure-note.tsx";
import { SelectionBar } from "./selection-bar.tsx";
import { useDrawingSession } from "./use-drawing-session.ts";

/** Properties of what is drawn on a chart. */
export interface ChartDrawingsProps {
  readonly page: Page;
  readonly pane: PaneState;
  /** The chart's element. */
  readonly element: RefObject<HTMLElement | null>;
}

/** The drawings of a chart's symbol, with what belongs to them over the chart. */
export function ChartDrawings({ page, pane, element }: ChartDrawingsProps): JSX.Element | null {
  useDrawingSession(page, pane, element);
  const session = pane.drawings.value;
  if (session === undefined) return null;
  const decimals = (): number => pane.chart.current?.plane.series?.decimals ?? 2;
  return (
    <>
      <p class="unseen" role="status">
        {session.news}
      </p>
      <MeasureNote session={session} decimals={decimals} />
      <SelectionBar session={session} onDone={() => session.focusChart()} />
      {session.isListOpen.value ? <DrawingList page={page} pane={pane} session={session} decimals={decimals} /> : null}
    </>
  );
}
