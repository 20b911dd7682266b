import type * as acorn from "acorn";
import { CONTRACT_FUNCTIONS, EXACT_MATH } from "../contract-names.ts";
import { shown } from "./literals.ts";
import type { Names } from "./names.ts";
import { Outside } from "./outside.ts";

/** Methods by name; each is a function of the runtime that checks what it is called on. */
const METHODS: ReadonlySet<string> = new Set(
  "at row slice push includes indexOf join toFixed startsWith endsWith map filter some every find findIndex reduce forEach".split(
    " ",
  ),
);

/** Of these the ones that take a function. */
const CALLING: ReadonlySet<string> = new Set("map filter some every find findIndex reduce forEach".split(" "));

/** What calls are made of. */
interface CallParts {
  readonly expression: (node: acorn.AnyNode) => string;
  readonly arrow: (node: acorn.AnyNode) => string;
}

/** Makes JavaScript of calls: of the contract's functions, of a few of the language, and of methods by name. */
export class Calls {
  readonly #names: Names;
  readonly #parts: CallParts;

  constructor(names: Names, parts: CallParts) {
    this.#names = names;
    this.#parts = parts;
  }

  of(node: acorn.CallExpression): string {
    const { callee } = node;
    if (node.optional) throw new Outside(node, "?.(…)");
    if (callee.type === "Identifier" && !this.#names.isOwn(callee.name)) return this.#function(node, callee.name);
    if (callee.type !== "MemberExpression" || callee.computed) throw new Outside(node, "a function of its own");
    const { object, property } = callee;
    if (object.type === "Super" || property.type !== "Identifier") throw new Outside(node, "a class");
    if (object.type === "Identifier" && !this.#names.isOwn(object.name)) {
      const known = this.#ofGlobal(node, object.name, property.name);
      if (known !== undefined) return known;
    }
    if (!METHODS.has(property.name)) throw new Outside(node, `the method ${shown(property.name)}`);
    const on = this.#parts.expression(object);
    const given = node.arguments.map((one, at) =>
      at === 0 && CALLING.has(property.name) ? this.#parts.arrow(one) : this.#parts.expression(one),
    );
    const call = (subject: string): string => `$.${property.name}_(${[subject, ...given].join(", ")})`;
    if (callee.optional) return `$.maybe(${on}, ($on) => ${call("$on")})`;
    // The language fails at a value that isn't there before it looks at the arguments, which may have a reason of their own to end.
    return node.arguments.every(isPlain) ? call(on) : call(`$.there(${on})`);
  }

  /** A call of the contract's functions, or of the few of the language that stand alone. */
  #function(node: acorn.CallExpression, name: string): string {
    const given = (): string => node.arguments.map((one) => this.#parts.expression(one)).join(", ");
    if (CONTRACT_FUNCTIONS.has(name)) return `$.${name}(${given()})`;
    if (name === "Number" || name === "Boolean" || name === "String") return `$.${name}_(${given()})`;
    if (name === "isNaN" || name === "isFinite") return `${name}($.number(${given()}))`;
    throw new Outside(node, `the function ${shown(name)}`);
  }

  #ofGlobal(node: acorn.CallExpression, object: string, name: string): string | undefined {
    if (object === "helpers" && CONTRACT_FUNCTIONS.has(name)) return this.#function(node, name);
    if (object === "Math" && EXACT_MATH.has(name)) {
      const given = node.arguments.map((one) =>
        one.type === "SpreadElement"
          ? `...$.numbers(${this.#parts.expression(one.argument)})`
          : `$.number(${this.#parts.expression(one)})`,
      );
      return `Math.${name}(${given.join(", ")})`;
    }
    const given = node.arguments.map((one) => this.#parts.expression(one)).join(", ");
    if (object === "Number" && /^is(Finite|Integer|NaN)$/.test(name)) return `Number.${name}(${given})`;
    if (object === "Array" && name === "isArray") return `Array.isArray(${given})`;
    return undefined;
  }
}

/** An argument that is only a value: nothing can happen when it is computed. */
function isPlain(node: acorn.Expression | acorn.SpreadElement): boolean {
  if (node.type === "UnaryExpression") return isPlain(node.argument);
  return node.type === "Literal" || node.type === "Identifier" || node.type === "ArrowFunctionExpression";
}
