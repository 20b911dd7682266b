import { type Signal, signal } from "@preact/signals";
import type { ChartDrawing } from "../drawings/drawing.ts";
import type { ChartPlane, PlaneSeries } from "./chart-plane.ts";

/** A place in a chart, and what is drawn there. */
export interface ChartSpot extends PlaneSeries {
  /** Of the candle there, in milliseconds. Where there is no candle, of the one that would be there. */
  readonly openTime: number;
  /** Rounded to the symbol's decimals. */
  readonly price: number;
  /** The drawing there, or the selected one where a key opened the menu. */
  readonly drawing: ChartDrawing | undefined;
}

/** The parts of the menu, in their order. */
const GROUPS = ["why", "draw", "alert", "copy"] as const;

/** Something that can be done at a place of the chart. */
export interface ChartMenuEntry {
  readonly group: (typeof GROUPS)[number];
  /** Its text at this place; undefined where it isn't offered. */
  readonly label: (spot: ChartSpot) => string | undefined;
  /** Called once the menu is closed and the focus is back where it was. */
  readonly run: (spot: ChartSpot) => void;
}

/** An entry of the open menu. */
export interface OfferedEntry {
  readonly group: ChartMenuEntry["group"];
  readonly text: string;
  readonly run: () => void;
}

/** The open menu. */
export interface OpenMenu {
  /** Where it opens, in CSS pixels from the top left corner of the chart's element. */
  readonly x: number;
  readonly y: number;
  readonly entries: readonly OfferedEntry[];
}

/** The menu of one chart: its entries come from all who add some, and it is open at one place at most. */
export class ChartMenu {
  readonly open: Signal<OpenMenu | undefined> = signal(undefined);
  #entries: readonly ChartMenuEntry[] = [];

  /** Adds entries. Those of a group stay in the order in which they came. Returns a function that removes them. */
  add(...entries: readonly ChartMenuEntry[]): () => void {
    this.#entries = [...this.#entries, ...entries];
    return () => {
      this.#entries = this.#entries.filter((entry) => !entries.includes(entry));
    };
  }

  /** What can be done at a place, by group. */
  offered(spot: ChartSpot): readonly OfferedEntry[] {
    const inOrder = this.#entries.toSorted((a, b) => GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group));
    return inOrder.flatMap(({ group, label, run }) => {
      const text = label(spot);
      return text === undefined ? [] : [{ group, text, run: () => run(spot) }];
    });
  }

  /** Opens at a place whose point in the chart's element is known; false where nothing can be done. */
  openFor(spot: ChartSpot, x: number, y: number): boolean {
    const entries = this.offered(spot);
    if (entries.length > 0) this.open.value = { x, y, entries };
    return entries.length > 0;
  }

  close(): void {
    this.open.value = undefined;
  }
}

/** The place at a point of the plane's pane; undefined without candles, and outside the pane. */
export function spotAt(plane: ChartPlane, x: number, y: number, drawing?: ChartDrawing): ChartSpot | undefined {
  const { series, box } = plane;
  const isInside = x >= 0 && x <= box.width && y >= 0 && y <= box.height;
  const [place, price] = [plane.placeAt(x), plane.priceAt(y)];
  if (!isInside || series === undefined || place === undefined || price === undefined) return undefined;
  const openTime = plane.timeAt(Math.round(place));
  if (openTime === undefined) return undefined;
  return { ...series, openTime: Math.round(openTime), price: Number(price.toFixed(series.decimals)), drawing };
}
