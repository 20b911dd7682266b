import { type ReadonlySignal, useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { percentText } from "../text/percent.ts";
import { type CompareChoice, comparedColor } from "./compare-choice.ts";
import { type ComparedSeries, changeSince } from "./compared.ts";
import type { PaneState } from "./pane-state.ts";

/** Properties of the legend. */
export interface CompareLegendProps {
  readonly pane: PaneState;
  readonly choice: CompareChoice;
  readonly compared: ReadonlySignal<readonly ComparedSeries[]>;
}

/** Each symbol's change from the first candle in sight to the one under the pointer, or to the newest; the chart's own first. */
export function CompareLegend({ pane, choice, compared }: CompareLegendProps): JSX.Element | null {
  const changes = useComputed(() => {
    pane.moves.value;
    const state = pane.feed.state.value;
    const at = (pane.pointed.value ?? state?.klines.at(-1))?.openTime;
    const from = pane.chart.current?.firstInSight();
    const all = [{ symbol: state?.symbol ?? "", klines: state?.klines ?? [] }, ...compared.value];
    return all.map(({ symbol, klines }) => {
      const change = from === undefined || at === undefined ? undefined : changeSince(klines, from, at);
      return { symbol, text: change === undefined ? "no candle" : percentText(change) };
    });
  });
  if (compared.value.length === 0) return null;
  return (
    <dl
      class="legend-compared"
      aria-label="Compared symbols"
      title="Change since the first candle in sight. Indicators over the candles are hidden meanwhile: their percentages would begin elsewhere"
    >
      {changes.value.map(({ symbol, text }, at) => (
        <div key={symbol} class={at === 0 ? undefined : `study-${comparedColor(at - 1)}`}>
          <dt>{symbol}</dt>
          <dd>
            {text}
            {at === 0 ? null : (
              <button
                type="button"
                class="link"
                aria-label={`Don't compare with ${symbol}`}
                title="Remove"
                onClick={() => choice.remove(symbol)}
              >
                <svg viewBox="0 0 12 12" width="10" height="10" aria-hidden="true">
                  <path d="M2 2l8 8M10 2l-8 8" />
                </svg>
              </button>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
