import type { AnyNode } from "acorn";
import { KLINE_COLUMNS, type KlineColumn, type Ticker } from "../../core/mod.ts";
import { HELPERS } from "../../strategy/mod.ts";
import type { Findings } from "./findings.ts";
import { didYouMean } from "./suggestion.ts";
import { NUMBER, TEXT, UNKNOWN, type Value } from "./value.ts";

/** What a ticker has. */
const TICKER_FIGURES: readonly string[] = Object.keys({
  symbol: true,
  price: true,
  open: true,
  high: true,
  low: true,
  volume: true,
  quoteVolume: true,
  priceChange: true,
  priceChangePercent: true,
  updatedAt: true,
  windowMs: true,
} satisfies Record<keyof Ticker, true>);

const ROW_FIELDS: readonly string[] = [...KLINE_COLUMNS, "closed"];

/** The methods that a value has of its own. */
export function methodsOf({ kind }: Value): readonly string[] {
  if (kind === "column") return ["at", "slice"];
  return kind === "candles" ? ["row"] : [];
}

/** What a member of a value is. Notes what can't be meant. `key` is undefined for a name that isn't written out. */
export function memberOf(findings: Findings, on: Value, node: AnyNode, key: Value | undefined): Value {
  const name = key?.kind === "text" ? key.value : undefined;
  // Whatever all objects have is JavaScript's own business.
  if (name !== undefined && name in Object.prototype) return UNKNOWN;
  switch (on.kind) {
    case "candles":
      return ofCandles(findings, on, node, name, key);
    case "column":
      return ofColumn(findings, on, node, name, key);
    case "outputs":
      return ofOutputs(findings, on, node, name, key);
    case "rows":
      if (name === "at") return { kind: "method", returns: { kind: "row" }, indexes: on.source?.interval };
      if (name === "slice" || name === "filter" || name === "reverse")
        return { kind: "method", returns: { kind: "rows" } };
      if (name === "length") return lengthOf(findings);
      return name === undefined ? { kind: "row" } : UNKNOWN;
    case "row":
      if (name !== undefined) findings.readColumn(node, name);
      return named(findings, node, name, "a kline", ROW_FIELDS, NUMBER);
    case "ticker":
      return named(findings, node, name, "the ticker", TICKER_FIGURES, name === "symbol" ? TEXT : NUMBER);
    case "helpers":
      return ofHelpers(findings, node, name);
    case "timeframes":
      if (name !== undefined) return rowsOf(findings, node, name);
      findings.mayReadOthers = true;
      return { kind: "rows" };
    default:
      return UNKNOWN;
  }
}

function ofCandles(
  findings: Findings,
  { source }: Value & { kind: "candles" },
  node: AnyNode,
  name: string | undefined,
  key: Value | undefined,
): Value {
  if (name === "length") return lengthOf(findings);
  if (name === "row") return { kind: "method", returns: { kind: "row" }, indexes: source?.interval };
  if ((KLINE_COLUMNS as readonly (string | undefined)[]).includes(name)) {
    findings.readColumn(node, name as KlineColumn);
    return source === undefined ? { kind: "column" } : { kind: "column", column: source.column(name as KlineColumn) };
  }
  if (key?.kind === "number")
    findings.faultUnlessGuarded(node, "candles have columns, not items: expected .row(i) for one kline");
  else if (name === "at" || name === "slice") {
    findings.faultUnlessGuarded(
      node,
      `candles have no .${name}: expected a column such as .close, or .row(i) for one kline`,
    );
  } else if (name !== undefined) {
    findings.faultUnlessGuarded(node, () => unknownName("candles", name, [...KLINE_COLUMNS, "length", "row"]));
  }
  return UNKNOWN;
}

function lengthOf(findings: Findings): Value {
  findings.readsLengths = true;
  return NUMBER;
}

function ofColumn(
  findings: Findings,
  { column }: Value & { kind: "column" },
  node: AnyNode,
  name: string | undefined,
  key: Value | undefined,
): Value {
  if (name === "length") return lengthOf(findings);
  if (name === "at") return { kind: "method", returns: NUMBER, indexes: column?.source?.interval };
  if (name === "slice") return { kind: "method", returns: UNKNOWN };
  if (name !== undefined) {
    const more = name in Array.prototype ? `: expected .slice().${name}(…), which is an array` : "";
    findings.faultUnlessGuarded(node, `a column has .at(i), .slice(from, to) and .length, but no ${name}${more}`);
  } else if (key?.kind !== "text") {
    findings.faultUnlessGuarded(
      node,
      "a column has no items in brackets: expected .at(i), where .at(-1) is the last value",
    );
  }
  return UNKNOWN;
}

function ofOutputs(
  findings: Findings,
  { indicator, columns }: Value & { kind: "outputs" },
  node: AnyNode,
  name: string | undefined,
  key: Value | undefined,
): Value {
  const index = name === undefined ? -1 : indicator.outputs.indexOf(name);
  if (index >= 0) {
    const column = columns?.[index];
    return column === undefined ? { kind: "column" } : { kind: "column", column };
  }
  const [first] = indicator.outputs;
  if (name === "at" || name === "slice" || name === "length" || key?.kind === "number") {
    findings.faultUnlessGuarded(
      node,
      `${indicator.name} gives several columns, ${indicator.outputs.join(", ")}: expected for example .${first}.at(-1)`,
    );
  } else if (name !== undefined)
    findings.faultUnlessGuarded(node, () => unknownName(indicator.name, name, indicator.outputs));
  return UNKNOWN;
}

function ofHelpers(findings: Findings, node: AnyNode, name: string | undefined): Value {
  // As a value it can be called with anything.
  findings.mayLookFurther = true;
  const names = HELPERS.map((helper) => helper.name);
  return named(findings, node, name, "helpers", names, name === undefined ? UNKNOWN : { kind: "helper", name });
}

function rowsOf(findings: Findings, node: AnyNode, name: string): Value {
  const source = findings.read(node, name);
  return source === undefined ? { kind: "rows" } : { kind: "rows", source };
}

function named(
  findings: Findings,
  node: AnyNode,
  name: string | undefined,
  of: string,
  names: readonly string[],
  value: Value,
): Value {
  if (name === undefined || names.includes(name)) return value;
  findings.faultUnlessGuarded(node, () => unknownName(of, name, names));
  return UNKNOWN;
}

function unknownName(of: string, name: string, names: readonly string[]): string {
  const has = of === "candles" || of === "helpers" ? "have" : "has";
  return `${of} ${has} no ${name.slice(0, 40)}${didYouMean(name, names) || `: expected one of ${names.join(", ")}`}`;
}
