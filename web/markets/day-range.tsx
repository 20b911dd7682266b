import { type ReadonlySignal, useComputed } from "@preact/signals";
import type { JSX } from "preact";
import type { WireTicker } from "../../src/wire/mod.ts";

import { priceText } from "../text/price.ts";

/** Position of the price between the 24-hour low and high: a mark on a line. */
export function DayRange({ ticker, decimals }: { ticker: ReadonlySignal<WireTicker>; decimals: number }): JSX.Element {
  const at = useComputed(() => Math.round(placeOf(ticker.value)));
  const says = useComputed(() => {
    const { low, high } = ticker.value;
    return `24 hours: low ${priceText(low, decimals)}, high ${priceText(high, decimals)}`;
  });
  return (
    <svg class="range" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label={says}>
      <path d="M0 4H100" />
      <rect x={at} y="0" width="1.5" height="8" transform="translate(-0.75 0)" />
    </svg>
  );
}

/** In hundredths of the line. */
function placeOf({ price, low, high }: WireTicker): number {
  if (!(high > low)) return 50;
  return Math.min(100, Math.max(0, (100 * (price - low)) / (high - low)));
}
