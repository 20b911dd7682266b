import * as v from "valibot";
import { freshnessNote } from "../freshness.ts";
import { code, count, symbols } from "../inputs.ts";
import { type AnyTool, tool } from "../tool.ts";

/** Who matches a filter now. */
export const screen: AnyTool = tool({
  name: "screen",
  says: "Runs a filter over symbols at the last close, and gives those that match, with the facts that it returns.",
  input: v.strictObject({ code, symbols, limit: count(200, 30) }),
  run: async ({ code, symbols, limit }, { client }, signal) => {
    const request = { code, ...(symbols === undefined ? {} : { symbols }), facts: true };
    const [answer, note] = await Promise.all([client.screen(request, { signal }), freshnessNote(client, signal)]);
    const { matches, checked, skipped, errors, notes } = answer;
    const trouble =
      errors.length === 0 ? "" : ` ${errors.length} failed, for example ${errors[0]?.symbol}: ${errors[0]?.message}.`;
    return {
      summary: `${matches.length} of ${checked} symbols match, ${skipped.length} couldn't be judged.${trouble}${note}`,
      data: {
        columns: ["symbol", "price", "facts"],
        rows: matches.slice(0, limit).map(({ symbol, price, facts }) => [symbol, price, facts ?? null]),
        skipped: skipped.slice(0, 5),
        notes,
      },
    };
  },
});
