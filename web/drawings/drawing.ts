import { priceText } from "../text/price.ts";

/** A point of a drawing: a moment, in milliseconds, and a price. So it keeps its meaning on every interval. */
export interface Anchor {
  readonly time: number;
  readonly price: number;
}

/** The kinds of drawings. A horizontal line's moment says only where somebody put it. */
export const DRAWING_KINDS = {
  "price-line": { title: "Horizontal line", anchors: 1 },
  "trend-line": { title: "Trend line", anchors: 2 },
  rectangle: { title: "Rectangle", anchors: 2 },
  fibonacci: { title: "Fibonacci retracement", anchors: 2 },
} as const;

/** The name of a kind. */
export type DrawingKind = keyof typeof DRAWING_KINDS;

/** The names of the colours. Each is a property of the style sheet, with a dark and a light value: `--drawing-blue`. */
export const DRAWING_COLORS = ["blue", "amber", "green", "red", "violet", "gray"] as const;

/** The name of a colour. */
export type DrawingColor = (typeof DRAWING_COLORS)[number];

/** Something that a person drew on a symbol's chart. */
export interface ChartDrawing {
  /** Of this drawing alone, in every tab. */
  readonly id: string;
  readonly kind: DrawingKind;
  readonly color: DrawingColor;
  /** As many as {@link DRAWING_KINDS} says. */
  readonly anchors: readonly Anchor[];
}

/** Whether a text names a kind. */
export function isDrawingKind(text: unknown): text is DrawingKind {
  return typeof text === "string" && Object.hasOwn(DRAWING_KINDS, text);
}

/** Whether a text names a colour. */
export function isDrawingColor(text: unknown): text is DrawingColor {
  return DRAWING_COLORS.some((color) => color === text);
}

/** A drawing in words: "Trend line 67,000.00 → 68,250.00". */
export function drawingWords({ kind, anchors }: ChartDrawing, decimals: number): string {
  return `${DRAWING_KINDS[kind].title} ${anchors.map(({ price }) => priceText(price, decimals)).join(" → ")}`;
}
