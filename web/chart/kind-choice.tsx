import type { ReadonlySignal } from "@preact/signals";
import type { JSX } from "preact";
import { CHART_KINDS, type ChartKind, chartKindOf } from "./chart-kind.ts";

/** Properties of the choice. */
export interface KindChoiceProps {
  readonly kind: ReadonlySignal<ChartKind>;
  readonly onKind: (kind: ChartKind) => void;
}

/** How the price is drawn, to choose from. */
export function KindChoice({ kind, onKind }: KindChoiceProps): JSX.Element {
  return (
    <select
      class="kind-choice"
      aria-label="Chart type"
      title="Chart type"
      value={kind.value}
      onChange={({ currentTarget }) => onKind(chartKindOf(currentTarget.value) ?? "candles")}
    >
      {CHART_KINDS.map(({ kind: one, name }) => (
        <option key={one} value={one}>
          {name}
        </option>
      ))}
    </select>
  );
}
