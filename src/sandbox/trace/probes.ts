import type { AnyNode, BinaryExpression, Node } from "acorn";
import type { CodePlace } from "../../strategy/mod.ts";
import { type ParsedFilter, placeOf, STRICT_CODE } from "../parse.ts";

/** The most values of a filter that are watched in a run; past it, none is. */
export const MAX_PROBES = 300;

/** The longest text of a condition or value that an answer repeats, in UTF-16 units. */
const MAX_TEXT_SHOWN = 160;

/** A node of the code whose value is watched, as a number; undefined for all others. */
export type ProbeOf = (node: Node) => number | undefined;

/** An operand of a condition. */
export interface WatchedValue {
  readonly text: string;
  readonly probe: number;
}

/** A condition of a filter. */
export interface WatchedCondition {
  readonly text: string;
  readonly place: CodePlace;
  /** Where its text begins and ends in the code. */
  readonly span: readonly [start: number, end: number];
  /** Tells whether it is true. */
  readonly probe: number;
  readonly values: readonly WatchedValue[];
  /** Both sides of a comparison, for how far apart they are. */
  readonly sides: readonly [WatchedSide, WatchedSide] | undefined;
}

/** One side of a comparison: a number that is written out, or what a probe tells. */
export type WatchedSide = { readonly number: number } | { readonly probe: number };

/** What is watched of a filter. */
export interface Probes {
  readonly of: ProbeOf;
  readonly count: number;
  /** In the order of the code; a condition comes before its parts. */
  readonly conditions: readonly WatchedCondition[];
}

/** Comparisons; all others aren't conditions by themselves. */
const COMPARISONS: ReadonlySet<string> = new Set(["<", "<=", ">", ">=", "===", "!==", "==", "!="]);

/** Values that are what they are: to watch one tells nothing. */
const PLAIN = /^(Literal|TemplateLiteral|ArrayExpression|ObjectExpression|.*Function.*|Class.*)$/;

/**
 * The conditions of a filter: tests, operands of `&&`, `||` and `!`, comparisons, and what the filter returns. A probe is put around
 * a whole value, so watching it changes neither what is computed nor in which order.
 */
export function probesOf(parsed: ParsedFilter): Probes {
  const found = new Set<AnyNode>();
  collect(parsed.program as AnyNode, false, (node) => {
    if (!PLAIN.test(node.type)) found.add(node);
  });
  const nodes = [...found].sort((one, other) => one.start - other.start || other.end - one.end);
  const numbers = new Map<Node, number>();
  const probeAt = (node: Node): number => {
    const known = numbers.get(node) ?? numbers.size;
    numbers.set(node, known);
    return known;
  };
  const textOf = (node: Node): string => {
    const code = parsed.code.slice(node.start - STRICT_CODE.length, node.end - STRICT_CODE.length);
    const text = code.replace(/\s+/g, " ");
    return text.length > MAX_TEXT_SHOWN ? `${text.slice(0, MAX_TEXT_SHOWN)}…` : text;
  };
  const sideOf = (node: Node): WatchedSide => {
    const { type, value } = node as { type: string; value?: unknown };
    return type === "Literal" && typeof value === "number" ? { number: value } : { probe: probeAt(node) };
  };
  const conditions = nodes.map((node): WatchedCondition => {
    const operands = operandsOf(node);
    const watched = operands.filter(({ type }) => type !== "Literal");
    const sides = isComparison(node) ? ([sideOf(node.left), sideOf(node.right)] as const) : undefined;
    const values = watched.map((one) => ({ text: textOf(one), probe: probeAt(one) }));
    const span = [node.start - STRICT_CODE.length, node.end - STRICT_CODE.length] as const;
    return { text: textOf(node), place: placeOf(node), span, probe: probeAt(node), values, sides };
  });
  return { of: (node) => numbers.get(node), count: numbers.size, conditions };
}

/** What a condition's verdict hangs on: the sides of a comparison, nothing where its parts are conditions themselves, or else itself. */
function operandsOf(node: AnyNode): readonly Node[] {
  if (isComparison(node)) return [node.left, node.right];
  if (node.type === "LogicalExpression" && node.operator !== "??") return [];
  return node.type === "UnaryExpression" && node.operator === "!" ? [] : [node];
}

function isComparison(node: AnyNode): node is BinaryExpression {
  return node.type === "BinaryExpression" && COMPARISONS.has(node.operator);
}

/** Calls `add` for each condition. `isInside`: whether the code is a function's within the filter, whose answer isn't the filter's. */
function collect(node: AnyNode, isInside: boolean, add: (condition: AnyNode) => void): void {
  for (const condition of conditionsIn(node, isInside)) add(condition);
  const isFunction = isInside || /Function/.test(node.type);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) collect(child, isFunction, add);
  }
}

function conditionsIn(node: AnyNode, isInside: boolean): readonly AnyNode[] {
  switch (node.type) {
    case "IfStatement":
    case "ConditionalExpression":
    case "WhileStatement":
    case "DoWhileStatement":
    case "ForStatement":
      return node.test ? [node.test] : [];
    case "LogicalExpression":
      return node.operator === "??" ? [] : [node.left, node.right];
    case "UnaryExpression":
      return node.operator === "!" ? [node.argument] : [];
    case "BinaryExpression":
      return isComparison(node) ? [node] : [];
    case "ReturnStatement":
      return isInside || !node.argument ? [] : answersIn(node.argument);
    default:
      return [];
  }
}

/** What a returned value says of the match: `match` of an object, or the value itself. */
function answersIn(answer: AnyNode): readonly AnyNode[] {
  if (answer.type !== "ObjectExpression") return [answer];
  return answer.properties.flatMap((one) => {
    if (one.type !== "Property" || one.computed || one.shorthand || one.key.type !== "Identifier") return [];
    return one.key.name === "match" ? [one.value] : [];
  });
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}
