import type { JSX } from "preact";
import type { Figure } from "./figures.ts";
import { PLOT_HEIGHT, PLOT_WIDTH, plotPath, plotY } from "./plot-path.ts";
import type { Sample } from "./samples.ts";

/** With fewer samples a plot isn't stretched any more: a line of two points would say nothing. */
const FEWEST_PLACES = 15;

/** A figure as it is now, and its course over the last hour at most. */
export function Plot({ figure, samples }: { figure: Figure; samples: readonly Sample[] }): JSX.Element {
  const values = figure.values(samples);
  const now = values.findLast((value) => value !== undefined);
  const limit = figure.limit === undefined ? undefined : samples.at(-1)?.figures.get(figure.limit);
  const highest = Math.max(0, ...values.flatMap((value) => value ?? []));
  const most = Math.max(highest, limit ?? 0);
  return (
    <li class="plot">
      <h3>{figure.title}</h3>
      <p class="plot-now">
        {now === undefined ? "–" : figure.text(now)}
        {limit === undefined ? null : <span class="muted"> of {figure.text(limit)}</span>}
      </p>
      <svg viewBox={`0 0 ${PLOT_WIDTH} ${PLOT_HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {limit === undefined ? null : <path class="plot-limit" d={`M0 ${plotY(limit, most)}H${PLOT_WIDTH}`} />}
        <path class="plot-line" d={plotPath(values, Math.max(FEWEST_PLACES, values.length), most)} />
      </svg>
      <p class="plot-says">
        {figure.says}
        {highest > 0 ? <span>; {figure.text(highest)} at most</span> : null}
      </p>
    </li>
  );
}
