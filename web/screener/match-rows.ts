import type { ScreenAnswer } from "../../src/wire/mod.ts";
import { byCodeUnits, byValue, clickedOrder, type RowOrder } from "../markets/order.ts";
import { columnOf } from "./columns.ts";

/** A match as a row: its symbol, the close's price, and its facts. */
export type MatchRow = ScreenAnswer["matches"][number];

/** The names by which the columns that every screen has are sorted. No fact of the clicks has one of them. */
export const SYMBOL = "symbol";
export const CLOSE_PRICE = "closePrice";

/** The facts that matches have, those that are asked for first; more come from a user's own code. */
export function factsOf(matches: readonly MatchRow[], first: readonly string[]): readonly string[] {
  return [...new Set([...first, ...matches.flatMap(({ facts }) => Object.keys(facts))])];
}

/** Matches in order. What isn't known is last, whichever way the column runs, and equal rows are in alphabetical order. */
export function sortedMatches(matches: readonly MatchRow[], { column, descending }: RowOrder): readonly MatchRow[] {
  return matches.toSorted(
    (a, b) => byValue(valueOf(a, column), valueOf(b, column), descending) || byCodeUnits(a.symbol, b.symbol),
  );
}

/** The order after a click on a column's head. Names rise at first, and so does what is read from its lowest. */
export function orderAfterClick(order: RowOrder, column: string): RowOrder {
  return clickedOrder(order, column, column !== SYMBOL && columnOf(column)?.first !== "lowest");
}

function valueOf({ symbol, price, facts }: MatchRow, column: string): string | number | undefined {
  const value = column === SYMBOL ? symbol : column === CLOSE_PRICE ? price : facts[column];
  if (typeof value === "boolean") return Number(value);
  return typeof value === "number" || typeof value === "string" ? value : undefined;
}
