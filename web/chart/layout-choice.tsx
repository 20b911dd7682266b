import type { JSX } from "preact";
import type { Interval } from "../../src/core/mod.ts";
import type { Page } from "../shell/page.ts";
import type { ChartPanes } from "./chart-panes.ts";
import { CHART_COUNTS, type ChartCount } from "./view-charts.ts";

/** The name of each number of charts, and the lines of its icon. */
const LOOKS: { readonly [Count in ChartCount]: { readonly name: string; readonly lines: string } } = {
  1: { name: "One chart", lines: "" },
  2: { name: "Two charts", lines: "M8 2v12" },
  4: { name: "Four charts", lines: "M8 2v12M2 8h12" },
};

/** How many charts are side by side. */
export function LayoutChoice({ page, panes }: { page: Page; panes: ChartPanes }): JSX.Element {
  const shown = panes.all.value.length;
  return (
    <fieldset class="layouts">
      <legend class="unseen">Charts side by side</legend>
      {CHART_COUNTS.map((count) => (
        <button
          key={count}
          type="button"
          aria-pressed={count === shown}
          aria-label={LOOKS[count].name}
          title={LOOKS[count].name}
          onClick={() => panes.show(count, page.market.intervals.peek())}
        >
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d={`M2 2h12v12H2z${LOOKS[count].lines}`} />
          </svg>
        </button>
      ))}
    </fieldset>
  );
}

/** Shows the next larger number of charts, or one after the largest. */
export function showMore(panes: ChartPanes, intervals: readonly Interval[]): void {
  const count = CHART_COUNTS.find((one) => one > panes.all.peek().length) ?? CHART_COUNTS[0];
  panes.show(count, intervals);
}
