import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { drawingOf } from "../chart/candle-chart.ts";
import { type ChartChoice, chartHash } from "../chart/chart-route.ts";
import { PaneState } from "../chart/pane-state.ts";
import { useCandleChart } from "../chart/use-candle-chart.ts";
import type { Page } from "../shell/page.ts";

/** Which series the chart shows, and the candle that is brought to its middle. */
export interface PreviewChartProps {
  readonly page: Page;
  readonly choice: ChartChoice;
  readonly at: number | undefined;
}

/** A small chart of one of the symbols that matched, with the preview's marks. */
export function PreviewChart({ page, choice, at }: PreviewChartProps): JSX.Element {
  const pane = useMemo(() => new PaneState(page), [page]);
  const { feed, chart } = pane;
  const drawing = useComputed(() => drawingOf(page.market, feed.state.value, []));
  const isLogarithmic = useSignal(false);
  const element = useCandleChart({ page, pane, drawing, isLogarithmic });
  const { symbol, interval } = choice;
  useEffect(() => pane.choose({ symbol, interval }), [pane, symbol, interval]);
  useEffect(() => pane.follow(), [pane]);
  /** The candle that was gone to: that is done once, so that the chart can be moved. */
  const goneTo = useRef("");
  const goTo = (): void => {
    const name = `${symbol} ${at}`;
    if (at === undefined || goneTo.current === name || drawing.peek()?.symbol !== symbol) return;
    if (chart.current?.goTo(at)) goneTo.current = name;
  };
  useEffect(goTo, [symbol, at]);
  useSignalEffect(() => {
    if (drawing.value !== undefined) goTo();
  });
  const phase = useComputed(() => feed.state.value?.phase ?? "loading");
  return (
    <div class="preview-chart" data-phase={phase} data-series={`${symbol}:${interval}`}>
      <p class="preview-chart-head">
        {symbol} <span class="muted">{interval}</span>
        <a href={chartHash(choice)}>Full chart</a>
      </p>
      <div class="chart">
        <div
          class="canvas"
          role="img"
          ref={element}
          aria-label={`Candles of ${symbol}, ${interval}, with the matches marked`}
        />
      </div>
    </div>
  );
}
