import * as v from "valibot";
import { countOf } from "../../core/mod.ts";
import { code, count, symbols } from "../inputs.ts";
import { type AnyTool, tool } from "../tool.ts";

/** Matches that are listed at most. */
const MAX_MATCHES = 30;

/** Symbols that are counted at most. */
const MAX_SYMBOLS = 20;

/** What is wrong with a filter, or where it would have matched. */
export const checkFilter: AnyTool = tool({
  name: "check_filter",
  says: "Checks a filter's code: mistakes with line and column; if there are none, at which of the last closes it would have matched, and which symbols most often. Use it before you save or recommend one.",
  input: v.strictObject({ code, symbols, closes: count(500, 100) }),
  run: async ({ code, symbols, closes }, { client }, signal) => {
    const of = symbols === undefined ? {} : { symbols };
    const { valid, errors } = await client.traders.validate({ code, ...of }, { signal });
    if (!valid) {
      const [first] = errors;
      return { summary: `the filter can't run: ${first?.message ?? "it isn't valid"}`, data: { valid, errors } };
    }
    const preview = await client.preview({ code, closes, ...of }, { signal });
    const matches = preview.closes.flatMap(({ closeTime, matches }) =>
      matches.map(({ symbol }) => [new Date(closeTime).toISOString(), symbol]),
    );
    const exact = preview.exact && preview.finished ? "" : ` Not all of it is exact: ${preview.notes.join(" ")}`;
    return {
      summary: `the filter is valid, and matched ${countOf(matches.length, "time")} at ${countOf(preview.closes.length, "close")} of ${preview.interval}.${exact}`,
      data: {
        valid,
        interval: preview.interval,
        columns: ["closeTime", "symbol"],
        rows: matches.slice(-MAX_MATCHES),
        bySymbol: mostOften(matches.map(([, symbol = ""]) => symbol)),
        failures: preview.errors.slice(0, 3),
      },
    };
  },
});

/** How often each symbol is there, the most frequent first. */
function mostOften(symbols: readonly string[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const symbol of symbols) counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
  return Object.fromEntries([...counts].toSorted(([, a], [, b]) => b - a).slice(0, MAX_SYMBOLS));
}
