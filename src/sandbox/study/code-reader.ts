import type { AnyNode, CallExpression, Function as FunctionNode, MemberExpression, Pattern, Program } from "acorn";
import { HELPERS } from "../../strategy/mod.ts";
import { CONTRACT_FUNCTIONS } from "../contract-names.ts";
import { contractCall, type Given } from "./calls.ts";
import type { Findings } from "./findings.ts";
import { memberOf, methodsOf } from "./members.ts";
import { childrenOf, declaredIn, hoistedIn, namesOf, Scopes } from "./scopes.ts";
import { STEPS_PER_LETTER, STEPS_PER_NODE } from "./steps.ts";
import { didYouMean } from "./suggestion.ts";
import { Uses } from "./uses.ts";
import { kindInWords, NUMBER, TEXT, UNKNOWN, type Value } from "./value.ts";

/** Names of the language that filters have. */
const LANGUAGE: ReadonlySet<string> = new Set(
  (
    "Object Array String Number Boolean Symbol Math JSON Map Set RegExp Error EvalError RangeError ReferenceError SyntaxError TypeError " +
    "URIError parseInt parseFloat isNaN isFinite NaN Infinity undefined arguments"
  ).split(" "),
);

const CONTRACT_VALUES: Readonly<Record<string, Value>> = {
  symbol: TEXT,
  closeTime: NUMBER,
  ticker: { kind: "ticker" },
  helpers: { kind: "helpers" },
  timeframes: { kind: "timeframes" },
};

/** What a filter uses instead of names that JavaScript has elsewhere. */
const INSTEAD: Readonly<Record<string, string>> = {
  Date: "use closeTime, in Unix milliseconds",
  console: "use facts to show a value: return {match, facts: {value}}",
  fetch: "a filter reads candles and the ticker, and nothing else",
  require: "a filter can't import anything",
  setTimeout: "a filter can't wait for anything",
  Promise: "a filter can't wait for anything",
};

/** What the answer of a filter may have. */
const ANSWER_MEMBERS: readonly string[] = ["match", "facts"];

/** Operators that make a number of what they are given, or compare by it. */
const NUMERIC = new Set(["<", "<=", ">", ">=", "+", "-", "*", "/", "%", "**", "&", "|", "^", "<<", ">>", ">>>"]);
const EQUALITY = new Set(["==", "!=", "===", "!=="]);

/** Functions of the language that read numbers. */
const READ_NUMBERS: ReadonlySet<string> = new Set(["Number", "isNaN", "isFinite", "parseFloat", "parseInt"]);

/** Reads a filter's code from top to bottom, with what is known of each value. */
export class CodeReader {
  readonly #findings: Findings;
  readonly #program: Program;
  readonly #scopes: Scopes;
  /** How many functions of the filter's own are around what is read. */
  #functions = 0;
  readonly #uses: Uses;

  /** `text`: what was parsed. */
  constructor(findings: Findings, text: string, program: Program) {
    this.#findings = findings;
    this.#uses = new Uses(text, program);
    this.#program = program;
    this.#scopes = new Scopes(program);
  }

  read(): void {
    const { body } = this.#program;
    this.#scopes.within([...declaredIn(body), ...hoistedIn(body)], () => this.#statements(body));
  }

  #statements(nodes: readonly AnyNode[]): void {
    for (const node of nodes) this.#statement(node);
  }

  #statement(node: AnyNode): void {
    this.#findings.steps.take(STEPS_PER_NODE, node);
    switch (node.type) {
      case "VariableDeclaration":
        for (const { id, init } of node.declarations) {
          const value = init ? this.#initial(id, init) : UNKNOWN;
          if (init && id.type === "ArrayPattern") this.#iterated(init, value);
          this.#declare(id, value);
        }
        return;
      case "ReturnStatement":
        if (node.argument) this.#answer(node.argument);
        return;
      case "BlockStatement":
      case "StaticBlock":
        this.#scopes.within(declaredIn(node.body), () => this.#statements(node.body));
        return;
      case "IfStatement":
        this.#condition(node.test);
        this.#statement(node.consequent);
        if (node.alternate) this.#statement(node.alternate);
        return;
      case "WhileStatement":
      case "DoWhileStatement":
        this.#condition(node.test);
        this.#statement(node.body);
        return;
      case "ForStatement":
        this.#scopes.within(node.init ? declaredIn([node.init]) : [], () => {
          if (node.init) this.#statement(node.init);
          if (node.test) this.#condition(node.test);
          if (node.update) this.#value(node.update);
          this.#statement(node.body);
        });
        return;
      case "ForOfStatement":
      case "ForInStatement":
        this.#forEach(node.left, node.right, node.body, node.type === "ForOfStatement");
        return;
      case "SwitchStatement":
        this.#value(node.discriminant);
        this.#scopes.within(declaredIn(node.cases.flatMap(({ consequent }) => consequent)), () => {
          for (const { test, consequent } of node.cases) {
            if (test) this.#value(test);
            this.#statements(consequent);
          }
        });
        return;
      case "TryStatement":
        this.#findings.guarded(Boolean(node.handler), () => this.#statement(node.block));
        if (node.handler) {
          const { param, body } = node.handler;
          this.#scopes.within(param ? namesOf(param) : [], () => this.#statement(body));
        }
        if (node.finalizer) this.#statement(node.finalizer);
        return;
      case "LabeledStatement":
        this.#statement(node.body);
        return;
      case "BreakStatement":
      case "ContinueStatement":
      case "EmptyStatement":
        return;
      case "ExpressionStatement":
        this.#value(node.expression);
        return;
      case "ThrowStatement":
        this.#value(node.argument);
        return;
      default:
        // Declarations of functions and classes, and expressions in the head of a loop.
        this.#value(node);
    }
  }

  #forEach(left: AnyNode, right: AnyNode, body: AnyNode, isOf: boolean): void {
    const items = this.#value(right);
    if (isOf) this.#iterated(right, items);
    this.#scopes.within(declaredIn([left]), () => {
      if (left.type !== "VariableDeclaration") this.#assigned(left);
      else if (isOf && items.kind === "rows") {
        for (const { id } of left.declarations) this.#declare(id, { kind: "row" });
      }
      this.#statement(body);
    });
  }

  /** A value whose items are taken one after another: a column and candles have none to take. */
  #iterated(node: AnyNode, value: Value): void {
    if (value.kind !== "column" && value.kind !== "candles") return;
    const shown = this.#findings.shown(node);
    const use =
      value.kind === "column" ? `${shown}.slice()` : `${shown}.row(i), or a column such as ${shown}.close.slice()`;
    const are = value.kind === "column" ? "is a column, which isn't" : "are candles, which aren't";
    this.#findings.guarded(this.#uses.mayBeArray(node), () =>
      this.#findings.faultUnlessGuarded(node, `${shown} ${are} iterable: use ${use}`),
    );
  }

  /** What the filter itself, or one of its functions, gives back. */
  #answer(node: AnyNode): void {
    if (node.type === "ParenthesizedExpression") {
      this.#answer(node.expression);
      return;
    }
    if (node.type === "LogicalExpression") {
      if (node.operator === "&&") this.#condition(node.left, false);
      else this.#noAnswer(node.left, this.#value(node.left), ["column", "outputs", "candles"]);
      this.#answer(node.right);
      return;
    }
    if (node.type === "ObjectExpression" && this.#functions === 0) this.#answerMembers(node);
    this.#noAnswer(node, this.#value(node));
  }

  /** Notes what an answer has besides `match` and `facts`: nobody would ever see it. */
  #answerMembers(node: AnyNode & { type: "ObjectExpression" }): void {
    for (const property of node.properties) {
      if (property.type === "SpreadElement" || property.computed) continue;
      const key = keyOf(property.key);
      if (key.kind !== "text" || key.value === undefined || ANSWER_MEMBERS.includes(key.value)) continue;
      const hint = didYouMean(key.value, ANSWER_MEMBERS) || ": expected {match, facts}";
      this.#findings.faultUnlessGuarded(property, `the result has an unknown member ${key.value.slice(0, 40)}${hint}`);
    }
  }

  /** Notes what is no answer of a filter. `kinds`: which values are meant; all unless given. */
  #noAnswer(node: AnyNode, value: Value, kinds?: readonly Value["kind"][]): void {
    if (this.#functions > 0 || kinds?.includes(value.kind) === false) return;
    const wrong = kindInWords(value);
    if (wrong !== undefined) {
      this.#findings.fault(node, `the filter gives back ${wrong}: expected true or false${this.#last(node, value)}`);
    }
  }

  /**
   * A value that decides something. Filters also check so whether a value is there, which is needless and does no harm. Certain mistakes
   * are an indicator's call that is the whole condition, and a crossing that is any part of one, unless the code also uses it as a column.
   */
  #condition(node: AnyNode, isWhole: boolean = true): void {
    if (node.type === "ParenthesizedExpression") {
      this.#condition(node.expression, isWhole);
      return;
    }
    if (node.type === "LogicalExpression" && node.operator !== "??") {
      this.#condition(node.left, false);
      this.#condition(node.right, false);
      return;
    }
    const value = this.#value(node);
    if (value.kind !== "column" && value.kind !== "outputs") return;
    const isCrossing = value.kind === "column" && value.isCrossing === true;
    const isMistake = isCrossing || (isWhole && node.type === "CallExpression");
    if (!isMistake || this.#uses.isUsed(node)) return;
    const what = `${this.#findings.shown(node)} is ${kindInWords(value)}, which is always true`;
    this.#findings.fault(node, `${what}${this.#last(node, value)}`);
  }

  /** What a name is declared with. It may be missing where the filter checks the name. */
  #initial(id: Pattern, init: AnyNode): Value {
    const object = init.type === "MemberExpression" && init.object.type === "Identifier" ? init.object.name : "";
    const isOptional = this.#isContract(object, "timeframes") || this.#isContract(object, "helpers");
    const isGuarded = isOptional ? this.#uses.isChecked(id) : this.#uses.isDefaulted(id);
    return this.#findings.guarded(id.type === "Identifier" && init.type === "MemberExpression" && isGuarded, () =>
      this.#value(init),
    );
  }

  #last(node: AnyNode, value: Value): string {
    return value.kind === "column" ? `: did you mean ${this.#findings.shown(node)}.at(-1)?` : "";
  }

  #value(node: AnyNode): Value {
    this.#findings.steps.take(STEPS_PER_NODE, node);
    switch (node.type) {
      case "Literal":
        if (typeof node.value === "number") return { kind: "number", value: node.value };
        return typeof node.value === "string" ? { kind: "text", value: node.value } : UNKNOWN;
      case "TemplateLiteral":
        for (const part of node.expressions) this.#value(part);
        return node.expressions.length === 0 ? { kind: "text", value: node.quasis[0]?.value.cooked ?? "" } : TEXT;
      case "Identifier":
        return this.#name(node);
      case "ParenthesizedExpression":
      case "ChainExpression":
        return this.#value(node.expression);
      case "UnaryExpression":
        return this.#unary(node.operator, node.argument);
      case "BinaryExpression":
        return this.#binary(node);
      case "LogicalExpression":
        return this.#logical(node);
      case "ConditionalExpression": {
        this.#condition(node.test);
        const [one, other] = [this.#value(node.consequent), this.#value(node.alternate)];
        return one.kind === other.kind && one.kind === "column" ? { kind: "column" } : UNKNOWN;
      }
      case "AssignmentExpression": {
        const value = this.#value(node.right);
        this.#assigned(node.left);
        if (node.operator !== "=" && NUMERIC.has(node.operator.slice(0, -1))) this.#numeric(node.right, value);
        return value;
      }
      case "UpdateExpression":
        this.#assigned(node.argument);
        return NUMBER;
      case "MemberExpression":
        return this.#member(node);
      case "CallExpression":
        return this.#call(node);
      case "NewExpression":
        this.#value(node.callee);
        for (const one of node.arguments) this.#value(one);
        return UNKNOWN;
      case "SpreadElement":
        this.#iterated(node.argument, this.#value(node.argument));
        return UNKNOWN;
      case "SequenceExpression": {
        let last: Value = UNKNOWN;
        for (const one of node.expressions) last = this.#value(one);
        return last;
      }
      case "ObjectExpression":
        this.#object(node);
        return UNKNOWN;
      case "ArrowFunctionExpression":
      case "FunctionExpression":
      case "FunctionDeclaration":
        // It may be called where its errors are caught.
        this.#findings.guarded(this.#uses.hasCatch, () => this.#function(node));
        return UNKNOWN;
      case "ClassDeclaration":
      case "ClassExpression":
        this.#scopes.within(node.id ? [node.id.name] : [], () => {
          if (node.superClass) this.#value(node.superClass);
          for (const member of node.body.body) this.#classMember(member);
        });
        return UNKNOWN;
      case "PrivateIdentifier":
      case "Super":
      case "ThisExpression":
      case "MetaProperty":
      case "TemplateElement":
        return UNKNOWN;
      default:
        for (const child of childrenOf(node)) this.#value(child);
        return UNKNOWN;
    }
  }

  #classMember(node: AnyNode): void {
    if (node.type === "StaticBlock") {
      this.#functions += 1;
      this.#statement(node);
      this.#functions -= 1;
    } else if (node.type === "MethodDefinition" || node.type === "PropertyDefinition") {
      if (node.computed) this.#value(node.key);
      if (node.value) this.#value(node.value);
    }
  }

  #logical({ operator, left, right }: AnyNode & { type: "LogicalExpression" }): Value {
    if (operator === "&&") this.#condition(left, false);
    else this.#value(left);
    this.#value(right);
    return UNKNOWN;
  }

  #name(node: AnyNode & { type: "Identifier" }): Value {
    const { name } = node;
    const own = this.#scopes.value(name);
    if (own !== undefined) return own;
    const contract = CONTRACT_VALUES[name];
    if (Object.hasOwn(CONTRACT_VALUES, name) && contract !== undefined) {
      // As a whole it can be looked through.
      if (contract.kind === "timeframes") this.#findings.mayReadOthers = true;
      if (contract.kind === "helpers") this.#findings.mayLookFurther = true;
      return contract;
    }
    if (CONTRACT_FUNCTIONS.has(name)) {
      // As a value it can be called with anything.
      this.#findings.mayLookFurther = true;
      if (name === "candles") this.#findings.mayReadOthers = true;
      return UNKNOWN;
    }
    if (!LANGUAGE.has(name) && !this.#uses.hasTypeof(name)) {
      this.#findings.faultUnlessGuarded(node, () => {
        const known = [...this.#scopes.names(), ...CONTRACT_FUNCTIONS, ...Object.keys(CONTRACT_VALUES), ...LANGUAGE];
        this.#findings.steps.take(STEPS_PER_LETTER * known.reduce((sum, { length }) => sum + length, 0), node);
        const instead = Object.hasOwn(INSTEAD, name) ? `: ${INSTEAD[name]}` : didYouMean(name, known);
        return `${name.slice(0, 40)} is not defined${instead}`;
      });
    }
    return name === "NaN" || name === "Infinity" ? NUMBER : UNKNOWN;
  }

  #unary(operator: string, argument: AnyNode): Value {
    if (operator === "typeof") {
      if (argument.type !== "Identifier") this.#value(argument);
      return TEXT;
    }
    if (operator === "!") {
      this.#condition(argument, false);
      return UNKNOWN;
    }
    const value = this.#value(argument);
    if (operator === "void" || operator === "delete") return UNKNOWN;
    this.#numeric(argument, value);
    if (value.kind === "number" && value.value !== undefined && operator === "-") {
      return { kind: "number", value: -value.value };
    }
    return NUMBER;
  }

  #binary(node: AnyNode & { type: "BinaryExpression" }): Value {
    const { operator } = node;
    if (node.left.type === "PrivateIdentifier") return UNKNOWN;
    const [left, right] = [this.#value(node.left), this.#value(node.right)];
    if (operator === "+" && (left.kind === "text" || right.kind === "text")) return TEXT;
    if (NUMERIC.has(operator)) {
      // With a text it may be meant as one.
      if (operator !== "+" || (left.kind !== "unknown" && right.kind !== "unknown")) {
        this.#numeric(node.left, left);
        this.#numeric(node.right, right);
      }
      return /[<>]=?$/.test(operator) && !/<<|>>/.test(operator) ? UNKNOWN : folded(operator, left, right);
    }
    if (EQUALITY.has(operator)) {
      if (isPlain(right)) this.#numeric(node.left, left);
      if (isPlain(left)) this.#numeric(node.right, right);
    }
    return UNKNOWN;
  }

  /** A value that is taken for a number. */
  #numeric(node: AnyNode, value: Value): void {
    const wrong = kindInWords(value);
    if (wrong === undefined || this.#uses.mayBeNumber(node)) return;
    const shown = this.#findings.shown(node);
    const meant =
      value.kind === "column"
        ? `: did you mean ${shown}.at(-1)?`
        : value.kind === "outputs"
          ? `: did you mean ${shown}.${value.indicator.outputs[0]}.at(-1)?`
          : value.kind === "candles"
            ? `: did you mean ${shown}.close.at(-1)?`
            : "";
    this.#findings.fault(node, `${shown} is ${wrong}, not a number${meant}`);
  }

  #member(node: MemberExpression): Value {
    const on: Value = this.#isTimeframes(node.object) ? { kind: "timeframes" } : this.#value(node.object);
    if (node.property.type === "PrivateIdentifier") return UNKNOWN;
    const key: Value = node.computed
      ? this.#value(node.property)
      : { kind: "text", value: (node.property as { name?: string }).name ?? "" };
    const isGuarded =
      this.#uses.isChecked(node) ||
      this.#uses.mayBeArray(node.object) ||
      this.#uses.testsMethod(node.object, methodsOf(on));
    return this.#findings.guarded(isGuarded, () => memberOf(this.#findings, on, node.property, key));
  }

  #isTimeframes(node: AnyNode): boolean {
    return node.type === "Identifier" && this.#isContract(node.name, "timeframes");
  }

  #isContract(name: string, wanted: string): boolean {
    return name === wanted && this.#scopes.value(name) === undefined;
  }

  #call(node: CallExpression): Value {
    const { callee } = node;
    const name = this.#contractName(callee);
    if (name === undefined) {
      const called = callee.type === "Super" ? UNKNOWN : this.#value(callee);
      const given = this.#given(node);
      if (this.#readsNumbers(callee)) for (const one of given) this.#numeric(one.node, one.value);
      if (called.kind !== "method") return UNKNOWN;
      const index = given[0]?.value;
      if (called.indexes !== undefined && index?.kind === "number" && !this.#uses.isDefaulted(node)) {
        if (!this.#uses.isChecked(node)) this.#findings.lookBack(node, called.indexes, -(index.value ?? 0));
      }
      return called.returns;
    }
    return contractCall(this.#findings, node, name, this.#given(node));
  }

  #given(node: CallExpression): Given[] {
    return node.arguments.map((one) => ({ node: one, value: this.#value(one) }));
  }

  /** The name of a function of the contract that is called; undefined for any other. */
  #contractName(callee: AnyNode): string | undefined {
    if (callee.type === "Identifier") {
      const own = this.#scopes.value(callee.name);
      if (own !== undefined) return own.kind === "helper" ? own.name : undefined;
      return CONTRACT_FUNCTIONS.has(callee.name) ? callee.name : undefined;
    }
    if (callee.type !== "MemberExpression" || callee.computed || callee.property.type !== "Identifier")
      return undefined;
    const { object, property } = callee;
    if (object.type !== "Identifier") return undefined;
    const isHelpers = this.#isContract(object.name, "helpers") || this.#scopes.value(object.name)?.kind === "helpers";
    return isHelpers && HELPERS.some(({ name }) => name === property.name) ? property.name : undefined;
  }

  /** Whether a function of the language reads its arguments as numbers. */
  #readsNumbers(callee: AnyNode): boolean {
    if (callee.type === "Identifier") {
      return READ_NUMBERS.has(callee.name) && this.#scopes.value(callee.name) === undefined;
    }
    return (
      callee.type === "MemberExpression" &&
      callee.object.type === "Identifier" &&
      this.#isContract(callee.object.name, "Math")
    );
  }

  #object(node: AnyNode & { type: "ObjectExpression" }): void {
    for (const property of node.properties) {
      if (property.type === "SpreadElement") {
        this.#value(property.argument);
        continue;
      }
      if (property.computed) this.#value(property.key);
      const isMatch = property.key.type === "Identifier" && property.key.name === "match" && !property.computed;
      if (isMatch && this.#functions === 0) this.#condition(property.value);
      else this.#value(property.value);
    }
  }

  #function(node: FunctionNode): void {
    const own = node.id && node.type === "FunctionExpression" ? [node.id.name] : [];
    this.#functions += 1;
    this.#scopes.within([...own, ...node.params.flatMap((one) => namesOf(one))], () => {
      for (const one of node.params) this.#defaults(one);
      if (node.body.type !== "BlockStatement") {
        this.#value(node.body);
        return;
      }
      const { body } = node.body;
      this.#scopes.within([...declaredIn(body), ...hoistedIn(body)], () => this.#statements(body));
    });
    this.#functions -= 1;
  }

  /** Gives the names of a pattern their values, as far as they are known. */
  #declare(pattern: Pattern, value: Value): void {
    if (pattern.type === "Identifier") {
      this.#scopes.set(pattern.name, value);
      return;
    }
    if (pattern.type === "ObjectPattern") {
      for (const property of pattern.properties) {
        if (property.type === "RestElement") continue;
        const key: Value = property.computed ? this.#value(property.key) : keyOf(property.key);
        const local = property.value;
        const isOptional = value.kind === "timeframes" || value.kind === "helpers";
        const isGuarded =
          local.type === "AssignmentPattern" ||
          (isOptional ? this.#uses.isChecked(local) : this.#uses.isDefaulted(local));
        const part = this.#findings.guarded(isGuarded, () => memberOf(this.#findings, value, property.key, key));
        if (property.value.type === "Identifier") this.#scopes.set(property.value.name, part);
        else this.#defaults(property.value);
      }
      return;
    }
    this.#defaults(pattern);
  }

  /** Reads the expressions that stand in a pattern. */
  #defaults(pattern: Pattern): void {
    switch (pattern.type) {
      case "AssignmentPattern":
        this.#defaults(pattern.left);
        this.#value(pattern.right);
        return;
      case "ObjectPattern":
        for (const one of pattern.properties) {
          if (one.type === "Property" && one.computed) this.#value(one.key);
          this.#defaults(one.type === "Property" ? one.value : one.argument);
        }
        return;
      case "ArrayPattern":
        for (const one of pattern.elements) if (one !== null) this.#defaults(one);
        return;
      case "RestElement":
        this.#defaults(pattern.argument);
        return;
      case "MemberExpression":
        this.#value(pattern);
        return;
      default:
        return;
    }
  }

  /** What something is assigned to. */
  #assigned(target: AnyNode): void {
    if (target.type === "Identifier") {
      this.#name(target);
      return;
    }
    for (const name of namesOf(target)) {
      if (this.#scopes.value(name) === undefined) this.#name({ ...target, type: "Identifier", name } as never);
    }
    this.#defaults(target as Pattern);
  }
}

function keyOf(node: AnyNode): Value {
  if (node.type === "Identifier") return { kind: "text", value: node.name };
  return node.type === "Literal" ? { kind: "text", value: String(node.value) } : UNKNOWN;
}

/** Whether a value is surely a number or a text. */
function isPlain({ kind }: Value): boolean {
  return kind === "number" || kind === "text";
}

/** Arithmetic with numbers that are written out. */
function folded(operator: string, left: Value, right: Value): Value {
  if (left.kind !== "number" || right.kind !== "number") return operator === "+" ? UNKNOWN : NUMBER;
  const [a, b] = [left.value, right.value];
  if (a === undefined || b === undefined) return NUMBER;
  const results: Readonly<Record<string, number>> = { "+": a + b, "-": a - b, "*": a * b, "/": a / b, "%": a % b };
  const value = results[operator];
  return value === undefined ? NUMBER : { kind: "number", value };
}
