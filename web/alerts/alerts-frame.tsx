import type { JSX } from "preact";
import type { Page } from "../shell/page.ts";
import { useLater } from "../shell/use-later.ts";

const loadView = async () => (await import("./alerts-view.tsx")).AlertsView;

/** The dialog about a price alert, and what fired. It comes once there are alerts, or somebody wants one. */
export function AlertsFrame({ page }: { page: Page }): JSX.Element | null {
  const { book, asked } = page.priceAlerts;
  return book.value === undefined && asked.value === undefined ? null : <LoadedAlerts page={page} />;
}

function LoadedAlerts({ page }: { page: Page }): JSX.Element | null {
  const view = useLater(loadView).value;
  if (view === undefined) return null;
  return "here" in view ? <view.here page={page} /> : <p class="notice">{view.missing}</p>;
}
