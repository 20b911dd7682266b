import { effect } from "@preact/signals";
import type { Market } from "../market/market.ts";
import { parseRoute, type Route, routeHash } from "../market/route.ts";

/** What is shown when the address chooses nothing, if it is there. */
const USUAL: Route = { symbol: "BTCUSDT", interval: "1m" };

/** Shows what the address chooses, and what it chooses next. Without a choice it takes one, without an entry in the history. */
export function followAddress(market: Market): void {
  const follow = (): boolean => {
    const route = parseRoute(location.hash);
    if (route !== undefined) market.choose(route);
    return route !== undefined;
  };
  addEventListener("hashchange", follow);
  if (follow()) return;
  const stop = effect(() => {
    const isEmpty = market.rows.count.value === 0 || market.intervals.value.length === 0;
    if (isEmpty || market.chosen.peek() !== undefined) return;
    history.replaceState(null, "", routeHash(usualRoute(market)));
    follow();
    queueMicrotask(() => stop());
  });
}

function usualRoute({ rows, intervals }: Market): Route {
  const symbol = rows.get(USUAL.symbol) === undefined ? rows.largest() : USUAL.symbol;
  const interval = intervals.peek().find((one) => one === USUAL.interval) ?? intervals.peek()[0];
  return { symbol: symbol ?? USUAL.symbol, interval: interval ?? USUAL.interval };
}
