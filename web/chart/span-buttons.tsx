import type { JSX } from "preact";
import { openTimeOf } from "../../src/core/mod.ts";
import type { Page } from "../shell/page.ts";
import { chartHash } from "./chart-route.ts";
import { CHART_SPANS, intervalFor } from "./chart-spans.ts";
import type { PaneState } from "./pane-state.ts";

/** Properties of the buttons. */
export interface SpanButtonsProps {
  readonly page: Page;
  readonly pane: PaneState;
}

/** How far back the chart is to show, and a day to go to. */
export function SpanButtons({ page, pane }: SpanButtonsProps): JSX.Element {
  const { market, router } = page;
  const show = (ms: number): void => {
    const choice = market.chosen.peek();
    const interval = intervalFor(ms, market.intervals.peek(), market.health.peek()?.capacity);
    if (choice === undefined || interval === undefined) return;
    pane.feed.goLive();
    pane.since.value = { interval, ms };
    router.go(chartHash({ symbol: choice.symbol, interval }));
  };
  const goTo = (day: string): void => {
    const choice = market.chosen.peek();
    const moment = Date.parse(`${day}T00:00${page.timeZone.zone.peek() === "utc" ? "Z" : ""}`);
    if (choice === undefined || Number.isNaN(moment)) return;
    router.go(chartHash(choice, openTimeOf(choice.interval, moment)));
  };
  return (
    <fieldset class="spans">
      <legend class="unseen">Time shown</legend>
      {CHART_SPANS.map(({ name, says, ms }) => (
        <button key={name} type="button" title={says} onClick={() => show(ms)}>
          {name}
        </button>
      ))}
      <input
        type="date"
        class="day"
        aria-label="Go to a day"
        title={`Go to a day (${page.timeZone.zone.value === "utc" ? "UTC" : "local time"})`}
        min="2010-01-01"
        onChange={({ currentTarget }) => goTo(currentTarget.value)}
        onBlur={({ currentTarget }) => {
          currentTarget.value = "";
        }}
      />
    </fieldset>
  );
}
