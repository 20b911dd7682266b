import type { JSX } from "preact";
import type { PaneState } from "../chart/pane-state.ts";
import type { Page } from "../shell/page.ts";
import { useLater } from "../shell/use-later.ts";

const loadAlerts = async () => (await import("./chart-alerts.tsx")).ChartAlerts;

/** Properties of the alerts of a chart. */
export interface ChartAlertsProps {
  readonly page: Page;
  readonly pane: PaneState;
}

/** The price alerts of a chart. Their part of the page comes once the chart is there, where the server watches alerts. */
export function ChartAlertsFrame(props: ChartAlertsProps): JSX.Element | null {
  return props.page.runsTraders ? <LoadedChartAlerts {...props} /> : null;
}

function LoadedChartAlerts(props: ChartAlertsProps): JSX.Element | null {
  const part = useLater(loadAlerts).value;
  return part !== undefined && "here" in part ? <part.here {...props} /> : null;
}
