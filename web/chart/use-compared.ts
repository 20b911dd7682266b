import { type ReadonlySignal, useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Page } from "../shell/page.ts";
import { ChartFeed } from "./chart-feed.ts";
import { inOrder } from "./chart-points.ts";
import type { CompareChoice } from "./compare-choice.ts";
import type { ComparedSeries } from "./compared.ts";
import type { PaneState } from "./pane-state.ts";

/** Follows the symbols that a chart is compared with, in its interval, as far back as its own candles are there. */
export function useCompared(
  { client, market, queue }: Page,
  pane: PaneState,
  choice: CompareChoice,
): ReadonlySignal<readonly ComparedSeries[]> {
  const feeds = useSignal<ReadonlyMap<string, ChartFeed>>(new Map());
  useSignalEffect(() => {
    const charted = pane.choice.value;
    const symbols = choice.symbols.value.filter((symbol) => symbol !== charted?.symbol);
    const before = feeds.peek();
    for (const [symbol, feed] of before) if (!symbols.includes(symbol)) feed.close();
    const next = new Map<string, ChartFeed>();
    for (const symbol of charted === undefined ? [] : symbols) {
      const feed = before.get(symbol) ?? new ChartFeed({ client, queue, onHeard: () => {} });
      const interval = charted?.interval ?? "1m";
      if (feed.state.peek()?.interval !== interval) feed.choose({ symbol, interval });
      next.set(symbol, feed);
    }
    if ([...next.keys()].join() !== [...before.keys()].join()) feeds.value = next;
  });
  useSignalEffect(() => {
    const [own, capacity] = [pane.feed.state.value, market.health.value?.capacity];
    const first = own?.klines[0];
    // A stretch of the past may be far away: all that is between would have to be loaded.
    if (own === undefined || first === undefined || !own.isLive) return;
    for (const feed of feeds.value.values()) {
      const oldest = feed.state.value?.klines[0];
      feed.need(own.klines.length, capacity);
      if (oldest !== undefined && oldest.openTime > first.openTime) feed.extend(capacity);
    }
  });
  useEffect(
    () => () => {
      for (const feed of feeds.peek().values()) feed.close();
    },
    [feeds],
  );
  return useComputed(() =>
    [...feeds.value].map(([symbol, feed]) => ({ symbol, klines: inOrder(feed.state.value?.klines ?? []) })),
  );
}
