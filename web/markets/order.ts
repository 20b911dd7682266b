import type { WireTicker } from "../../src/wire/mod.ts";

/** The columns by which the table can be sorted. */
export type Column = "symbol" | "price" | "change" | "quoteVolume" | "age" | FactColumn;

/** A ready column that a user added, by its key. */
export type FactColumn = `fact ${string}`;

/** A symbol's value in a ready column; undefined where it isn't known. */
export type FactOf = (symbol: string, key: string) => number | undefined;

/** How the table is sorted. */
export type Order = RowOrder<Column>;

/** A row as far as its place in the table goes. `receivedAt` is local time. */
export interface Sortable {
  readonly ticker: WireTicker;
  readonly receivedAt: number;
}

/** The table starts with what is traded most. */
export const FIRST_ORDER: Order = { column: "quoteVolume", descending: true };

/** The order after a click on a column's head. Names and ages rise at first. */
export function orderAfterClick(order: Order, column: Column): Order {
  return clickedOrder(order, column, column !== "symbol" && column !== "age");
}

/** How a column is sorted, for its head. */
export function sortOf(order: Order, column: string): "ascending" | "descending" | "none" {
  if (order.column !== column) return "none";
  return order.descending ? "descending" : "ascending";
}

/**
 * Whether what was typed means a symbol, in any case: each word occurs in the symbol or its market's name, or begins a word of its asset's
 * name. So "eth" finds Ethereum and not Tether.
 */
export function matches(symbol: string, typed: string, assetName = ""): boolean {
  const upper = symbol.toUpperCase();
  const name = ` ${assetName.toUpperCase()}`;
  return wordsOf(typed).every((word) => upper.includes(word) || name.includes(` ${word}`));
}

/** The words of a search, in capitals: "btc/usdt" has two. */
export function wordsOf(typed: string): string[] {
  return typed
    .trim()
    .toUpperCase()
    .split(/[\s/]+/);
}

/** Sorts into a new array. Equal rows stay in alphabetical order whichever way the column runs, so nothing flickers. */
export function sorted<T extends Sortable>(
  rows: Iterable<T>,
  { column, descending }: Order,
  factOf: FactOf = () => undefined,
): T[] {
  if (isFact(column)) return byFact([...rows], column.slice("fact ".length), descending, factOf);
  return [...rows].sort((a, b) => byValue(valueOf(a, column), valueOf(b, column), descending) || alphabetical(a, b));
}

function isFact(column: Column): column is FactColumn {
  return column.startsWith("fact ");
}

function byFact<T extends Sortable>(rows: T[], key: string, descending: boolean, factOf: FactOf): T[] {
  const values = new Map(rows.map((row) => [row, factOf(row.ticker.symbol, key)]));
  return rows.sort((a, b) => byValue(values.get(a), values.get(b), descending) || alphabetical(a, b));
}

function valueOf({ ticker, receivedAt }: Sortable, column: Exclude<Column, FactColumn>): number | string | undefined {
  if (column === "age") return -receivedAt;
  return ticker[column === "change" ? "priceChangePercent" : column] ?? undefined;
}

function alphabetical(a: Sortable, b: Sortable): number {
  return byCodeUnits(a.ticker.symbol, b.ticker.symbol);
}

/** How rows are sorted. */
export interface RowOrder<Column extends string = string> {
  readonly column: Column;
  readonly descending: boolean;
}

/** The order after a click on a column's head: the other way round, or the column's usual way. */
export function clickedOrder<Column extends string>(
  order: RowOrder<Column>,
  column: Column,
  isDescendingFirst: boolean,
): RowOrder<Column> {
  return { column, descending: order.column === column ? !order.descending : isDescendingFirst };
}

/** Compares two values, of which one that isn't known is last, whichever way the rows run. */
export function knownFirst<Value>(
  a: Value | undefined,
  b: Value | undefined,
  descending: boolean,
  compare: (a: Value, b: Value) => number,
): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return descending ? compare(b, a) : compare(a, b);
}

/** By code unit: faster than by language, for codes such as symbols. */
export function byCodeUnits(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Compares numbers by their size and texts by code unit; see {@link knownFirst}. */
export function byValue<Value extends number | string>(
  a: Value | undefined,
  b: Value | undefined,
  descending: boolean,
): number {
  return knownFirst(a, b, descending, (x, y) =>
    typeof x === "number" && typeof y === "number" ? x - y : byCodeUnits(String(x), String(y)),
  );
}
