import { type Signal, useSignalEffect } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Kline } from "../../src/core/mod.ts";
import { sourceBadge } from "../market/source.ts";
import type { Page } from "../shell/page.ts";
import { CandleChart } from "./candle-chart.ts";
import { chartColors } from "./chart-colors.ts";
import type { ChartFeed } from "./chart-feed.ts";

/** Keeps a chart in the element: its klines, its colours, and what the pointer is on. */
export function useCandleChart(
  { market, theme }: Page,
  feed: ChartFeed,
  pointed: Signal<Kline | undefined>,
): RefObject<HTMLDivElement | null> {
  const element = useRef<HTMLDivElement>(null);
  const chart = useRef<CandleChart | undefined>(undefined);
  useEffect(() => {
    if (element.current === null) return;
    const made = new CandleChart(element.current, chartColors(), (kline) => {
      pointed.value = kline;
    });
    chart.current = made;
    return () => made.remove();
  }, [pointed]);
  // Declared after the effect above, so that the chart is there when these run first.
  useSignalEffect(() => {
    if (theme.changes.value > 0) chart.current?.recolor(chartColors());
  });
  useSignalEffect(() => {
    const state = feed.state.value;
    if (state === undefined) return;
    const last = state.klines.at(-1)?.close ?? 1;
    chart.current?.show(
      state.klines,
      `${state.symbol}:${state.interval}`,
      state.interval,
      market.decimals(state.symbol, last),
    );
  });
  useSignalEffect(() => {
    const badge = sourceBadge(market.source.value, true);
    chart.current?.mark(badge.kind === "unreal" ? badge.text : "");
  });
  return element;
}
