import type * as acorn from "acorn";
import { Outside } from "./outside.ts";

/** The longest text that a compiled filter may hold in one place. */
const MAX_TEXT = 1_000;

/** A literal, as it is written in the code that is made. */
export function literal(node: acorn.Literal): string {
  const { value } = node;
  if (value === null && node.raw === "null") return "null";
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") return numberLiteral(value);
  if (typeof value === "string") return textLiteral(node, value);
  throw new Outside(node, "a regular expression");
}

/** A number as an expression that nothing behind it can change: `1` before `.e5` would be read as a hundred thousand. */
export function numberLiteral(value: number): string {
  return `(${value})`;
}

/** A text of the filter's, as JSON; what ends a line in JavaScript is escaped, too. */
export function textLiteral(node: acorn.AnyNode, value: string): string {
  if (value.length > MAX_TEXT) throw new Outside(node, `a text of more than ${MAX_TEXT} characters`);
  return JSON.stringify(value).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}

export function isText(node: acorn.AnyNode): node is acorn.Literal & { value: string } {
  return node.type === "Literal" && typeof node.value === "string";
}

/** A name as messages show it. */
export function shown(name: string | undefined): string {
  return name === undefined ? "…" : name.slice(0, 40);
}
