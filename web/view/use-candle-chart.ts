import { type Signal, useSignalEffect } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Interval, Kline } from "../../src/core/mod.ts";
import type { Market } from "../market/market.ts";
import { sourceBadge } from "../market/source.ts";
import { CandleChart } from "./candle-chart.ts";
import { chartColors } from "./chart-colors.ts";

/** Keeps a chart in the element: its klines, its colours, and what the pointer is on. */
export function useCandleChart(market: Market, pointed: Signal<Kline | undefined>): RefObject<HTMLDivElement | null> {
  const element = useRef<HTMLDivElement>(null);
  const chart = useRef<CandleChart | undefined>(undefined);
  useEffect(() => {
    if (element.current === null) return;
    const made = new CandleChart(element.current, chartColors(), (kline) => {
      pointed.value = kline;
    });
    chart.current = made;
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const recolor = (): void => made.recolor(chartColors());
    dark.addEventListener("change", recolor);
    return () => {
      dark.removeEventListener("change", recolor);
      made.remove();
    };
  }, [pointed]);
  // Declared after the effect above, so that the chart is there when these run first.
  useSignalEffect(() => {
    const state = market.chart.state.value;
    if (state === undefined) return;
    const last = state.klines.at(-1)?.close ?? 1;
    chart.current?.show(
      state.klines,
      `${state.symbol}:${state.interval}`,
      state.interval as Interval,
      market.decimals(state.symbol, last),
    );
  });
  useSignalEffect(() => {
    const badge = sourceBadge(market.source.value, true);
    chart.current?.mark(badge.kind === "unreal" ? badge.text : "");
  });
  return element;
}
