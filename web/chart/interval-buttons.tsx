import type { JSX } from "preact";
import type { Page } from "../shell/page.ts";
import { chartHash } from "./chart-route.ts";

/** The intervals that the server keeps. */
export function IntervalButtons({ page }: { page: Page }): JSX.Element {
  const { market, router } = page;
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
            if (chosen !== undefined) router.go(chartHash({ symbol: chosen.symbol, interval }));
          }}
        >
          {interval}
        </button>
      ))}
    </fieldset>
  );
}
