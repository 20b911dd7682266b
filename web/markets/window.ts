/** Rows that are drawn above and below what is seen, so that scrolling and tabbing find something there. */
export const OVERSCAN_ROWS = 10;

/** The rows of a long table that are in the document: from `first` up to, not including, `end`. */
export interface RowWindow {
  readonly first: number;
  readonly end: number;
}

/** Which rows to draw for a scroll position; all lengths in CSS pixels. `first` is even, so that it rarely changes. */
export function rowWindow(count: number, rowHeight: number, scrollTop: number, height: number): RowWindow {
  const top = Math.floor(Math.max(0, scrollTop) / rowHeight) - OVERSCAN_ROWS;
  const bottom = Math.ceil((Math.max(0, scrollTop) + height) / rowHeight) + OVERSCAN_ROWS;
  const end = Math.min(count, bottom);
  // When the filter leaves fewer rows than were scrolled over, the last ones are drawn until the browser scrolls back.
  const first = Math.max(0, Math.min(top, end - Math.ceil(height / rowHeight)));
  return { first: first - (first % 2), end };
}
