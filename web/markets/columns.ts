import type { Column, FactColumn } from "./order.ts";

/** A column of the table. Widths and what is left out on a narrow page stand in the style sheet. */
export interface ColumnHead {
  readonly column: Exclude<Column, FactColumn> | "line" | "range";
  readonly name: string;
  readonly says: string;
  /** Whether the short list next to a chart also has this column. */
  readonly isInList: boolean;
}

/** From left to right. */
export const COLUMNS: readonly ColumnHead[] = [
  { column: "symbol", name: "Symbol", says: "The traded pair", isInList: true },
  // Its name is the time that the sparklines span, once that is known.
  {
    column: "line",
    name: "Hours",
    says: "Closing prices of as much time, in the colour of where they went",
    isInList: false,
  },
  { column: "price", name: "Price", says: "Last price, in the quote asset", isInList: true },
  { column: "change", name: "24h", says: "Change within 24 hours, in percent", isInList: true },
  {
    column: "range",
    name: "24h range",
    says: "Position of the price between the 24-hour low and high",
    isInList: false,
  },
  { column: "quoteVolume", name: "Volume", says: "Volume of the last 24 hours, in the quote asset", isInList: false },
  { column: "age", name: "Age", says: "Time since the last change of this ticker", isInList: false },
];

/** The columns of the table, or of the short list next to a chart. */
export function columnsOf(isList: boolean): readonly ColumnHead[] {
  return isList ? COLUMNS.filter(({ isInList }) => isInList) : COLUMNS;
}
