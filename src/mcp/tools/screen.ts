import * as v from "valibot";
import { countOf } from "../../core/mod.ts";
import { freshnessNote } from "../freshness.ts";
import { code, count, symbols } from "../inputs.ts";
import { type AnyTool, tool } from "../tool.ts";

/** Who matches a filter now. */
export const screen: AnyTool = tool({
  name: "screen",
  says: "Runs a filter over symbols at the last close, and gives those that match, with the facts that it returns.",
  input: v.strictObject({
    code,
    symbols,
    sort: v.optional(
      v.pipe(v.string(), v.maxLength(80), v.description("a fact, smallest first; with - in front, largest first")),
    ),
    limit: count(200, 30),
  }),
  run: async ({ code, symbols, sort, limit }, { client }, signal) => {
    const request = { code, ...(symbols === undefined ? {} : { symbols }), facts: true };
    const [answer, note] = await Promise.all([client.screen(request, { signal }), freshnessNote(client, signal)]);
    const { checked, skipped, errors, notes } = answer;
    const matches = sort === undefined ? answer.matches : ranked(answer.matches, sort);
    const trouble =
      errors.length === 0 ? "" : ` ${errors.length} failed, for example ${errors[0]?.symbol}: ${errors[0]?.message}.`;
    return {
      summary: `${matches.length} of ${countOf(checked, "symbol")} match, ${skipped.length} couldn't be judged.${trouble}${note}`,
      keeps: "first",
      data: {
        columns: ["symbol", "price", "facts"],
        rows: matches.slice(0, limit).map(({ symbol, price, facts }) => [symbol, price, facts ?? null]),
        skipped: skipped.slice(0, 5),
        notes,
      },
    };
  },
});

/** The matches in the order of a fact; those that don't have it as a number come last. */
function ranked<Match extends { readonly facts?: unknown }>(matches: readonly Match[], sort: string): readonly Match[] {
  const isDescending = sort.startsWith("-");
  const name = isDescending ? sort.slice(1) : sort;
  const valueOf = ({ facts }: Match): number => {
    const value = (facts as Readonly<Record<string, unknown>> | undefined)?.[name];
    return typeof value === "number" ? (isDescending ? -value : value) : Number.POSITIVE_INFINITY;
  };
  const values = new Map(matches.map((match) => [match, valueOf(match)]));
  const of = (match: Match): number => values.get(match) ?? 0;
  return matches.toSorted((a, b) => (of(a) === of(b) ? 0 : of(a) - of(b)));
}
