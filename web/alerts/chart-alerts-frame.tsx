import type { JSX } from "preact";
import type { PaneState } from "../chart/pane-state.ts";
import { laterPart } from "../shell/later-view.tsx";
import type { Page } from "../shell/page.ts";

/** Properties of the alerts of a chart. */
export interface ChartAlertsProps {
  readonly page: Page;
  readonly pane: PaneState;
}

/** The price alerts of a chart. Their part of the page comes once the chart is there, where the server watches alerts. */
export function ChartAlertsFrame(props: ChartAlertsProps): JSX.Element | null {
  return props.page.runsTraders ? <ChartAlerts {...props} /> : null;
}

const ChartAlerts = laterPart(async () => (await import("./chart-alerts.tsx")).ChartAlerts, "Price alerts");
