import { effect, type ReadonlySignal, useSignalEffect } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { sourceBadge } from "../market/source.ts";
import type { Page } from "../shell/page.ts";
import type { Route } from "../shell/route.ts";
import { CandleChart, type Drawing } from "./candle-chart.ts";
import { chartColors } from "./chart-colors.ts";
import { type ChartGoal, goalOf, missedText, momentOf } from "./chart-goal.ts";
import type { ChartKind } from "./chart-kind.ts";
import { chartChoiceOf, sameChart } from "./chart-route.ts";
import type { ComparedSeries } from "./compared.ts";
import type { PaneState } from "./pane-state.ts";

/** Dependencies of a chart. */
export interface CandleChartParts {
  readonly page: Page;
  readonly pane: PaneState;
  readonly drawing: ReadonlySignal<Drawing | undefined>;
  readonly isLogarithmic: ReadonlySignal<boolean>;
  readonly kind?: ReadonlySignal<ChartKind>;
  /** The symbols that it is compared with. */
  readonly compared?: ReadonlySignal<readonly ComparedSeries[]>;
}

/** Keeps a chart in the element that it gives back: what it draws, its colours, its marks, and what the pointer is on. */
export function useCandleChart({
  page,
  pane,
  drawing,
  isLogarithmic,
  kind,
  compared,
}: CandleChartParts): RefObject<HTMLDivElement | null> {
  const { market, markers, router, theme, timeZone } = page;
  const { feed, chart, pointed, linked } = pane;
  const element = useRef<HTMLDivElement>(null);
  /** The route whose goal was asked of the server. */
  const askedFor = useRef<Route | undefined>(undefined);
  useEffect(() => {
    if (element.current === null) return;
    const made = new CandleChart(element.current, chartColors(), {
      onPointed: (kline) => pane.point(kline),
      onBeginning: () => feed.extend(market.health.peek()?.capacity),
      onEnd: () => feed.extendForward(),
      onRest: (half) => feed.trim(half),
      onEdges: (sight) => pane.sees(sight),
      onMoved: () => pane.moved(),
    });
    chart.current = made;
    return () => {
      chart.current = null;
      made.remove();
    };
  }, [pane, feed, chart, market]);
  // Declared after the effect above, so that the chart is there when these run first.
  useSignalEffect(() => {
    if (theme.changes.value > 0) chart.current?.recolor(chartColors());
  });
  useSignalEffect(() => {
    const badge = sourceBadge(market.source.value, true);
    chart.current?.watermark(badge.kind === "unreal" ? badge.text : "");
  });
  useSignalEffect(() => chart.current?.logarithmic(isLogarithmic.value));
  useSignalEffect(() => chart.current?.drawAs(kind?.value ?? "candles"));
  useSignalEffect(() => chart.current?.zoned(timeZone.zone.value));
  useEffectAtOnce(() => {
    const drawn = drawing.value;
    if (drawn === undefined) return;
    chart.current?.show(drawn);
    const route = router.route.value;
    const goal = goalOf(route);
    const choice = chartChoiceOf(route);
    const isItsChart = pane.isActive.value && choice !== undefined && sameChart(choice, drawn);
    if (!isItsChart || drawn.klines.length === 0) return;
    showSpan(drawn, pane, market);
    if (goal === undefined || pane.reached === route) return;
    const moment = momentOf(goal);
    const { health } = market;
    if (show(chart.current, goal)) pane.reach(route);
    else if (moment !== undefined && health.value !== undefined && drawn.settled && askedFor.current !== route) {
      askedFor.current = route;
      void feed.goTo(moment, health.value.capacity).then((isThere) => {
        // What has come is drawn: the goal was reached if it is there.
        if (isThere === undefined || pane.reached === route || router.route.peek() !== route) return;
        pane.reach(route);
        if (isThere) chart.current?.goNear(moment);
        const oldest = feed.state.peek()?.klines[0]?.openTime;
        const near = oldest !== undefined && oldest > moment ? { oldest } : "nearest";
        router.notice.value = missedText(goal, isThere ? near : "newest", (at) => timeZone.text(at));
      });
    }
  });
  useEffectAtOnce(() => {
    const all = [...[...markers.all.value.values()].flat(), ...pane.marks.value];
    const drawn = drawing.value;
    const mine = drawn === undefined ? [] : all.filter((marker) => sameChart(marker, drawn));
    const marks = chart.current?.mark(mine) ?? 0;
    element.current?.setAttribute("data-marks", String(marks));
  });
  useEffectAtOnce(() => {
    const series = compared?.value ?? [];
    // After the chart's own candles, at whose places the others are.
    if (drawing.value !== undefined) chart.current?.compare(series);
  });
  const wasLinked = useRef(false);
  useEffectAtOnce(() => {
    const moment = linked.value;
    // What is drawn anew takes the crosshair away.
    if (drawing.value === undefined || (moment === undefined && !wasLinked.current)) return;
    wasLinked.current = moment !== undefined;
    pointed.value = chart.current?.link(moment);
  });
  return element;
}

function show(chart: CandleChart | null, goal: ChartGoal): boolean {
  if (chart === null) return false;
  return goal.kind === "candle" ? chart.goTo(goal.at) : chart.showRange(goal);
}

/** Once there are candles since the moment that was chosen, or no older ones, they are brought into sight. */
function showSpan(drawn: Drawing, { chart: { current: chart }, feed, since }: PaneState, market: Page["market"]): void {
  const span = since.value;
  const [first, last] = [drawn.klines[0], drawn.klines.at(-1)];
  if (chart === null || span === undefined || first === undefined || last === undefined) return;
  if (span.interval !== drawn.interval || !drawn.settled) return;
  const from = last.openTime - span.ms;
  const isThere = first.openTime <= from || !feed.extend(market.health.value?.capacity);
  chart.showSince(Math.max(from, first.openTime));
  if (isThere) since.value = undefined;
}

/** Like `useSignalEffect`, which waits for the next picture: what is drawn is then older than the texts beside it. */
function useEffectAtOnce(run: () => void): void {
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => effect(() => latest.current()), []);
}
