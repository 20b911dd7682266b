/** A point of a drawing: a moment, in milliseconds, and a price. So it keeps its meaning on every interval. */
export interface Anchor {
  readonly time: number;
  readonly price: number;
}

/** How many anchors a drawing of each kind has. A horizontal line's moment says only where somebody put it. */
export const ANCHORS = { "price-line": 1, "trend-line": 2, rectangle: 2, fibonacci: 2 } as const;

/** The kinds of drawings. */
export type DrawingKind = keyof typeof ANCHORS;

/** Something that a person drew on a symbol's chart. */
export interface ChartDrawing {
  /** Of this drawing alone, in every tab. */
  readonly id: string;
  readonly kind: DrawingKind;
  /** As many as {@link ANCHORS} says. */
  readonly anchors: readonly Anchor[];
}
