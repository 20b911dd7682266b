import * as v from "valibot";
import { type Kline, klineFault, nextOpenTime } from "../core/mod.ts";
import type { MarketStore } from "../store/mod.ts";
import { type ImportedKlines, importedKlinesSchema } from "../wire/mod.ts";
import { json } from "./answer.ts";
import { unknownSymbol } from "./market-routes.ts";
import { RequestProblem } from "./problem.ts";
import { type Route, route } from "./route.ts";

/**
 * Takes in klines that somebody else kept, as the exchange's own answer for their range. A closed kline that is here already
 * stays what it is: one that says otherwise is a contradiction, and the exchange is asked.
 */
export function importRoutes(store: MarketStore): Route[] {
  return [
    route({
      method: "POST",
      path: "/import",
      says: "Takes in closed klines of one series that follow one another, such as a collector kept",
      scope: "admin",
      parameters: {},
      body: importedKlinesSchema,
      answers: {
        200: { says: "how many there are now that weren't there before", schema: v.object({ added: v.number() }) },
      },
      handle: ({ body }) => json({ added: taken(store, body) }),
    }),
  ];
}

function taken(store: MarketStore, { symbol, interval, klines }: ImportedKlines): number {
  if (!store.hasSymbol(symbol)) throw unknownSymbol(symbol, store);
  const series = store.series(symbol, interval);
  if (series === undefined) {
    throw new RequestProblem(
      "unknown_interval",
      `${interval} isn't kept here: expected one of ${store.intervals.join(", ")}`,
    );
  }
  for (const [index, kline] of klines.entries()) {
    const fault = faultOf(kline, klines[index - 1], interval);
    if (fault !== undefined) throw new RequestProblem("invalid_parameter", `klines.${index}: ${fault}`);
  }
  const [first, last] = [klines[0] as Kline, klines.at(-1) as Kline];
  const before = series.ring.length;
  store.apply({ type: "history", symbol, interval, from: first.openTime, to: last.openTime, klines });
  return series.ring.length - before;
}

function faultOf(kline: Kline, before: Kline | undefined, interval: ImportedKlines["interval"]): string | undefined {
  if (!kline.closed) return "it isn't closed: expected closed klines only";
  const fault = klineFault(kline);
  if (fault !== undefined) return `it can't be a kline: ${fault}`;
  if (before !== undefined && nextOpenTime(interval, before.openTime) !== kline.openTime) {
    return "it doesn't follow on the one before: expected a request for each stretch without a hole";
  }
  return undefined;
}
