import type { JSX } from "preact";
import { laterView } from "../shell/later-view.tsx";
import type { Page } from "../shell/page.ts";

/** The dialog about a price alert, and what fired. It comes once there are alerts, or somebody wants one. */
export function AlertsFrame({ page }: { page: Page }): JSX.Element | null {
  const { book, asked } = page.priceAlerts;
  return book.value === undefined && asked.value === undefined ? null : <AlertsView page={page} />;
}

const AlertsView = laterView(async () => (await import("./alerts-view.tsx")).AlertsView);
