import * as v from "valibot";
import { count } from "../inputs.ts";
import { type AnyTool, tool } from "../tool.ts";

/** Which markets and symbols there are, and how current they are. */
export const markets: AnyTool = tool({
  name: "markets",
  says: "Markets, intervals and freshness of the server, and its symbols with price and change over 24 h, largest volume first. Call it first.",
  input: v.strictObject({
    search: v.optional(v.pipe(v.string(), v.maxLength(40), v.description("part of a symbol's name"))),
    limit: count(200, 20),
  }),
  run: async ({ search = "", limit }, { client }, signal) => {
    const [health, { tickers }] = await Promise.all([
      client.health({ signal }),
      client.tickers({ symbols: "*:*", signal }),
    ]);
    const wanted = search.toUpperCase();
    const found = tickers
      .filter(({ symbol }) => symbol.includes(wanted))
      .toSorted((a, b) => (b.quoteVolume ?? 0) - (a.quoteVolume ?? 0));
    const state = health.status === "ok" ? "all current" : `${health.status}: ${health.reasons.join("; ")}`;
    const of = health.markets.map(({ market }) => market).join(", ");
    return {
      summary: `${of}, ${health.source} prices, ${state}. ${found.length} symbols${wanted === "" ? "" : ` match ${wanted}`}, ${Math.min(limit, found.length)} shown.`,
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
