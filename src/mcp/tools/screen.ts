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
      summary: `${matches.length} of ${countOf(checked, "symbol")} match, ${skipped.length} couldn't be judged.${trouble}${unranked(answer.matches, sort)}${note}`,
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

/** Says that no match has the fact to be sorted by as a number: what comes isn't a ranking then. */
function unranked(matches: readonly { readonly facts?: unknown }[], sort: string | undefined): string {
  const name = sort?.replace(/^-/, "");
  const facts = matches.map((match) => (match.facts ?? {}) as Readonly<Record<string, unknown>>);
  if (name === undefined || facts.length === 0 || facts.some((one) => typeof one[name] === "number")) return "";
  const names = [...new Set(facts.flatMap((one) => Object.keys(one).filter((key) => typeof one[key] === "number")))];
  const there = names.length === 0 ? "the filter returns no number as a fact" : `expected one of ${names.join(", ")}`;
  return ` Not sorted: no match has a fact "${name}" that is a number: ${there}.`;
}

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
