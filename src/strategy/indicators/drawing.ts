/** How an output is drawn. Up and down lines have the colours of rising and falling candles. Dots are drawn at the first column of a pair, where the output is 1. */
export type DrawnShape = "line" | "faint line" | "up line" | "down line" | "histogram" | "dots";

/** An output, and how it is drawn. */
export interface DrawnLine {
  readonly output: string;
  readonly shape: DrawnShape;
}

/** How charts draw an indicator. Every indicator says so itself, so that a chart has all that there are. */
export interface IndicatorDrawing {
  /** A short name for people, such as "SMA". */
  readonly title: string;
  /** What it is in a few words, for search. */
  readonly says: string;
  /** Over the candles, over the volumes, in a pane of its own, or where a pair's first column is. */
  readonly place: "candles" | "volumes" | "pane" | "first column";
  /** What the values are, which decides how many digits they have. */
  readonly unit: "price" | "amount" | "number";
  /** The outputs that are drawn, the ones behind first. */
  readonly lines: readonly DrawnLine[];
  /** Values that a pane is read by, such as 30 and 70. */
  readonly levels: readonly number[];
}

const VALUE: readonly DrawnLine[] = [{ output: "value", shape: "line" }];

/** Three lines of which the middle one is faint. */
export const BANDS: readonly DrawnLine[] = [
  { output: "upper", shape: "line" },
  { output: "middle", shape: "faint line" },
  { output: "lower", shape: "line" },
];

/** A line and its average. */
export const LINE_AND_AVERAGE: readonly DrawnLine[] = [
  { output: "k", shape: "line" },
  { output: "d", shape: "faint line" },
];

/** Prices, over the candles. */
export function overCandles(title: string, says: string, lines: readonly DrawnLine[] = VALUE): IndicatorDrawing {
  return { title, says, place: "candles", unit: "price", lines, levels: [] };
}

/** In a pane of its own. */
export function inPane(
  title: string,
  says: string,
  { unit = "number", lines = VALUE, levels = [] }: Partial<Pick<IndicatorDrawing, "unit" | "lines" | "levels">> = {},
): IndicatorDrawing {
  return { title, says, place: "pane", unit, lines, levels };
}

/** Marks where the first column of a pair crosses the second. */
export function markedCrossings(title: string, says: string): IndicatorDrawing {
  return {
    title,
    says,
    place: "first column",
    unit: "number",
    lines: [{ output: "value", shape: "dots" }],
    levels: [],
  };
}
