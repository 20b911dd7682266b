import { useSignalEffect } from "@preact/signals";
import { assert } from "../../src/core/mod.ts";
import type { Page } from "../shell/page.ts";
import type { ChartPanes } from "./chart-panes.ts";
import { type ChartChoice, chartChoiceOf, chartFault, chartHash, sameChart, symbolIn } from "./chart-route.ts";
import { readView } from "./view-address.ts";

/** The default series, if the server has it. */
const USUAL: ChartChoice = { symbol: "BTCUSDT", interval: "1m" };

/** Lets the active chart show the series that the address names, or a usual one where it names none. */
export function useChartAddress(page: Page, panes: ChartPanes): void {
  useSignalEffect(() => {
    const choice = chartChoiceOf(page.router.route.value);
    if (choice === undefined) {
      takeUsual(page);
      return;
    }
    const before = page.market.chosen.peek();
    if (before === undefined || !sameChart(before, choice)) page.market.chosen.value = choice;
    panes.active.value.choose(choice);
  });
}

/** The default series once the symbols are known: the last choice, Bitcoin, or the symbol with the most volume. */
function takeUsual({ market, router }: Page): void {
  const route = router.route.peek();
  const intervals = market.intervals.value;
  if (market.rows.count.value === 0 || intervals.length === 0) return;
  const chosen = market.chosen.peek();
  const last = chosen === undefined || market.rows.get(chosen.symbol) === undefined ? undefined : chosen;
  const symbol = market.rows.get(USUAL.symbol) === undefined ? market.rows.largest() : USUAL.symbol;
  const interval = intervals.includes(USUAL.interval) ? USUAL.interval : intervals[0];
  assert(symbol !== undefined && interval !== undefined, "there are rows and intervals");
  // The address may choose a symbol alone, or one with an interval that there isn't.
  const named = symbolIn(route.parts[0] ?? "");
  const shown =
    named === undefined ? (last ?? { symbol, interval }) : { symbol: named, interval: last?.interval ?? interval };
  const fault = chartFault(route);
  router.replace(chartHash(shown));
  if (fault === undefined) return;
  const faults = [`${fault} This is ${shown.symbol} ${shown.interval}.`, ...readView(route.query).faults];
  router.notice.value = faults.join(" ");
}
