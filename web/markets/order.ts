import type { WireTicker } from "../../src/wire/mod.ts";

/** The columns by which the table can be sorted. */
export type Column = "symbol" | "price" | "change" | "quoteVolume" | "age" | FactColumn;

/** A ready column that a user added, by its key. */
export type FactColumn = `fact ${string}`;

/** A symbol's value in a ready column; undefined where it isn't known. */
export type FactOf = (symbol: string, key: string) => number | undefined;

/** How the table is sorted. */
export interface Order {
  readonly column: Column;
  readonly descending: boolean;
}

/** A row as far as its place in the table goes. `receivedAt` is local time. */
export interface Sortable {
  readonly ticker: WireTicker;
  readonly receivedAt: number;
}

/** The table starts with what is traded most. */
export const FIRST_ORDER: Order = { column: "quoteVolume", descending: true };

/** The order after a click on a column's head: the other way round, or the column's usual way. */
export function orderAfterClick(order: Order, column: Column): Order {
  if (order.column === column) return { column, descending: !order.descending };
  return { column, descending: column !== "symbol" && column !== "age" };
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
  const sign = descending ? -1 : 1;
  if (isFact(column)) return byFact([...rows], column.slice("fact ".length), sign, factOf);
  return [...rows].sort((a, b) => unknownLast(a, b, column) || sign * compare(a, b, column) || alphabetical(a, b));
}

/** A volume that is unknown is last, whichever way the column runs. */
function unknownLast(a: Sortable, b: Sortable, column: Column): number {
  return column === "quoteVolume" ? Number(a.ticker.quoteVolume === null) - Number(b.ticker.quoteVolume === null) : 0;
}

function isFact(column: Column): column is FactColumn {
  return column.startsWith("fact ");
}

/** What isn't known is last, whichever way the column runs. */
function byFact<T extends Sortable>(rows: T[], key: string, sign: number, factOf: FactOf): T[] {
  const values = new Map(rows.map((row) => [row, factOf(row.ticker.symbol, key)]));
  return rows.sort((a, b) => {
    const [x, y] = [values.get(a), values.get(b)];
    const order =
      x === undefined || y === undefined ? Number(x === undefined) - Number(y === undefined) : sign * (x - y);
    return order || alphabetical(a, b);
  });
}

function compare(a: Sortable, b: Sortable, column: Exclude<Column, FactColumn>): number {
  switch (column) {
    case "symbol":
      return alphabetical(a, b);
    case "price":
      return a.ticker.price - b.ticker.price;
    case "change":
      return a.ticker.priceChangePercent - b.ticker.priceChangePercent;
    case "quoteVolume":
      return (a.ticker.quoteVolume ?? 0) - (b.ticker.quoteVolume ?? 0);
    case "age":
      return b.receivedAt - a.receivedAt;
  }
}

/** By code unit: faster than by language, and symbols are codes. */
function alphabetical(a: Sortable, b: Sortable): number {
  if (a.ticker.symbol === b.ticker.symbol) return 0;
  return a.ticker.symbol < b.ticker.symbol ? -1 : 1;
}
