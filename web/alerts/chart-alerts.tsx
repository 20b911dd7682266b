import { computed, effect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { PriceAlert } from "../../src/wire/mod.ts";
import type { ChartDrawing } from "../drawings/drawing.ts";
import { drawingsIn } from "../drawings/drawing-book-of.ts";
import { AlertLayer, alertColors } from "./alert-layer.ts";
import { alertEntries } from "./alert-menu.ts";
import type { ChartAlertsProps } from "./chart-alerts-frame.tsx";
import { followedAlerts } from "./follow-drawings.ts";

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
      followDrawings(page, pane, () => mine.peek()),
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

/** Moves the alerts of lines that are moved, from now on. Gives back what ends that. */
function followDrawings(
  page: ChartAlertsProps["page"],
  pane: ChartAlertsProps["pane"],
  alerts: () => readonly PriceAlert[],
): () => void {
  const { book } = drawingsIn(page.storage);
  let [symbol, before]: [string | undefined, readonly ChartDrawing[]] = [undefined, []];
  return effect(() => {
    const shown = pane.feed.state.value?.symbol;
    const after = shown === undefined ? [] : book.of(shown).value;
    // Of several charts of the symbol, one is enough.
    if (shown === symbol && pane.isActive.peek()) {
      const decimals = pane.chart.current?.plane.series?.decimals ?? 2;
      for (const { id, condition } of followedAlerts(alerts(), before, after, decimals))
        void page.priceAlerts.book.peek()?.change(id, { condition });
    }
    [symbol, before] = [shown, after];
  });
}
