import type { ScreenAnswer } from "../../src/wire/mod.ts";
import { columnOf } from "./columns.ts";
import type { ScreenOrder } from "./screen.ts";

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
export function sortedMatches(matches: readonly MatchRow[], { column, descending }: ScreenOrder): readonly MatchRow[] {
  const sign = descending ? -1 : 1;
  return matches.toSorted((a, b) => {
    const [x, y] = [valueOf(a, column), valueOf(b, column)];
    if (x === undefined || y === undefined) {
      return Number(x === undefined) - Number(y === undefined) || alphabetical(a.symbol, b.symbol);
    }
    return sign * compared(x, y) || alphabetical(a.symbol, b.symbol);
  });
}

/** The order after a click on a column's head: the other way round, or the column's usual way. */
export function orderAfterClick(order: ScreenOrder, column: string): ScreenOrder {
  if (order.column === column) return { column, descending: !order.descending };
  return { column, descending: column !== SYMBOL && columnOf(column)?.first !== "lowest" };
}

function valueOf({ symbol, price, facts }: MatchRow, column: string): string | number | undefined {
  const value = column === SYMBOL ? symbol : column === CLOSE_PRICE ? price : facts[column];
  if (typeof value === "boolean") return Number(value);
  return typeof value === "number" || typeof value === "string" ? value : undefined;
}

function compared(a: string | number, b: string | number): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return alphabetical(String(a), String(b));
}

function alphabetical(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
