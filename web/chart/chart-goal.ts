import type { Route } from "../shell/route.ts";
import { isMoment, readRange, type ViewRange } from "./view-range.ts";

/** What an address asks to be brought into sight: the candle that opens at a moment, or a range. */
export type ChartGoal = { readonly kind: "candle"; readonly at: number } | ViewRange;

/** The goal of an address; undefined where it has none, or one that means nothing. */
export function goalOf(route: Route): ChartGoal | undefined {
  const at = candleOf(route);
  if (at !== undefined) return { kind: "candle", at };
  return route.query.range === undefined ? undefined : readRange(route.query.range);
}

/** The open time of the candle that an address points at, if it does. */
export function candleOf({ query: { at } }: Route): number | undefined {
  return at !== undefined && /^\d{12,13}$/.test(at) && isMoment(Number(at)) ? Number(at) : undefined;
}

/** What is wrong with the candle that an address points at, in words; undefined where it is right, or there is none. */
export function candleFault(route: Route): string | undefined {
  const { at } = route.query;
  if (at === undefined || candleOf(route) !== undefined) return undefined;
  return `"at=${at.slice(0, 40)}" in the address means nothing; expected a candle's open time in milliseconds.`;
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

/** What is shown where the server doesn't have the candles of a goal: the newest ones, those that are nearest, or the oldest, of which the first opens then. */
export type ShownInstead = "nearest" | "newest" | { readonly oldest: number };

/** What to say where the server doesn't have the candles; `textOf` writes a moment. */
export function missedText(goal: ChartGoal, shown: ShownInstead, textOf: (moment: number) => string): string {
  if (typeof shown === "object") return `The server's candles begin at ${textOf(shown.oldest)}. These are the oldest.`;
  const what =
    goal.kind === "candle"
      ? `candle that opens at ${textOf(goal.at)}`
      : `candles around ${textOf(momentOf(goal) ?? 0)}`;
  return `The server has no ${what}. These are the ${shown}.`;
}
