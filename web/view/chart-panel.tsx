import { useComputed, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Kline } from "../../src/core/mod.ts";
import type { ChartState } from "../market/chart-market.ts";
import type { Market } from "../market/market.ts";
import { ChartHead } from "./chart-head.tsx";
import { Legend } from "./legend.tsx";
import { useCandleChart } from "./use-candle-chart.ts";

/** The chart of the chosen symbol. */
export function ChartPanel({ market }: { market: Market }): JSX.Element {
  /** The kline under the pointer, if there is one. */
  const pointed = useSignal<Kline | undefined>(undefined);
  const canvas = useCandleChart(market, pointed);
  const note = useComputed(() => noteOf(market.chart.state.value));
  const label = useComputed(() => {
    const route = market.chosen.value;
    return route === undefined ? "Chart" : `Candles and volume of ${route.symbol}, ${route.interval}`;
  });
  return (
    <section class="panel chart-panel" aria-label="Chart">
      <ChartHead market={market} />
      <Legend market={market} pointed={pointed} />
      <div class="chart">
        <div class="canvas" ref={canvas} role="img" aria-label={label} />
        {note.value === "" ? null : <p class="chart-note">{note}</p>}
      </div>
    </section>
  );
}

function noteOf(state: ChartState | undefined): string {
  if (state === undefined || state.phase === "loading") return "Loading …";
  if (state.phase === "failed") return state.detail;
  return state.klines.length === 0 ? "There are no klines of this symbol yet." : "";
}
