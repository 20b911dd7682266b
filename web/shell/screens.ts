import type { JSX } from "preact";
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
  /** The first screen is part of the bundle. Others are loaded when they are first opened. */
  readonly view: { readonly now: ScreenView } | { readonly later: () => Promise<ScreenView> };
}

/** The screens, in the order of the navigation. */
export const SCREENS: readonly Screen[] = [
  { name: "markets", title: "Markets", view: { now: MarketsScreen } },
  {
    name: "chart",
    title: "Chart",
    view: { later: async () => (await import("../chart/chart-screen.tsx")).ChartScreen },
  },
  {
    name: "traders",
    title: "Traders",
    view: { later: async () => (await import("../traders/traders-screen.tsx")).TradersScreen },
  },
  {
    name: "signals",
    title: "Signals",
    view: { later: async () => (await import("../signals/signals-screen.tsx")).SignalsScreen },
  },
  {
    name: "status",
    title: "Status",
    view: { later: async () => (await import("../status/status-screen.tsx")).StatusScreen },
  },
];
