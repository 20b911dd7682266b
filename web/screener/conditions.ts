import { columnOf } from "./columns.ts";
import type { ScreenColumn } from "./screen-column.ts";

/** How a column is compared, in the order in which it is offered. */
export const OPERATORS = ["above", "below", "between", "crossesAbove", "crossesBelow", "is", "isNot"] as const;
export type Operator = (typeof OPERATORS)[number];

/** What a column is compared with: a number, two numbers, or another column. */
export type Operand = number | readonly [from: number, to: number] | { readonly column: string };

/** Conditions that a screen may have. */
export const MOST_CONDITIONS = 50;

/** One condition of a screen. `operand` is left out where the operator is `is` or `isNot`. */
export interface Condition {
  readonly column: string;
  readonly operator: Operator;
  readonly operand?: Operand;
}

/** The operators in words. */
export const OPERATOR_NAMES: Readonly<Record<Operator, string>> = {
  above: "above",
  below: "below",
  between: "between",
  crossesAbove: "crosses above",
  crossesBelow: "crosses below",
  is: "is true",
  isNot: "is false",
};

/** The operators that a column can be compared with. */
export function operatorsOf({ format, hasBefore }: ScreenColumn): readonly Operator[] {
  if (format === "mark") return ["is", "isNot"];
  return OPERATORS.filter(
    (operator) => operator !== "is" && operator !== "isNot" && (hasBefore || !operator.startsWith("crosses")),
  );
}

/** The columns whose figures can be compared with this one's: those of the same kind. A crossing needs a candle before, too. */
export function comparableWith(
  column: ScreenColumn,
  operator: Operator,
  all: readonly ScreenColumn[],
): readonly ScreenColumn[] {
  if (operator === "between" || column.format === "mark") return [];
  return all.filter(
    (other) =>
      other !== column && kindOf(other) === kindOf(column) && (other.hasBefore || !operator.startsWith("crosses")),
  );
}

/** What is wrong with a condition, in words; undefined where it can run. */
export function conditionFault({ column: key, operator, operand }: Condition): string | undefined {
  const column = columnOf(key);
  if (column === undefined) return `There is no column ${key}.`;
  if (!operatorsOf(column).includes(operator))
    return `${column.title} can't be compared with "${OPERATOR_NAMES[operator]}".`;
  if (operator === "is" || operator === "isNot") return undefined;
  if (operator === "between") {
    if (!Array.isArray(operand) || !operand.every(Number.isFinite)) return `${column.title}: enter two numbers.`;
    return operand[0] <= operand[1] ? undefined : `${column.title}: ${operand[0]} is more than ${operand[1]}.`;
  }
  if (typeof operand === "number") return Number.isFinite(operand) ? undefined : `${column.title}: enter a number.`;
  if (operand === undefined || !("column" in operand)) return `${column.title}: enter a number.`;
  const other = columnOf(operand.column);
  if (other === undefined) return `There is no column ${operand.column}.`;
  return comparableWith(column, operator, [other]).length === 1
    ? undefined
    : `${column.title} can't be compared with ${other.title}.`;
}

/** A percent is compared with any other, rising or not. */
function kindOf({ format }: ScreenColumn): string {
  return format === "change" ? "percent" : format;
}
