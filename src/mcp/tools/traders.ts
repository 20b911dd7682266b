import * as v from "valibot";
import { countOf, InvalidInput } from "../../core/mod.ts";
import { code, interval, symbols } from "../inputs.ts";
import { type AnyTool, tool } from "../tool.ts";

/** Traders and signals that are listed at most. */
const MAX_LISTED = 50;

/** The caller's traders and their signals; a new one is made as a draft. */
export const traders: AnyTool = tool({
  name: "traders",
  says: "The caller's traders (saved filters that run at each close) and their signals. action draft saves a new one that is switched off; people switch it on.",
  input: v.strictObject({
    action: v.picklist(["list", "read", "signals", "draft"]),
    id: v.optional(
      v.pipe(v.string(), v.maxLength(80), v.description("for read; with signals, only those of this one")),
    ),
    name: v.optional(v.pipe(v.string(), v.maxLength(200), v.description("for draft"))),
    code: v.optional(code),
    interval: v.optional(v.pipe(interval, v.description("for draft: it runs at these closes"))),
    symbols,
  }),
  changes: true,
  run: async ({ action, id, name, code, interval, symbols }, { client }, signal) => {
    switch (action) {
      case "list": {
        const { traders, cursor } = await client.traders.list({ limit: MAX_LISTED, signal });
        const rows = traders.map((one) => [one.id, one.name, one.triggerInterval, one.enabled, one.problem]);
        return {
          summary: `${countOf(traders.length, "trader")}${cursor === null ? "" : ", and more"}.`,
          data: { columns: ["id", "name", "interval", "enabled", "problem"], rows },
        };
      }
      case "read": {
        const trader = await client.traders.read(given("id", id), { signal });
        return {
          summary: `${trader.name}, ${trader.enabled ? "on" : "off"}, at closes of ${trader.triggerInterval}.`,
          data: trader,
        };
      }
      case "signals": {
        const of = id === undefined ? {} : { traderId: id };
        const { signals, cursor } = await client.signals.list({ ...of, limit: MAX_LISTED, signal });
        const rows = signals.map((one) => [
          new Date(one.closeTime).toISOString(),
          one.symbol,
          one.price,
          one.traderId,
          one.facts,
        ]);
        return {
          summary: `${countOf(signals.length, "signal")}, newest first${cursor === null ? "" : ", and older ones"}.`,
          data: { columns: ["closeTime", "symbol", "price", "traderId", "facts"], rows },
        };
      }
      case "draft": {
        const draft = {
          name: given("name", name),
          code: given("code", code),
          triggerInterval: given("interval", interval),
        };
        const made = await client.traders.create(
          { ...draft, ...(symbols === undefined ? {} : { symbols }), enabled: false },
          { signal },
        );
        return {
          summary: `saved as a draft, switched off: ${made.name}.`,
          data: { id: made.id, enabled: made.enabled },
        };
      }
    }
  },
});

function given<T>(what: string, value: T | undefined): T {
  if (value !== undefined) return value;
  throw new InvalidInput(`${what} is missing: this action needs one`);
}
