/** The size of a plot, in its own units; the style sheet stretches it. */
export const PLOT_WIDTH = 100;
export const PLOT_HEIGHT = 30;
const MARGIN = 2;

/** Where a value is, from the top; `most` is at the top, 0 at the bottom: plots don't exaggerate. */
export function plotY(value: number, most: number): number {
  const share = most > 0 ? Math.min(1, value / most) : 0;
  return Math.round((MARGIN + (1 - share) * (PLOT_HEIGHT - 2 * MARGIN)) * 10) / 10;
}

/** The values as an SVG path, the newest at the right edge of `places`. Where there is none, the line is broken. */
export function plotPath(values: readonly (number | undefined)[], places: number, most: number): string {
  return values
    .map((value, at) => {
      if (value === undefined) return "";
      const x = ((places - values.length + at) / Math.max(1, places - 1)) * PLOT_WIDTH;
      const begins = values[at - 1] === undefined;
      return `${begins ? "M" : "L"}${Math.round(x * 10) / 10} ${plotY(value, most)}`;
    })
    .join("");
}
