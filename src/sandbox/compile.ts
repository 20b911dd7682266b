import type * as acorn from "acorn";
import { CONSTANTS, CONTRACT_FUNCTIONS, CONTRACT_VALUES, EXACT_MATH, isOwnName, PROPERTIES } from "./contract-names.ts";
import { type ParsedFilter, placeOf } from "./parse.ts";

/** JavaScript for a filter, made from its syntax tree alone: none of its text gets in but numbers, and texts as JSON. */
export interface Compiled {
  readonly javascript: string;
}

/** Why a filter isn't compiled: what stands where. */
export interface NotCompiled {
  readonly because: string;
}

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

/** Methods by name; each is a function of the runtime that checks what it is called on. */
const METHODS: ReadonlySet<string> = new Set(
  "at row slice push includes indexOf join toFixed startsWith endsWith map filter some every find findIndex reduce forEach".split(
    " ",
  ),
);

/** Of these the ones that take a function. */
const CALLING: ReadonlySet<string> = new Set("map filter some every find findIndex reduce forEach".split(" "));

/** Thrown where the tree leaves the subset. */
class Outside extends Error {
  readonly node: acorn.AnyNode;
  constructor(node: acorn.AnyNode, what: string) {
    super(what);
    this.node = node;
  }
}

/** Compiles a filter, or says what in it is outside of the subset. */
export function compile({ program }: ParsedFilter): Compiled | NotCompiled {
  try {
    // The first statement is the directive that every filter begins with.
    return { javascript: new Compiler().body(program.body.slice(1)) };
  } catch (cause) {
    if (!(cause instanceof Outside)) throw cause;
    return { because: `line ${placeOf(cause.node).line}: ${cause.message}` };
  }
}

/** Names that a scope declares. */
type Scope = ReadonlySet<string>;

class Compiler {
  readonly #scopes: Scope[] = [];
  /** Names of fields of the filter's own objects. */
  readonly #fields: Set<string> = new Set();
  #loops = 0;

  body(statements: readonly acorn.AnyNode[]): string {
    this.#collectFields(statements);
    const text = this.#inScope([...declared(statements), ...hoisted(statements)], () => this.#statements(statements));
    return `"use strict"; let $before;\n${text}`;
  }

  #collectFields(statements: readonly acorn.AnyNode[]): void {
    const visit = (node: unknown): void => {
      if (typeof node !== "object" || node === null) return;
      if (Array.isArray(node)) {
        for (const one of node) visit(one);
        return;
      }
      if ((node as acorn.AnyNode).type === "ObjectExpression") {
        for (const property of (node as acorn.ObjectExpression).properties) {
          const name = property.type === "Property" ? fieldName(property) : undefined;
          if (name !== undefined && isOwnName(name)) this.#fields.add(name);
        }
      }
      for (const child of Object.values(node)) visit(child);
    };
    visit(statements);
  }

  #inScope(names: readonly string[], work: () => string): string {
    this.#scopes.push(new Set(names));
    try {
      return work();
    } finally {
      this.#scopes.pop();
    }
  }

  #isOwn(name: string): boolean {
    return this.#scopes.some((scope) => scope.has(name));
  }

  #isNullish(node: acorn.AnyNode): boolean {
    if (node.type === "Identifier") return node.name === "undefined" && !this.#isOwn(node.name);
    return node.type === "Literal" && node.raw === "null";
  }

  #statements(statements: readonly acorn.AnyNode[]): string {
    return statements.map((statement) => this.#statement(statement)).join("\n");
  }

  #statement(node: acorn.AnyNode): string {
    switch (node.type) {
      case "EmptyStatement":
        return ";";
      case "ExpressionStatement":
        return `${this.#expression(node.expression)};`;
      case "ReturnStatement":
        return node.argument ? `return ${this.#expression(node.argument)};` : "return;";
      case "BlockStatement":
        return `{${this.#inScope(declared(node.body), () => this.#statements(node.body))}}`;
      case "VariableDeclaration":
        return `${this.#declaration(node)};`;
      case "IfStatement": {
        const otherwise = node.alternate ? ` else ${this.#block(node.alternate)}` : "";
        return `if (${this.#expression(node.test)}) ${this.#block(node.consequent)}${otherwise}`;
      }
      case "ForStatement":
        return this.#inScope(node.init ? declared([node.init]) : [], () => {
          const init = node.init ? this.#initial(node.init) : "";
          const test = node.test ? this.#expression(node.test) : "";
          const update = node.update ? this.#expression(node.update) : "";
          return `for (${init}; ${test}; ${update}) ${this.#loop(node.body)}`;
        });
      case "WhileStatement":
        return `while (${this.#expression(node.test)}) ${this.#loop(node.body)}`;
      case "DoWhileStatement":
        return `do ${this.#loop(node.body)} while (${this.#expression(node.test)});`;
      case "ForOfStatement": {
        const { left } = node;
        const [first] = left.type === "VariableDeclaration" ? left.declarations : [];
        if (left.type !== "VariableDeclaration" || first === undefined || left.kind === "var") {
          throw new Outside(node, "for … of without const or let");
        }
        return this.#inScope(declared([left]), () => {
          const name = this.#binding(first.id);
          const items = this.#expression(node.right);
          return `for (${left.kind} ${name} of $.items(${items})) ${this.#loop(node.body)}`;
        });
      }
      case "BreakStatement":
      case "ContinueStatement":
        if (node.label || this.#loops === 0) throw new Outside(node, "break and continue with a label");
        return node.type === "BreakStatement" ? "break;" : "continue;";
      default:
        throw new Outside(node, STATEMENTS[node.type] ?? `${node.type} isn't in the small language`);
    }
  }

  #initial(node: acorn.AnyNode): string {
    return node.type === "VariableDeclaration" ? this.#declaration(node) : this.#expression(node);
  }

  #declaration(node: acorn.VariableDeclaration): string {
    const names = node.declarations.map(({ id, init }) => {
      const name = id.type === "ObjectPattern" ? this.#pattern(id) : this.#binding(id);
      return init ? `${name} = ${this.#expression(init)}` : name;
    });
    return `${node.kind} ${names.join(", ")}`;
  }

  /** `{close, volume: amount}` of what may be read by name. */
  #pattern(node: acorn.ObjectPattern): string {
    const parts = node.properties.map((property) => {
      const name = property.type === "Property" ? fieldName(property) : undefined;
      if (property.type !== "Property" || name === undefined || !this.#isReadable(name)) {
        throw new Outside(property, "taking apart by such a pattern");
      }
      return `${JSON.stringify(name)}: ${this.#binding(property.value)}`;
    });
    return `{${parts.join(", ")}}`;
  }

  #isReadable(name: string): boolean {
    return PROPERTIES.has(name) || this.#fields.has(name);
  }

  /** A name of the filter's own, prefixed, so that it can't be one that means something here. */
  #binding(node: acorn.AnyNode): string {
    if (node.type !== "Identifier") throw new Outside(node, "taking apart by a pattern");
    if (!/^[A-Za-z_$][\w$]{0,63}$/.test(node.name)) throw new Outside(node, "a name of other than plain letters");
    return `u_${node.name}`;
  }

  #block(node: acorn.AnyNode): string {
    return node.type === "BlockStatement" ? this.#statement(node) : `{${this.#statement(node)}}`;
  }

  #loop(node: acorn.AnyNode): string {
    this.#loops += 1;
    const body = this.#block(node);
    this.#loops -= 1;
    return `{$.step();${body}}`;
  }

  #expression(node: acorn.AnyNode): string {
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
        return `(${this.#expression(node.left)} ${node.operator} ${this.#expression(node.right)})`;
      case "ConditionalExpression": {
        const [test, yes, no] = [node.test, node.consequent, node.alternate].map((part) => this.#expression(part));
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
        return `(${this.#expression(node.expression)})`;
      case "MemberExpression":
        return this.#member(node);
      case "ChainExpression":
        return `(${this.#expression(node.expression)})`;
      case "CallExpression":
        return this.#call(node);
      default:
        throw new Outside(node, EXPRESSIONS[node.type] ?? `${node.type} isn't in the small language`);
    }
  }

  #item(node: acorn.AnyNode, item: acorn.Expression | acorn.SpreadElement | null): string {
    if (item === null) throw new Outside(node, "an array with holes");
    return this.#expression(item);
  }

  #template(node: acorn.TemplateLiteral): string {
    const parts = node.quasis.flatMap(({ value }, at) => {
      const expression = node.expressions[at];
      const text = text_(node, value.cooked ?? "");
      return expression === undefined ? [text] : [text, this.#expression(expression)];
    });
    return `$.joined([${parts.join(", ")}])`;
  }

  #name(node: acorn.Identifier): string {
    if (this.#isOwn(node.name)) return this.#binding(node);
    if (CONSTANTS.has(node.name)) return node.name === "undefined" ? "(void 0)" : node.name;
    if (CONTRACT_VALUES.has(node.name)) return `$.${node.name}`;
    throw new Outside(
      node,
      CONTRACT_FUNCTIONS.has(node.name) ? `${node.name} as a value` : "a name that it doesn't know",
    );
  }

  #unary(node: acorn.UnaryExpression): string {
    const argument = this.#expression(node.argument);
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
    const [left, right] = [this.#expression(node.left), this.#expression(node.right)];
    const name = BINARY[node.operator];
    if (name !== undefined) return `$.${name}(${left}, ${right})`;
    const againstNull = this.#isNullish(node.left) || this.#isNullish(node.right);
    if ((node.operator === "==" || node.operator === "!=") && againstNull) return `(${left} ${node.operator} ${right})`;
    throw new Outside(node, `the operator ${node.operator}`);
  }

  #assignment(node: acorn.AssignmentExpression): string {
    const name = this.#target(node.left);
    const value = this.#expression(node.right);
    if (node.operator === "=") return `(${name} = ${value})`;
    const operation = BINARY[node.operator.slice(0, -1)];
    if (operation === undefined || !/^[-+*/%]=$/.test(node.operator))
      throw new Outside(node, `the operator ${node.operator}`);
    return `(${name} = $.${operation}(${name}, ${value}))`;
  }

  /** Only own names are assigned to: nothing that a filter is given can be changed by it. */
  #target(node: acorn.AnyNode): string {
    if (node.type !== "Identifier") throw new Outside(node, "an assignment to a part of something");
    if (!this.#isOwn(node.name)) throw new Outside(node, "an assignment to a name that isn't the filter's own");
    return this.#binding(node);
  }

  #object(node: acorn.ObjectExpression): string {
    const fields = node.properties.map((property) => {
      if (property.type !== "Property" || property.kind !== "init" || property.method) {
        throw new Outside(property, "an object with more than plain fields");
      }
      const name = fieldName(property);
      const answers = name === "match" || name === "facts";
      if (name === undefined || !(answers || isOwnName(name))) throw new Outside(property, "a field of such a name");
      return `${JSON.stringify(name)}: ${this.#expression(property.value)}`;
    });
    return `$.made({${fields.join(", ")}}, ${fields.length})`;
  }

  #member(node: acorn.MemberExpression): string {
    const { object, property } = node;
    if (object.type === "Super" || property.type === "PrivateIdentifier") throw new Outside(node, "a class");
    if (object.type === "Identifier" && !this.#isOwn(object.name) && object.name === "Math" && !node.computed) {
      throw new Outside(node, "Math as a value");
    }
    const name = node.computed ? (isText(property) ? property.value : undefined) : (property as acorn.Identifier).name;
    const dot = node.optional ? "?." : ".";
    if (name !== undefined && this.#isReadable(name)) {
      return `${this.#expression(object)}${dot}${name}`;
    }
    if (!node.computed) throw new Outside(property, `the property ${shown(name)}`);
    if (node.optional) throw new Outside(node, "?.[…]");
    return `$.item(${this.#expression(object)}, ${this.#expression(property)})`;
  }

  #call(node: acorn.CallExpression): string {
    const { callee } = node;
    if (node.optional) throw new Outside(node, "?.(…)");
    if (callee.type === "Identifier" && !this.#isOwn(callee.name)) return this.#function(node, callee.name);
    if (callee.type !== "MemberExpression" || callee.computed) throw new Outside(node, "a function of its own");
    const { object, property } = callee;
    if (object.type === "Super" || property.type !== "Identifier") throw new Outside(node, "a class");
    if (object.type === "Identifier" && !this.#isOwn(object.name)) {
      const known = this.#ofGlobal(node, object.name, property.name);
      if (known !== undefined) return known;
    }
    if (!METHODS.has(property.name)) throw new Outside(node, `the method ${shown(property.name)}`);
    const on = this.#expression(object);
    const given = node.arguments.map((one, at) =>
      at === 0 && CALLING.has(property.name) ? this.#callback(one) : this.#expression(one),
    );
    const call = (subject: string): string => `$.${property.name}_(${[subject, ...given].join(", ")})`;
    return callee.optional ? `$.maybe(${on}, ($on) => ${call("$on")})` : call(on);
  }

  /** A call of the contract's functions, or of the few of the language that stand alone. */
  #function(node: acorn.CallExpression, name: string): string {
    const given = (): string => node.arguments.map((one) => this.#expression(one)).join(", ");
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
          ? `...$.numbers(${this.#expression(one.argument)})`
          : `$.number(${this.#expression(one)})`,
      );
      return `Math.${name}(${given.join(", ")})`;
    }
    const given = node.arguments.map((one) => this.#expression(one)).join(", ");
    if (object === "Number" && /^is(Finite|Integer|NaN)$/.test(name)) return `Number.${name}(${given})`;
    if (object === "Array" && name === "isArray") return `Array.isArray(${given})`;
    return undefined;
  }

  #callback(node: acorn.AnyNode): string {
    if (node.type !== "ArrowFunctionExpression") throw new Outside(node, "a function that isn't an arrow");
    const names = node.params.map((one) => this.#binding(one));
    const own = node.params.map((one) => (one as acorn.Identifier).name);
    const outer = this.#loops;
    this.#loops = 0;
    const text = this.#inScope(own, () => {
      if (node.body.type !== "BlockStatement") return `($.step(), ${this.#expression(node.body)})`;
      const { body } = node.body;
      return `{$.step();${this.#inScope([...declared(body), ...hoisted(body)], () => this.#statements(body))}}`;
    });
    this.#loops = outer;
    return `(${names.join(", ")}) => ${text}`;
  }
}

const STATEMENTS: Readonly<Record<string, string>> = {
  FunctionDeclaration: "a function of its own",
  ClassDeclaration: "a class",
  TryStatement: "try",
  ThrowStatement: "throw",
  SwitchStatement: "switch",
  ForInStatement: "for … in",
  LabeledStatement: "a label",
};

const EXPRESSIONS: Readonly<Record<string, string>> = {
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

/** The names that statements declare in their own block. */
function declared(statements: readonly acorn.AnyNode[]): string[] {
  return statements.flatMap((one) => (one.type === "VariableDeclaration" && one.kind !== "var" ? namesOf(one) : []));
}

/** The names that `var` declares, in whatever block of the function. */
function hoisted(statements: readonly acorn.AnyNode[]): string[] {
  const names: string[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    if (Array.isArray(node)) {
      for (const one of node) visit(one);
      return;
    }
    const one = node as acorn.AnyNode;
    if (/Function|Class/.test(one.type ?? "")) return;
    if (one.type === "VariableDeclaration" && one.kind === "var") names.push(...namesOf(one));
    for (const child of Object.values(one)) visit(child);
  };
  visit(statements);
  return names;
}

function namesOf(node: acorn.VariableDeclaration): string[] {
  return node.declarations.flatMap(({ id }) => {
    if (id.type === "Identifier") return [id.name];
    if (id.type !== "ObjectPattern") return [];
    return id.properties.flatMap((one) =>
      one.type === "Property" && one.value.type === "Identifier" ? [one.value.name] : [],
    );
  });
}

function fieldName(property: Pick<acorn.Property, "computed" | "key">): string | undefined {
  if (property.computed) return undefined;
  if (property.key.type === "Identifier") return property.key.name;
  return isText(property.key) ? property.key.value : undefined;
}

function isText(node: acorn.AnyNode): node is acorn.Literal & { value: string } {
  return node.type === "Literal" && typeof node.value === "string";
}

/** The longest text that a compiled filter may hold in one place. */
const MAX_TEXT = 1_000;

function text_(node: acorn.AnyNode, value: string): string {
  if (value.length > MAX_TEXT) throw new Outside(node, `a text of more than ${MAX_TEXT} characters`);
  return JSON.stringify(value).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}

function literal(node: acorn.Literal): string {
  const { value } = node;
  if (value === null && node.raw === "null") return "null";
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") return value === Number.POSITIVE_INFINITY ? "Infinity" : `${value}`;
  if (typeof value === "string") return text_(node, value);
  throw new Outside(node, "a regular expression");
}

function shown(name: string | undefined): string {
  return name === undefined ? "…" : name.slice(0, 40);
}
