import { type ReadonlySignal, useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { marketOf, type Symbol } from "../../src/core/mod.ts";
import type { Market } from "../market/market.ts";
import type { ChartState } from "./chart-feed.ts";
import { countdownText, msToClose } from "./closing.ts";

/**
 * How long the open candle is open, by the exchange's clock. There is no countdown while that clock isn't known, or while prices
 * are stale: nobody knows then whether the exchange goes on.
 */
export function Countdown({
  market,
  state,
}: {
  market: Market;
  state: ReadonlySignal<ChartState | undefined>;
}): JSX.Element {
  const text = useComputed(() => {
    const shown = state.value;
    if (shown?.phase !== "ready" || !shown.isLive || market.isStale.value) return "";
    const id = marketOf(shown.symbol as Symbol);
    const exchangeTime = market.exchangeTime(id);
    if (exchangeTime === undefined || market.faults.value.has(id)) return "";
    return `closes in ${countdownText(msToClose(shown.interval, exchangeTime))}`;
  });
  // A timer isn't read aloud by itself.
  return (
    <span class="countdown" role="timer" title="Time until the open candle closes, by the exchange's clock">
      {text}
    </span>
  );
}
