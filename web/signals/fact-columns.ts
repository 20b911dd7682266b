import type { ListedSignal } from "../../src/wire/mod.ts";
import { knownFirst } from "../markets/order.ts";

/** Columns that facts have unasked, where one trader is shown, and the most that can be chosen from. */
const FIRST_COLUMNS = 4;
const MOST_KEYS = 24;

/** How the loaded rows are sorted: by a fact, or by the price since then. */
export interface FactOrder {
  readonly key: string;
  readonly isDescending: boolean;
}

/** The facts that the rows have, the most frequent first; of equally frequent ones, the one that filters name first. */
export function factKeys(rows: readonly Pick<ListedSignal, "facts">[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { facts } of rows) for (const key of Object.keys(facts)) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts]
    .sort(([, some], [, others]) => others - some)
    .slice(0, MOST_KEYS)
    .map(([key]) => key);
}

/** The columns to show: those that were chosen, as far as the rows have them, or else the first ones of one trader. */
export function factColumns(
  keys: readonly string[],
  chosen: readonly string[] | undefined,
  isOneTrader: boolean,
): readonly string[] {
  if (chosen !== undefined) return keys.filter((key) => chosen.includes(key));
  return isOneTrader ? keys.slice(0, FIRST_COLUMNS) : [];
}

/** The rows in the order of a value: numbers by size, other values by their text, those without one last. */
export function inOrder<Row>(
  rows: readonly Row[],
  valueOf: (row: Row) => unknown,
  isDescending: boolean,
): readonly Row[] {
  const withValues = rows.map((row) => ({ row, value: valueOf(row) ?? undefined }));
  return withValues.toSorted((a, b) => knownFirst(a.value, b.value, isDescending, compared)).map(({ row }) => row);
}

/** The order after a click on a column's head: falling, then rising, then as they came. */
export function nextOrder(order: FactOrder | undefined, key: string): FactOrder | undefined {
  if (order?.key !== key) return { key, isDescending: true };
  return order.isDescending ? { key, isDescending: false } : undefined;
}

function compared(one: unknown, other: unknown): number {
  if (typeof one === "number" && typeof other === "number") return one - other;
  if (typeof one === "number" || typeof other === "number") return typeof one === "number" ? -1 : 1;
  return textOf(one).localeCompare(textOf(other), "en");
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
