import type { UnixMs } from "../../src/core/mod.ts";
import type { PriceAlert } from "../../src/wire/mod.ts";
import type { ChartMenuEntry, ChartSpot } from "../chart/chart-menu.ts";
import type { ChartPlane } from "../chart/chart-plane.ts";
import type { Page } from "../shell/page.ts";
import { priceText } from "../text/price.ts";
import { type AlertDraft, draftFor, lineOf } from "./alert-draft.ts";
import { levelAt } from "./alert-level.ts";

/** A press so near to an alert's line means it, in CSS pixels. */
const NEAR_PX = 7;

/** Dependencies of the entries. */
export interface AlertMenuParts {
  readonly page: Pick<Page, "priceAlerts" | "permissions">;
  readonly plane: Pick<ChartPlane, "yOf">;
  /** Those of the chart's symbol. */
  readonly alerts: () => readonly PriceAlert[];
}

/** What the chart's menu offers about price alerts at a place. */
export function alertEntries({ page, plane, alerts }: AlertMenuParts): readonly ChartMenuEntry[] {
  const ask = (draft: AlertDraft): void => {
    page.priceAlerts.asked.value = { draft };
  };
  /** The active alert whose line is at a place. */
  const alertAt = ({ price, openTime }: ChartSpot): PriceAlert | undefined => {
    const y = plane.yOf(price);
    if (y === undefined) return undefined;
    return alerts().find((alert) => {
      const level = levelAt(alert.condition, openTime as UnixMs);
      const at = level === undefined ? undefined : plane.yOf(level);
      return alert.state === "active" && at !== undefined && Math.abs(at - y) <= NEAR_PX;
    });
  };
  const mayHave = (): boolean => page.permissions.lack("trade") === undefined;
  return [
    {
      group: "alert",
      label: ({ price, decimals }) =>
        mayHave() ? `Alert when the price crosses ${priceText(price, decimals)}` : undefined,
      run: ({ symbol, price, decimals }) => ask({ ...draftFor(symbol), level: price.toFixed(decimals) }),
    },
    {
      group: "alert",
      label: (spot) =>
        mayHave() && lineDraftOf(spot) !== undefined ? "Alert when the price crosses this line" : undefined,
      run: (spot) => {
        const draft = lineDraftOf(spot);
        if (draft !== undefined) ask(draft);
      },
    },
    {
      group: "alert",
      label: (spot) => {
        const alert = alertAt(spot);
        const level = alert === undefined ? undefined : levelAt(alert.condition, spot.openTime as UnixMs);
        return level === undefined ? undefined : `Remove the alert at ${priceText(level, spot.decimals)}`;
      },
      run: (spot) => {
        const alert = alertAt(spot);
        if (alert !== undefined) page.priceAlerts.book.peek()?.delete(alert);
      },
    },
  ];
}

/** An alert for the drawing at a place: a horizontal line is a level, a trend line a line. Other drawings have none. */
function lineDraftOf({ symbol, drawing, decimals }: ChartSpot): AlertDraft | undefined {
  const [first] = drawing?.anchors ?? [];
  if (drawing === undefined || first === undefined) return undefined;
  if (drawing.kind === "price-line") return { ...draftFor(symbol), level: first.price.toFixed(decimals) };
  const line = drawing.kind === "trend-line" ? lineOf(drawing.anchors) : undefined;
  return line === undefined ? undefined : { ...draftFor(symbol), kind: "line", line };
}
