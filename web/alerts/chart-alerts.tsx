import { computed, effect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { PriceAlert } from "../../src/wire/mod.ts";
import { AlertLayer, alertColors } from "./alert-layer.ts";
import { alertEntries } from "./alert-menu.ts";
import type { ChartAlertsProps } from "./chart-alerts-frame.tsx";

/** Draws a chart's price alerts, and offers them in its menu. */
export function ChartAlerts({ page, pane }: ChartAlertsProps): null {
  useEffect(() => {
    const { chart } = pane;
    if (chart.current === null) return;
    const { plane } = chart.current;
    const { book } = page.priceAlerts;
    const mine = computed((): readonly PriceAlert[] => {
      const symbol = pane.feed.state.value?.symbol;
      return (book.value?.alerts.value ?? []).filter((alert) => alert.symbol === symbol);
    });
    const layer = new AlertLayer(plane, alertColors());
    const endings = [
      plane.attach(layer),
      pane.menu.add(...alertEntries({ page, plane, alerts: () => mine.peek() })),
      effect(() => layer.show(mine.value)),
      effect(() => {
        if (page.theme.changes.value > 0) layer.recolor(alertColors());
      }),
    ];
    return () => {
      for (const end of endings) end();
    };
  }, [page, pane]);
  return null;
}
