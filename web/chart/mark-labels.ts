/** Width of a letter of a mark's label, in pixels, about: the chart draws it at 12 px. */
const LETTER_PX = 7;

/** Between two labels, in pixels. */
const GAP_PX = 8;

/** A mark as its label is placed: the place of its candle, counted in candles. */
export interface PlacedMark {
  readonly index: number;
  readonly text: string;
}

/**
 * Which marks keep their labels when candles are `spacingPx` apart, so that none lies over another; the newer ones first. A label is
 * centred at its candle.
 */
export function labelledMarks<Mark extends PlacedMark>(marks: readonly Mark[], spacingPx: number): Set<Mark> {
  const kept = new Set<Mark>();
  let freeUntilPx = Number.POSITIVE_INFINITY;
  for (const mark of marks.toSorted((a, b) => b.index - a.index)) {
    const half = (mark.text.length * LETTER_PX) / 2;
    const at = mark.index * spacingPx;
    if (at + half > freeUntilPx) continue;
    kept.add(mark);
    freeUntilPx = at - half - GAP_PX;
  }
  return kept;
}
