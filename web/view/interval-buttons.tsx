import type { JSX } from "preact";
import type { Market } from "../market/market.ts";
import { routeHash } from "../market/route.ts";

/** The intervals that the server keeps. */
export function IntervalButtons({ market }: { market: Market }): JSX.Element {
  const chosen = market.chosen.value;
  return (
    <fieldset class="intervals">
      <legend class="unseen">Interval</legend>
      {market.intervals.value.map((interval) => (
        <button
          key={interval}
          type="button"
          aria-pressed={interval === chosen?.interval}
          onClick={() => {
            if (chosen !== undefined) location.hash = routeHash({ symbol: chosen.symbol, interval });
          }}
        >
          {interval}
        </button>
      ))}
    </fieldset>
  );
}
