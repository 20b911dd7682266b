import type { JSX } from "preact";
import { countOf } from "../../src/core/mod.ts";
import { percentText } from "../text/percent.ts";
import type { ReturnBar, ReturnHistogram } from "./return-counts.ts";

const HEIGHT = 100;
/** A bar's width and what of it is drawn. */
const PITCH = 10;
const BAR = 9;

/** Properties of the chart. Without a histogram no return is known yet. */
export interface ReturnChartProps {
  readonly horizons: readonly number[];
  readonly horizon: number;
  readonly histogram: ReturnHistogram | undefined;
  readonly onChoose: (horizon: number) => void;
}

/** How often the signals had which return after one of the horizons. */
export function ReturnChart({ horizons, horizon, histogram, onChoose }: ReturnChartProps): JSX.Element {
  return (
    <figure class="returns">
      <fieldset class="chips">
        <legend>Returns of the signals after, candles</legend>
        {horizons.map((one) => (
          <button key={one} type="button" aria-pressed={one === horizon} onClick={() => onChoose(one)}>
            {one}
          </button>
        ))}
      </fieldset>
      {histogram === undefined ? (
        <p class="returns-plot muted">No return after {countOf(horizon, "candle")} is known yet.</p>
      ) : (
        <Bars horizon={horizon} histogram={histogram} />
      )}
    </figure>
  );
}

function Bars({ horizon, histogram }: { horizon: number; histogram: ReturnHistogram }): JSX.Element {
  const { bars, highest, count, widthPercent } = histogram;
  const tallest = bars.findIndex((bar) => bar.count === highest);
  const most = barText(bars, tallest);
  const zero = bars.findIndex(({ fromPercent }) => fromPercent === 0);
  return (
    <>
      <svg
        class="returns-plot"
        viewBox={`0 0 ${bars.length * PITCH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Returns of ${countOf(count, "signal")} after ${countOf(horizon, "candle")}, in steps of ${widthPercent}%. Most, ${highest}: ${most}.`}
      >
        {bars.map((bar, at) => (
          <rect
            key={bar.fromPercent}
            x={at * PITCH}
            width={BAR}
            y={HEIGHT - (HEIGHT * bar.count) / highest}
            height={(HEIGHT * bar.count) / highest}
          >
            <title>{`${barText(bars, at)}: ${countOf(bar.count, "signal")}`}</title>
          </rect>
        ))}
        {zero > 0 ? <path class="returns-zero" d={`M${zero * PITCH - (PITCH - BAR) / 2} 0V${HEIGHT}`} /> : null}
      </svg>
      <figcaption>
        <span>{percentText(bars[0]?.fromPercent ?? 0)}</span>
        <span class="muted">
          steps of {widthPercent}%{zero > 0 ? "; the line is at 0%" : ""}
        </span>
        <span>{percentText(bars.at(-1)?.toPercent ?? 0)}</span>
      </figcaption>
    </>
  );
}

/** The returns of a bar; the outermost ones go on without end. */
function barText(bars: readonly ReturnBar[], at: number): string {
  const { fromPercent, toPercent } = bars[at] ?? { fromPercent: 0, toPercent: 0 };
  const [from, to] = [percentText(fromPercent), percentText(toPercent)];
  if (bars.length === 1) return `about ${from}`;
  if (at === 0) return `less than ${to}`;
  return at === bars.length - 1 ? `${from} and more` : `${from} to ${to}`;
}
