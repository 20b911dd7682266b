import * as v from "valibot";
import { countOf } from "../../core/mod.ts";
import type { WireTicker } from "../../wire/mod.ts";
import { count } from "../inputs.ts";
import { type AnyTool, tool } from "../tool.ts";

/** By what symbols are ranked, the largest first. */
const ORDERS = {
  volume: ({ quoteVolume }) => quoteVolume ?? 0,
  gain: ({ priceChangePercent }) => priceChangePercent,
  loss: ({ priceChangePercent }) => -priceChangePercent,
} as const satisfies Record<string, (ticker: WireTicker) => number>;
type Order = keyof typeof ORDERS;

/** Which markets and symbols there are, and how current they are. */
export const markets: AnyTool = tool({
  name: "markets",
  says: "Markets, intervals and freshness of the server, and its symbols with price and change over 24 h. Call it first.",
  input: v.strictObject({
    search: v.optional(v.pipe(v.string(), v.maxLength(40), v.description("part of a symbol's name"))),
    sort: v.optional(v.picklist(Object.keys(ORDERS) as Order[]), "volume"),
    limit: count(200, 20),
  }),
  run: async ({ search = "", sort, limit }, { client }, signal) => {
    const [health, { tickers }] = await Promise.all([
      client.health({ signal }),
      client.tickers({ symbols: "*:*", signal }),
    ]);
    const wanted = search.toUpperCase();
    const found = tickers
      .filter(({ symbol }) => symbol.includes(wanted))
      .toSorted((a, b) => ORDERS[sort](b) - ORDERS[sort](a));
    const state = health.status === "ok" ? "all current" : `${health.status}: ${health.reasons.join("; ")}`;
    const of = health.markets.map(({ market }) => market).join(", ");
    return {
      summary: `${of}, ${health.source} prices, ${state}. ${countOf(found.length, "symbol")}${wanted === "" ? "" : ` with ${wanted} in the name`}, ${Math.min(limit, found.length)} shown.`,
      keeps: "first",
      data: {
        intervals: health.intervals,
        klinesKept: health.capacity,
        columns: ["symbol", "price", "changePercent", "quoteVolume"],
        rows: found
          .slice(0, limit)
          .map(({ symbol, price, priceChangePercent, quoteVolume }) => [
            symbol,
            price,
            priceChangePercent,
            quoteVolume,
          ]),
      },
    };
  },
});
