import { INTERVALS, type Interval } from "../../src/core/mod.ts";
import { spanOf } from "./column-span.ts";
import { columnOf } from "./columns.ts";
import type { Condition, Operand } from "./conditions.ts";
import { comparedColumns, type Screen, shownColumns } from "./screen.ts";
import type { ColumnSource, ScreenColumn } from "./screen-column.ts";

/** The filter that clicks become. */
export interface ScreenCode {
  readonly code: string;
  /** The intervals that it reads, shortest first. */
  readonly timeframes: readonly Interval[];
  /** The keys of its facts. */
  readonly facts: readonly string[];
  /** The keys of columns that this server has no candles for. They are left out; a condition on one of them never holds. */
  readonly unserved: readonly string[];
}

/** The filter of conditions and columns, readable and valid in the editor. */
export function screenCode(
  screen: Pick<Screen, "name" | "interval" | "isAll" | "conditions" | "columns">,
  served: readonly Interval[],
): ScreenCode {
  const all = shownColumns(screen).flatMap((key) => columnOf(key) ?? []);
  const spans = all.map((column) => ({ column, span: spanOf(column, screen.interval, served) }));
  const here = spans.flatMap(({ column, span }) => (span === undefined ? [] : [{ column, span }]));
  const unserved = spans.filter(({ span }) => span === undefined).map(({ column }) => column.key);
  const timeframes = INTERVALS.filter((interval) => here.some(({ span }) => span?.interval === interval));
  const crossed = new Set(
    screen.conditions
      .filter(({ operator }) => operator.startsWith("crosses"))
      .flatMap(({ column, operand }) => [column, ...columnIn(operand)]),
  );
  const constants = here.flatMap(({ column, span }) => [
    `// ${column.title}${span === null ? "" : `, from candles of ${span.interval}`}`,
    ...constantsOf(column, span, crossed.has(column.key)),
  ]);
  const facts = here.map(({ column }) => column.key);
  // A match is read from its first facts, and long lists are cut: those that made it one come first.
  const told = new Set([...comparedColumns(screen.conditions).filter((key) => facts.includes(key)), ...facts]);
  const lines = [
    ...(screen.name === "" ? [] : [`// ${screen.name.replaceAll(/\s+/g, " ")}`]),
    ...timeframes.map((interval) => `const ${variableOf(interval)} = candles("${interval}");`),
    ...new Set(constants),
    "return {",
    `  match:${matchOf(screen, unserved)},`,
    `  facts: {${[...told].join(", ")}},`,
    "};",
  ];
  return { code: `${lines.join("\n")}\n`, timeframes, facts, unserved };
}

/** The variable of an interval's candles: h1 for 1h. A month's is mn1, as m1 is a minute's. */
function variableOf(interval: Interval): string {
  const [, count = "", unit = ""] = /^(\d+)(\w)$/.exec(interval) ?? [];
  return `${unit === "M" ? "mn" : unit}${count}`;
}

function constantsOf(column: ScreenColumn, span: ReturnType<typeof spanOf>, isCrossed: boolean): string[] {
  if (span === null || span === undefined)
    return [`const ${column.key} = ${column.code({ candles: "", span: 0, back: 0 })};`];
  const candles = variableOf(span.interval);
  const at = (back: 0 | 1): ColumnSource => ({ candles, span: span.span, back });
  const guarded = (back: 0 | 1): string => {
    const code = column.code(at(back));
    const value = / \? /.test(code) ? `(${code})` : code;
    return `${candles}.length > ${span.span + back} ? ${value} : NaN`;
  };
  const used = column.uses?.(at(0));
  return [
    ...(used === undefined ? [] : [`const ${used[0]} = ${used[1]};`]),
    `const ${column.key} = ${guarded(0)};`,
    ...(isCrossed ? [`const ${column.key}Before = ${guarded(1)};`] : []),
  ];
}

function matchOf({ conditions, isAll }: Pick<Screen, "conditions" | "isAll">, unserved: readonly string[]): string {
  if (conditions.length === 0) return " true";
  const texts = conditions.map((condition) => {
    const isUnserved = [condition.column, ...columnIn(condition.operand)].some((key) => unserved.includes(key));
    return isUnserved ? "false" : textOf(condition);
  });
  if (texts.length === 1) return ` ${texts[0]}`;
  const parts = texts.map((text) => (text.includes(" && ") ? `(${text})` : text));
  return `\n    ${parts.join(isAll ? " &&\n    " : " ||\n    ")}`;
}

/** A comparison with a value that isn't there is false, whatever the operator. */
function textOf({ column, operator, operand }: Condition): string {
  const [value, before] = [operandText(operand), operandBefore(operand)];
  switch (operator) {
    case "above":
      return `${column} > ${value}`;
    case "below":
      return `${column} < ${value}`;
    case "between": {
      const [from, to] = operand as readonly [number, number];
      return `${column} >= ${from} && ${column} <= ${to}`;
    }
    case "crossesAbove":
      return `${column}Before <= ${before} && ${column} > ${value}`;
    case "crossesBelow":
      return `${column}Before >= ${before} && ${column} < ${value}`;
    case "is":
      return `${column} === true`;
    case "isNot":
      return `${column} === false`;
  }
}

function operandText(operand: Operand | undefined): string {
  return columnIn(operand)[0] ?? String(operand);
}

function operandBefore(operand: Operand | undefined): string {
  const [key] = columnIn(operand);
  return key === undefined ? String(operand) : `${key}Before`;
}

/** The column that a condition compares with, if it does. */
function columnIn(operand: Operand | undefined): readonly string[] {
  return typeof operand === "object" && "column" in operand ? [operand.column] : [];
}
