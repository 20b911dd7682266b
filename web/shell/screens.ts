import type { JSX } from "preact";
import type { Scope } from "../../src/wire/mod.ts";
import { MarketsScreen } from "../markets/markets-screen.tsx";
import type { Page } from "./page.ts";

/** Draws a screen; it reads what it needs from the page, the address included. */
export type ScreenView = (props: { readonly page: Page }) => JSX.Element | null;

/** A screen of the page. */
export interface Screen {
  /** As it stands in the address. */
  readonly name: string;
  /** As it stands in the navigation. */
  readonly title: string;
  /** A drawing of lines in a box of 16 × 16, for the navigation on a phone. */
  readonly icon: string;
  /** The scope without which the screen shows nothing. */
  readonly scope?: Scope;
  /** The first screen is part of the bundle. Others are loaded when they are first opened. */
  readonly view: { readonly now: ScreenView } | { readonly later: () => Promise<ScreenView> };
}

/** The screens, in the order of the navigation. */
export const SCREENS: readonly Screen[] = [
  { name: "markets", title: "Markets", icon: "M2.5 4h11M2.5 8h11M2.5 12h11", view: { now: MarketsScreen } },
  {
    name: "chart",
    title: "Chart",
    icon: "M4 2v3M2.5 5h3v6h-3zM4 11v3M12 2v2M10.5 4h3v5h-3zM12 9v5",
    view: { later: async () => (await import("../chart/chart-screen.tsx")).ChartScreen },
  },
  {
    name: "screener",
    title: "Screener",
    scope: "screen",
    icon: "M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.3 10.3l3.2 3.2M5 7h4",
    view: { later: async () => (await import("../screener/screener-screen.tsx")).ScreenerScreen },
  },
  {
    name: "traders",
    title: "Traders",
    scope: "trade",
    icon: "M2.5 3h11l-4.2 5.2V13l-2.6-1.5V8.2z",
    view: { later: async () => (await import("../traders/traders-screen.tsx")).TradersScreen },
  },
  {
    name: "signals",
    title: "Signals",
    scope: "trade",
    icon: "M8 2.5a4 4 0 0 1 4 4c0 3 1.5 4.5 1.5 4.5h-11S4 9.5 4 6.5a4 4 0 0 1 4-4zM6.5 13.5h3",
    view: { later: async () => (await import("../alerts/signals-or-alerts.tsx")).SignalsOrAlerts },
  },
  {
    name: "status",
    title: "Status",
    icon: "M1.5 8.5h3l2-5 3 9 2-4h3",
    view: { later: async () => (await import("../status/status-screen.tsx")).StatusScreen },
  },
];
