import type * as acorn from "acorn";
import { CONSTANTS, CONTRACT_FUNCTIONS, CONTRACT_VALUES, isOwnName } from "../contract-names.ts";
import type { ProbeOf } from "../trace/probes.ts";
import { Calls } from "./calls.ts";
import { isText, literal, shown, textLiteral } from "./literals.ts";
import { fieldName, type Names } from "./names.ts";
import { Outside } from "./outside.ts";

/** Binary operators that are handed to a function, which takes the plain cases and hands over the others. */
const BINARY: Readonly<Record<string, string>> = {
  "+": "add",
  "-": "subtract",
  "*": "multiply",
  "/": "divide",
  "%": "remainder",
  "<": "less",
  "<=": "atMost",
  ">": "more",
  ">=": "atLeast",
  "===": "same",
  "!==": "differs",
};

/** Makes JavaScript of expressions: of operators, calls of the runtime, as `$`, that check what they are given. */
export class Expressions {
  readonly #names: Names;
  readonly #calls: Calls;
  readonly #probeOf: ProbeOf;
  /** Operations of all that was made so far. */
  #operations = 0;

  constructor(names: Names, arrow: (node: acorn.AnyNode) => string, probeOf: ProbeOf) {
    this.#names = names;
    this.#probeOf = probeOf;
    this.#calls = new Calls(names, { expression: (node) => this.of(node), arrow });
  }

  /** How many operations the JavaScript has that some work makes, and that JavaScript. They are no part of those around it. */
  counted(work: () => string): readonly [text: string, operations: number] {
    const outer = this.#operations;
    this.#operations = 0;
    const text = work();
    const operations = this.#operations;
    this.#operations = outer;
    return [text, operations];
  }

  /** What is watched costs no operation: it has to end as it does otherwise. */
  of(node: acorn.AnyNode): string {
    const text = this.#unwatched(node);
    const probe = this.#probeOf(node);
    return probe === undefined ? text : `$.saw(${probe}, ${text})`;
  }

  #unwatched(node: acorn.AnyNode): string {
    if (node.type !== "Literal" && node.type !== "Identifier") this.#operations += 1;
    switch (node.type) {
      case "Literal":
        return literal(node);
      case "TemplateLiteral":
        return this.#template(node);
      case "Identifier":
        return this.#name(node);
      case "UnaryExpression":
        return this.#unary(node);
      case "BinaryExpression":
        return this.#binary(node);
      case "LogicalExpression":
        return `(${this.of(node.left)} ${node.operator} ${this.of(node.right)})`;
      case "ConditionalExpression": {
        const [test, yes, no] = [node.test, node.consequent, node.alternate].map((part) => this.of(part));
        return `(${test} ? ${yes} : ${no})`;
      }
      case "AssignmentExpression":
        return this.#assignment(node);
      case "UpdateExpression": {
        const name = this.#target(node.argument);
        const by = node.operator === "++" ? 1 : -1;
        return node.prefix
          ? `(${name} = $.number(${name}) + ${by})`
          : `(${name} = ($before = $.number(${name})) + ${by}, $before)`;
      }
      case "ArrayExpression":
        return `$.made([${node.elements.map((item) => this.#item(node, item)).join(", ")}], ${node.elements.length})`;
      case "ObjectExpression":
        return this.#object(node);
      case "ParenthesizedExpression":
        return `(${this.of(node.expression)})`;
      case "MemberExpression":
        return this.#member(node);
      case "ChainExpression":
        return `(${this.of(node.expression)})`;
      case "CallExpression":
        return this.#calls.of(node);
      default:
        throw new Outside(node, OUTSIDE[node.type] ?? `${node.type} isn't in the compiled subset`);
    }
  }

  #item(node: acorn.AnyNode, item: acorn.Expression | acorn.SpreadElement | null): string {
    if (item === null) throw new Outside(node, "an array with holes");
    return this.of(item);
  }

  #template(node: acorn.TemplateLiteral): string {
    const parts = node.quasis.flatMap(({ value }, at) => {
      const expression = node.expressions[at];
      const text = textLiteral(node, value.cooked ?? "");
      return expression === undefined ? [text] : [text, this.of(expression)];
    });
    return `$.joined([${parts.join(", ")}])`;
  }

  #name(node: acorn.Identifier): string {
    if (this.#names.isOwn(node.name)) return this.#names.binding(node);
    if (CONSTANTS.has(node.name)) return node.name === "undefined" ? "(void 0)" : node.name;
    if (CONTRACT_VALUES.has(node.name)) return `$.${node.name}`;
    throw new Outside(
      node,
      CONTRACT_FUNCTIONS.has(node.name) ? `${node.name} as a value` : "a name that it doesn't know",
    );
  }

  #unary(node: acorn.UnaryExpression): string {
    const argument = this.of(node.argument);
    switch (node.operator) {
      case "!":
        return `(!${argument})`;
      case "-":
        return `(-$.number(${argument}))`;
      case "+":
        return `$.number(${argument})`;
      case "typeof":
        return `(typeof ${argument})`;
      default:
        throw new Outside(node, `the operator ${node.operator}`);
    }
  }

  #binary(node: acorn.BinaryExpression): string {
    if (node.left.type === "PrivateIdentifier") throw new Outside(node, "a private name");
    const [left, right] = [this.of(node.left), this.of(node.right)];
    const name = BINARY[node.operator];
    if (name !== undefined) return `$.${name}(${left}, ${right})`;
    const againstNull = this.#isNullish(node.left) || this.#isNullish(node.right);
    if ((node.operator === "==" || node.operator === "!=") && againstNull) return `(${left} ${node.operator} ${right})`;
    throw new Outside(node, `the operator ${node.operator}`);
  }

  #assignment(node: acorn.AssignmentExpression): string {
    const name = this.#target(node.left);
    const value = this.of(node.right);
    if (node.operator === "=") return `(${name} = ${value})`;
    const operation = BINARY[node.operator.slice(0, -1)];
    if (operation === undefined || !/^[-+*/%]=$/.test(node.operator))
      throw new Outside(node, `the operator ${node.operator}`);
    return `(${name} = $.${operation}(${name}, ${value}))`;
  }

  /** Only own names are assigned to: nothing that a filter is given can be changed by it. */
  #target(node: acorn.AnyNode): string {
    if (node.type !== "Identifier") throw new Outside(node, "an assignment to a part of something");
    if (!this.#names.isOwn(node.name)) throw new Outside(node, "an assignment to a name that isn't the filter's own");
    return this.#names.binding(node);
  }

  #object(node: acorn.ObjectExpression): string {
    const fields = node.properties.map((property) => {
      if (property.type !== "Property" || property.kind !== "init" || property.method) {
        throw new Outside(property, "an object with more than plain fields");
      }
      const name = fieldName(property);
      const answers = name === "match" || name === "facts";
      if (name === undefined || !(answers || isOwnName(name))) throw new Outside(property, "a field of such a name");
      return `${JSON.stringify(name)}: ${this.of(property.value)}`;
    });
    return `$.made({${fields.join(", ")}}, ${fields.length})`;
  }

  #member(node: acorn.MemberExpression): string {
    const { object, property } = node;
    if (object.type === "Super" || property.type === "PrivateIdentifier") throw new Outside(node, "a class");
    if (object.type === "Identifier" && !this.#names.isOwn(object.name) && object.name === "Math" && !node.computed) {
      throw new Outside(node, "Math as a value");
    }
    const name = node.computed ? (isText(property) ? property.value : undefined) : (property as acorn.Identifier).name;
    const dot = node.optional ? "?." : ".";
    if (name !== undefined && this.#names.isReadable(name)) {
      return `${this.of(object)}${dot}${name}`;
    }
    if (!node.computed) throw new Outside(property, `the property ${shown(name)}`);
    if (node.optional) throw new Outside(node, "?.[…]");
    return `$.item(${this.of(object)}, ${this.of(property)})`;
  }

  #isNullish(node: acorn.AnyNode): boolean {
    if (node.type === "Identifier") return node.name === "undefined" && !this.#names.isOwn(node.name);
    return node.type === "Literal" && node.raw === "null";
  }
}

/** What is outside of the compiled subset, in words. */
const OUTSIDE: Readonly<Record<string, string>> = {
  ArrowFunctionExpression: "a function of its own",
  FunctionExpression: "a function of its own",
  ClassExpression: "a class",
  NewExpression: "new",
  ThisExpression: "this",
  TaggedTemplateExpression: "a tagged template",
  SpreadElement: "… in front of a value",
  SequenceExpression: "a comma between values",
  YieldExpression: "yield",
};
