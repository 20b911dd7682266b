import { amountText } from "../text/amount.ts";
import { factText } from "../text/facts.ts";
import { direction, percentText } from "../text/percent.ts";
import { priceText } from "../text/price.ts";
import type { ColumnFormat } from "./screen-column.ts";

/** What stands in a cell, and in which colour. */
export interface CellText {
  readonly text: string;
  readonly kind: "up" | "down" | "flat" | "plain";
}

/** Where there is no value. */
export const NO_VALUE = "—";

/** A fact as text. `decimals`: those of the symbol's prices. A fact that isn't a column's is written as it is. */
export function cellText(value: unknown, format: ColumnFormat | undefined, decimals: number): CellText {
  if (value === null || value === undefined) return { text: NO_VALUE, kind: "flat" };
  if (typeof value === "boolean") return { text: value ? "yes" : "no", kind: value ? "plain" : "flat" };
  if (typeof value !== "number" || format === undefined) return { text: factText(value), kind: "plain" };
  if (format === "change") return { text: percentText(value), kind: direction(value) };
  return { text: figureText(value, format, decimals), kind: "plain" };
}

function figureText(value: number, format: ColumnFormat, decimals: number): string {
  switch (format) {
    case "percent":
      return `${value.toFixed(2)}%`;
    case "times":
      return `${value.toFixed(2)}×`;
    case "index":
      return value.toFixed(1);
    case "price":
      return priceText(value, decimals);
    case "amount":
      return amountText(value);
    default:
      return factText(value);
  }
}
