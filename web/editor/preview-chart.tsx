import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { WireKline } from "../../src/wire/mod.ts";

import { drawingOf } from "../chart/candle-chart.ts";
import { ChartFeed } from "../chart/chart-feed.ts";
import { type ChartChoice, chartHash, sameChart } from "../chart/chart-route.ts";
import type { ChartSpan } from "../chart/chart-spans.ts";
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
  const { client, market, queue } = page;
  const feed = useMemo(() => new ChartFeed({ client, queue, onHeard: () => market.heard() }), [client, market, queue]);
  const pointed = useSignal<WireKline | undefined>(undefined);
  const drawing = useComputed(() => drawingOf(market, feed.state.value, []));
  const isLogarithmic = useSignal(false);
  const isFirstInSight = useSignal(false);
  const since = useSignal<ChartSpan | undefined>(undefined);
  const { element, chart } = useCandleChart({ page, feed, drawing, isLogarithmic, pointed, isFirstInSight, since });
  const { symbol, interval } = choice;
  useEffect(() => () => feed.close(), [feed]);
  useEffect(() => {
    const before = feed.state.peek();
    if (before === undefined || !sameChart(before, { symbol, interval })) feed.choose({ symbol, interval });
  }, [feed, symbol, interval]);
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
        <figure
          class="canvas"
          ref={element}
          aria-label={`Candles of ${symbol}, ${interval}, with the matches marked`}
        />
      </div>
    </div>
  );
}
