import type { AnyNode, Expression, PrivateIdentifier, SpreadElement } from "acorn";

/**
 * What a kind of node costs a machine in units, some 20 to 50 ns each: most are one. Operators weigh more, as they may have to
 * turn a text of the greatest length into a number, and calls, as they may be of a function of the language's.
 */
const WEIGHTS: Readonly<Record<string, number>> = {
  Identifier: 0,
  Literal: 0,
  TemplateElement: 0,
  ExpressionStatement: 0,
  BlockStatement: 0,
  ParenthesizedExpression: 0,
  ChainExpression: 0,
  BinaryExpression: 4,
  UnaryExpression: 4,
  AssignmentExpression: 2,
  CallExpression: 6,
  NewExpression: 20,
  TaggedTemplateExpression: 20,
  TemplateLiteral: 10,
  SwitchCase: 4,
  ClassDeclaration: 20,
  ClassExpression: 20,
  RestElement: 200,
  ThrowStatement: 20,
};

/** What a node costs besides those below it. */
export function weightOf(node: AnyNode): number {
  if (node.type === "MemberExpression") return node.computed ? 4 : 1;
  if (node.type === "Property") return node.computed ? 4 : 1;
  return WEIGHTS[node.type] ?? 1;
}

/** Whether a value is sure to be a number, whatever the names in it stand for. */
export function isSurelyNumber(node: AnyNode | PrivateIdentifier | SpreadElement | Expression): boolean {
  switch (node.type) {
    case "Literal":
      return typeof node.value === "number";
    case "UpdateExpression":
      return true;
    case "UnaryExpression":
      return node.operator === "-" || node.operator === "+" || node.operator === "~";
    case "BinaryExpression":
      if (node.operator === "+") return isSurelyNumber(node.left) && isSurelyNumber(node.right);
      return /^(-|\*|\/|%|\*\*|&|\||\^|<<|>>|>>>)$/.test(node.operator);
    default:
      return false;
  }
}

/** A number of so few digits that no text grows long by it before the time is over. */
export function isShortNumber(node: AnyNode | PrivateIdentifier): boolean {
  return node.type === "Literal" && typeof node.value === "number" && String(node.value).length <= 3;
}
