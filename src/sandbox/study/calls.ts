import type { AnyNode, CallExpression } from "acorn";
import {
  type Argument,
  Calculator,
  type Column,
  ColumnSource,
  FilterMistake,
  HELPERS,
  type Helper,
  INDICATORS,
  type Indicator,
  ownColumn,
  WINDOW_KLINES,
} from "../../strategy/mod.ts";
import type { Findings } from "./findings.ts";
import { NO_KLINES } from "./no-klines.ts";
import { kindInWords, UNKNOWN, type Value } from "./value.ts";

/** An argument of a call, and what is known of it. */
export interface Given {
  readonly node: AnyNode;
  readonly value: Value;
}

const CALCULATOR: Calculator = new Calculator();
const ANY_COLUMN: Column = ownColumn(new Float64Array());

/** What a call of one of the contract's functions gives back. Notes what can't be meant. */
export function contractCall(findings: Findings, node: CallExpression, name: string, given: readonly Given[]): Value {
  if (name === "candles") return candles(findings, node, given[0]);
  const indicator = INDICATORS.find((one) => one.name === name);
  if (indicator !== undefined) return indicatorCall(findings, node, indicator, given);
  const helper = HELPERS.find((one) => one.name === name);
  return helper === undefined ? UNKNOWN : helperCall(findings, helper, given);
}

function candles(findings: Findings, node: CallExpression, interval: Given | undefined): Value {
  if (interval === undefined) {
    findings.faultUnlessGuarded(node, 'candles needs an interval: expected for example candles("1h")');
    return { kind: "candles" };
  }
  if (interval.value.kind === "text" && interval.value.value !== undefined) {
    const source = findings.read(interval.node, interval.value.value);
    return source === undefined ? { kind: "candles" } : { kind: "candles", source };
  }
  const wrong = interval.value.kind === "number" ? "a number" : kindInWords(interval.value);
  if (wrong === undefined) findings.mayReadOthers = true;
  else findings.faultUnlessGuarded(interval.node, `candles needs an interval such as "1h", not ${wrong}`);
  return { kind: "candles" };
}

function indicatorCall(findings: Findings, node: CallExpression, indicator: Indicator, given: readonly Given[]): Value {
  const read = given.map((one, at) => argumentOf(indicator, one, at));
  const columns = checked(findings, node, indicator, read);
  const isKnown = read.every(({ isKnown }) => isKnown) && !given.some(({ node }) => node.type === "SpreadElement");
  const isCrossing = indicator.reads === "pair";
  if (columns === undefined || !isKnown) {
    // Of a column of the filter's own numbers nothing needs to be known.
    if (!isKnown) findings.mayLookFurther = true;
    return indicator.outputs.length === 1 ? { kind: "column", isCrossing } : { kind: "outputs", indicator };
  }
  findings.compute(node, columns);
  const [column] = columns;
  if (indicator.outputs.length > 1) return { kind: "outputs", indicator, columns };
  return column === undefined ? { kind: "column", isCrossing } : { kind: "column", column, isCrossing };
}

/** The columns of a call without values; undefined, and a mistake, if the arguments can't be meant. */
function checked(
  findings: Findings,
  node: CallExpression,
  indicator: Indicator,
  given: readonly { readonly argument: Argument }[],
): readonly Column[] | undefined {
  try {
    return CALCULATOR.facts(
      indicator,
      given.map(({ argument }) => argument),
    );
  } catch (cause) {
    if (!(cause instanceof FilterMistake)) throw cause;
    findings.faultUnlessGuarded(node, cause.message);
    return undefined;
  }
}

/** An argument as an indicator reads it. One of which too little is known is taken for a right one. */
function argumentOf(
  indicator: Indicator,
  { value }: Given,
  at: number,
): { readonly argument: Argument; readonly isKnown: boolean } {
  const isInput = at < (indicator.reads === "pair" ? 2 : 1);
  switch (value.kind) {
    case "number":
      if (value.value !== undefined) return { argument: { kind: "number", value: value.value }, isKnown: true };
      return isInput && !(indicator.reads === "pair" && at === 1)
        ? { argument: { kind: "other", shown: "a number" }, isKnown: true }
        : { argument: isInput ? { kind: "number", value: 0 } : { kind: "absent" }, isKnown: isInput };
    case "candles":
      return value.source === undefined
        ? { argument: anyKlines(), isKnown: false }
        : { argument: { kind: "klines", source: value.source }, isKnown: true };
    case "column":
      return { argument: { kind: "column", column: value.column ?? ANY_COLUMN }, isKnown: value.column !== undefined };
    case "unknown":
    case "method":
      if (!isInput) return { argument: { kind: "absent" }, isKnown: false };
      return {
        argument: indicator.reads === "klines" ? anyKlines() : { kind: "column", column: ANY_COLUMN },
        isKnown: false,
      };
    case "text":
      return { argument: { kind: "other", shown: "a text" }, isKnown: true };
    default:
      return { argument: { kind: "other", shown: kindInWords(value) ?? "that" }, isKnown: true };
  }
}

function anyKlines(): Argument {
  return { kind: "klines", source: new ColumnSource("1d", NO_KLINES) };
}

function helperCall(findings: Findings, helper: Helper, given: readonly Given[]): Value {
  const { indicator, reads, usage } = helper;
  const [input, ...others] = given;
  if (input === undefined) return UNKNOWN;
  const { kind } = input.value;
  if (kind === "candles" || kind === "column" || kind === "outputs") {
    const wrong = kindInWords(input.value);
    const takes = `${usage.slice(0, usage.indexOf(":"))} takes an array such as timeframes["1h"]`;
    findings.faultUnlessGuarded(input.node, `${takes}, not ${wrong}`);
    return UNKNOWN;
  }
  const parameters = others.flatMap(({ value }): Argument[] =>
    value.kind === "number" && value.value !== undefined ? [{ kind: "number", value: value.value }] : [],
  );
  if (parameters.length < others.length || input.node.type === "SpreadElement") {
    findings.mayLookFurther = true;
    return UNKNOWN;
  }
  const source = input.value.kind === "rows" ? input.value.source : undefined;
  const column = (source ?? new ColumnSource("1d", NO_KLINES)).column(reads);
  try {
    const columns = CALCULATOR.facts(indicator, [{ kind: "column", column }, ...parameters]);
    if (source !== undefined) findings.compute(input.node, columns);
    else if (columns.some(({ klinesWanted }) => klinesWanted > WINDOW_KLINES)) findings.mayLookFurther = true;
  } catch (cause) {
    if (!(cause instanceof FilterMistake)) throw cause;
    if (source !== undefined) findings.faultUnlessGuarded(others[0]?.node ?? input.node, cause.message);
  }
  return UNKNOWN;
}
