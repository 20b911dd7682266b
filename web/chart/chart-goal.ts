import type { Route } from "../shell/route.ts";
import { candleOf } from "./chart-route.ts";
import { readRange, type ViewRange } from "./view-range.ts";

/** What an address asks to be brought into sight: the candle that opens at a moment, or a range. */
export type ChartGoal = { readonly kind: "candle"; readonly at: number } | ViewRange;

/** The goal of an address; undefined where it has none, or one that means nothing. */
export function goalOf(route: Route): ChartGoal | undefined {
  const at = candleOf(route);
  if (at !== undefined) return { kind: "candle", at };
  return route.query.range === undefined ? undefined : readRange(route.query.range);
}

/** The moment around which candles are needed; undefined for the newest ones. */
export function momentOf(goal: ChartGoal): number | undefined {
  switch (goal.kind) {
    case "candle":
      return goal.at;
    case "between":
      return (goal.from + goal.to) / 2;
    case "newest":
      return undefined;
  }
}

/** What to say where the server doesn't have the candles; `textOf` writes a moment. */
export function missedText(goal: ChartGoal, shown: "nearest" | "newest", textOf: (moment: number) => string): string {
  const what =
    goal.kind === "candle"
      ? `candle that opens at ${textOf(goal.at)}`
      : `candles around ${textOf(momentOf(goal) ?? 0)}`;
  return `The server has no ${what}. These are the ${shown}.`;
}
