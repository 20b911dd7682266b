import { type ReadonlySignal, useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { WireTicker } from "../../src/wire/mod.ts";

import { SPARKLINE_HEIGHT, SPARKLINE_WIDTH, sparklinePath } from "./sparkline-path.ts";
import type { Sparklines } from "./sparklines.ts";

/** Properties of a sparkline. */
export interface SparklineViewProps {
  readonly sparklines: Sparklines;
  readonly ticker: ReadonlySignal<WireTicker>;
  readonly symbol: string;
}

/** The last hours of one symbol as a line, in the colour of where it went. The figures are in the other cells. */
export function SparklineView({ sparklines, ticker, symbol }: SparklineViewProps): JSX.Element {
  useEffect(() => sparklines.want(symbol), [sparklines, symbol]);
  const path = useComputed(() => {
    const line = sparklines.of(symbol).value;
    return line === undefined ? "" : sparklinePath(line, ticker.value.price);
  });
  const kind = useComputed(() => {
    const first = sparklines.of(symbol).value?.points[0]?.close;
    return `sparkline ${first === undefined || ticker.value.price >= first ? "up" : "down"}`;
  });
  return (
    <svg
      class={kind}
      viewBox={`0 0 ${SPARKLINE_WIDTH} ${SPARKLINE_HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path d={path} />
    </svg>
  );
}
