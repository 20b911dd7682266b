import * as v from "valibot";
import { explain as ask } from "../../client/mod.ts";
import { code, interval, moment, symbol } from "../inputs.ts";
import { type AnyTool, tool } from "../tool.ts";

/** The most conditions in an answer: each one costs the agent tokens. */
const MAX_CONDITIONS = 40;

/** Why a filter matched or not. */
export const explain: AnyTool = tool({
  name: "explain",
  says: "Why a filter matched, or didn't, for one symbol at one close: each condition with its verdict and values (distance: left minus right side), and what was missing.",
  input: v.strictObject({
    symbol,
    code: v.optional(code),
    traderId: v.optional(v.pipe(v.string(), v.description("in place of code"))),
    closeTime: moment,
    interval: v.optional(interval),
  }),
  run: async (request, { options }, signal) => {
    const { symbol, interval, closeTime, match, facts, conditions, windows, missing, error, cooling, notes } =
      await ask(options, request, { signal });
    const verdict = match === null ? "couldn't be judged" : match ? "matched" : "didn't match";
    const why = missing[0]?.reason ?? error?.message;
    const failed = conditions.filter((one) => one.verdict === false && one.distance !== undefined);
    const nearest = failed.map(({ text, distance }) => `${text} by ${Math.abs(distance ?? 0)}`);
    const short = match === false && nearest.length > 0 ? ` Not true: ${nearest.slice(0, 5).join("; ")}.` : "";
    const cools = cooling === undefined ? "" : ` Cooling until ${new Date(cooling.until).toISOString()}.`;
    return {
      summary: `${symbol} ${verdict} at the ${interval} close of ${new Date(closeTime).toISOString()}${why === undefined ? "" : `: ${why}`}.${short}${cools}`,
      data: {
        ...{ facts, missing, windows: windows.map(({ interval, klines }) => `${interval}: ${klines}`), notes },
        columns: ["line", "condition", "verdict", "values", "distance"],
        rows: conditions
          .slice(0, MAX_CONDITIONS)
          .map(({ line, text, verdict, values, distance }) => [
            ...[line, text, verdict],
            values.map(({ text, value, is }) => `${text} = ${is ?? value}`).join(", "),
            distance ?? null,
          ]),
      },
    };
  },
});
