import type { AnyNode, BinaryExpression, Node } from "acorn";
import { FilterCodeFault } from "../strategy/mod.ts";
import { Insertions, type InstrumentedText } from "./insertions.ts";
import { type ParsedFilter, placeOf, STRICT_CODE } from "./parse.ts";
import { MAX_TEXT_LENGTH } from "./texts.ts";
import { isShortNumber, isSurelyNumber, weightOf } from "./weights.ts";

/** The names under which instrumented code finds what it calls; filters may not have them. */
export const GUARDS = {
  look: "$look$",
  spread: "$spread$",
  key: "$key$",
  tooLong: "$tooLong$",
  text: "$text$",
} as const;

const GUARD_NAMES: ReadonlySet<string> = new Set(Object.values(GUARDS));

/** Units of work between two looks in a straight line. */
const UNITS_A_LOOK = 250;

/** After a catch a look is a look at the clock: thus what stops a filter can't be caught. */
const LOOK_NOW = `${GUARDS.look}(1e9);`;

/** What going through a whole object or list costs in units, beside what bounds its size. */
const UNITS_A_LIST = 50;

/** Longest sum that is looked at as a whole. */
const MAX_TERMS = 8;

/**
 * What becomes of a value: it is kept or handed on, or goes into an operator that makes a number or a yes or no of it, or nobody has it.
 */
type Use = "stored" | "read" | "dropped";

/** A stretch of code that one look stands for: what it costs in units, whichever way it goes. */
interface Stretch {
  units: number;
}

/**
 * Puts looks into a filter's code, each of which tells what the code up to the next one costs: at each turn of a loop, each call
 * of its functions, each catch, and every so often in a straight line. What could make a text too long, or goes through a
 * whole array or object in one go, is put in the hands of functions that bound it. The machine itself looks at the time only each ten thousand loops or calls.
 */
export function instrument({ code, program }: ParsedFilter): InstrumentedText {
  return new Instrumentation(code).of(program);
}

class Instrumentation {
  readonly #code: string;
  readonly #insertions: Insertions = new Insertions();
  #stretch: Stretch = { units: 0 };
  /** Looks so far: a branch that has one in it ends the stretch before it. */
  #looks = 0;

  constructor(code: string) {
    this.#code = code;
  }

  of(program: Node): InstrumentedText {
    this.#visit(program as AnyNode, "read");
    return this.#insertions.apply(this.#code);
  }

  #visit(node: AnyNode, use: Use): void {
    this.#stretch.units += weightOf(node);
    switch (node.type) {
      case "Identifier":
        if (GUARD_NAMES.has(node.name)) throw new FilterCodeFault(`the name ${node.name} is taken`, placeOf(node));
        return;
      case "Program":
      case "BlockStatement":
        this.#statements(node.body);
        return;
      case "StaticBlock":
        this.#own(() => {
          this.#look(node.start + this.#text(node.start).indexOf("{") + 1, "", ";");
          this.#statements(node.body);
        });
        return;
      case "ExpressionStatement":
        this.#visit(node.expression, "dropped");
        return;
      case "IfStatement":
        this.#visit(node.test, "read");
        this.#branches([node.consequent, ...(node.alternate ? [node.alternate] : [])]);
        return;
      case "ForStatement":
        this.#loop(node.body, () => {
          if (node.init) this.#visit(node.init, "dropped");
          if (node.test) this.#visit(node.test, "read");
          if (node.update) this.#visit(node.update, "dropped");
        });
        return;
      case "ForInStatement":
      case "ForOfStatement":
        this.#loop(node.body, () => {
          this.#stretch.units += UNITS_A_LIST;
          this.#visit(node.left, "read");
          this.#visit(node.right, "stored");
        });
        return;
      case "WhileStatement":
      case "DoWhileStatement":
        this.#loop(node.body, () => this.#visit(node.test, "read"));
        return;
      case "LabeledStatement":
        this.#jumped(() => this.#visit(node.body, "read"));
        return;
      case "SwitchStatement":
        this.#visit(node.discriminant, "stored");
        this.#jumped(() => {
          for (const one of node.cases) {
            this.#stretch.units += weightOf(one);
            if (one.test) this.#value(one.test, "stored");
          }
          for (const { consequent } of node.cases) this.#branches([consequent]);
        });
        return;
      case "TryStatement":
        this.#jumped(() => {
          this.#visit(node.block, "read");
          if (node.handler) this.#visit(node.handler, "read");
          // From wherever in the block it is gone on with it, without the looks that come after that.
          this.#stretch = ended();
          if (node.finalizer) this.#visit(node.finalizer, "read");
        });
        return;
      case "CatchClause":
        if (node.param) this.#visit(node.param, "stored");
        this.#put(node.body.start + 1, () => LOOK_NOW);
        this.#visit(node.body, "read");
        return;
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        this.#function(node);
        return;
      case "PropertyDefinition":
        if (node.computed) this.#key(node.key);
        if (node.value) this.#own(() => this.#field(node.value as AnyNode, node.static));
        return;
      case "ObjectPattern":
        for (const one of node.properties) {
          this.#stretch.units += weightOf(one);
          if (one.type !== "Property") this.#visit(one, "stored");
          else {
            if (one.computed) this.#value(one.key, "read");
            this.#visit(one.value, "stored");
          }
        }
        return;
      case "MethodDefinition":
        if (node.computed) this.#key(node.key);
        this.#visit(node.value, "stored");
        return;
      case "Property":
        if (node.computed && /Function|Class/.test(node.value.type)) this.#key(node.key);
        else if (node.computed) this.#value(node.key, "read");
        if (node.shorthand) this.#visit(node.value, "stored");
        else this.#value(node.value, "stored");
        return;
      case "LogicalExpression":
        this.#visit(node.left, use === "dropped" ? "read" : use);
        this.#branches([node.right], use === "dropped" ? "read" : use);
        return;
      case "ConditionalExpression":
        this.#visit(node.test, "read");
        this.#branches([node.consequent, node.alternate], use === "dropped" ? "read" : use);
        return;
      case "BinaryExpression":
        if (node.operator === "+" && use === "stored") this.#sum(node);
        else {
          if (node.left.type !== "PrivateIdentifier") this.#visit(node.left, "read");
          this.#value(node.right, "read");
        }
        return;
      case "UnaryExpression":
        this.#visit(node.argument, "read");
        return;
      case "AssignmentExpression":
        this.#assignment(node, use);
        return;
      case "SequenceExpression":
        for (const [at, one] of node.expressions.entries()) {
          if (at === 0) this.#visit(one, "dropped");
          else this.#value(one, at === node.expressions.length - 1 ? use : "dropped");
        }
        return;
      case "MemberExpression":
        this.#visit(node.object as AnyNode, "read");
        if (node.computed) this.#value(node.property as AnyNode, "read");
        return;
      case "CallExpression":
      case "NewExpression":
        this.#visit(node.callee as AnyNode, "stored");
        for (const one of node.arguments) this.#value(one, "stored");
        return;
      case "ArrayExpression":
        for (const one of node.elements) if (one !== null) this.#value(one, "stored");
        return;
      case "TemplateLiteral":
        for (const one of node.expressions) this.#value(one, "read");
        return;
      case "SpreadElement":
        this.#stretch.units += 10;
        this.#put(node.argument.start, () => `${GUARDS.spread}(`);
        this.#visit(node.argument, "stored");
        this.#insertions.close(this.#at(node.argument.end), ")");
        return;
      case "VariableDeclarator":
        this.#visit(node.id, "stored");
        if (node.init) this.#value(node.init, "stored");
        return;
      case "AssignmentPattern":
        this.#visit(node.left, "stored");
        this.#branches([node.right], "stored");
        return;
      case "ReturnStatement":
      case "ThrowStatement":
        if (node.argument) this.#value(node.argument, "stored");
        return;
      default:
        for (const value of Object.values(node)) {
          for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) this.#visit(child, "stored");
        }
    }
  }

  /** A value that a look may stand in front of, in parentheses: not where a statement begins, which could go on the one before. */
  #value(node: AnyNode, use: Use): void {
    const isNamed = /Function|Class|SpreadElement/.test(node.type);
    if (isNamed || this.#stretch.units < UNITS_A_LOOK) {
      this.#visit(node, use);
      return;
    }
    this.#look(node.start, "(", ", ");
    this.#visit(node, use);
    this.#insertions.close(this.#at(node.end), ")");
  }

  #statements(statements: readonly AnyNode[]): void {
    for (const one of statements) {
      const isDirective = one.type === "ExpressionStatement" && one.directive !== undefined;
      if (!isDirective && this.#stretch.units >= UNITS_A_LOOK) this.#look(one.start, "", ";");
      this.#visit(one, "read");
    }
  }

  /** Parts of which each may be left out. */
  #branches(parts: readonly (AnyNode | readonly AnyNode[])[], use: Use = "read"): void {
    const [stretch, looks] = [this.#stretch, this.#looks];
    let hasLooked = false;
    for (const part of parts) {
      this.#stretch = stretch;
      if (isNode(part)) {
        if (/Statement|Declaration/.test(part.type)) this.#visit(part, "read");
        else this.#value(part, use);
      } else this.#statements(part);
      hasLooked ||= this.#looks > looks;
    }
    this.#stretch = hasLooked ? ended() : stretch;
  }

  /** Code out of whose middle it may be gone on behind it. */
  #jumped(visit: () => void): void {
    const looks = this.#looks;
    const stretch = this.#stretch;
    visit();
    this.#stretch = this.#looks > looks ? ended() : stretch;
  }

  #loop(body: AnyNode, visitHead: () => void): void {
    const outer = this.#stretch;
    const turn: Stretch = { units: 1 };
    this.#stretch = turn;
    visitHead();
    outer.units += turn.units;
    this.#stretch = turn;
    if (body.type === "BlockStatement") {
      this.#lookFor(turn, body.start + 1, "", ";");
      this.#visit(body, "read");
    } else {
      this.#lookFor(turn, body.start, "{", ";");
      this.#visit(body, "read");
      this.#insertions.close(this.#at(body.end), "}");
    }
    this.#stretch = ended();
  }

  #function({ params, body }: { readonly params: readonly AnyNode[]; readonly body: AnyNode }): void {
    this.#own(() => {
      const call: Stretch = { units: 2 };
      this.#stretch = call;
      for (const one of params) this.#visit(one, "stored");
      this.#stretch = call;
      if (body.type === "BlockStatement") this.#lookFor(call, body.start + 1, "", ";");
      else this.#lookFor(call, body.start, "(", ", ");
      this.#visit(body, "stored");
      if (body.type !== "BlockStatement") this.#insertions.close(this.#at(body.end), ")");
    });
  }

  /** A field of a class: a function of its own, in effect. */
  #field(value: AnyNode, isStatic: boolean): void {
    if (/Function|Class/.test(value.type)) {
      this.#visit(value, "stored");
      return;
    }
    this.#look(value.start, isStatic ? `${GUARDS.key}((` : "(", ", ");
    this.#visit(value, "stored");
    this.#insertions.close(this.#at(value.end), isStatic ? "))" : ")");
  }

  /** A computed name, which functions are called by from then on, so also in stacks. */
  #key(node: AnyNode): void {
    this.#put(node.start, () => `${GUARDS.key}(`);
    this.#visit(node, "stored");
    this.#insertions.close(this.#at(node.end), ")");
  }

  /** A sum that may be a text. What it is made of is short enough, so it is only looked at as a whole. */
  #sum(node: BinaryExpression): void {
    const { left, right } = node;
    const isSafe =
      (isSurelyNumber(left) && isSurelyNumber(right)) ||
      isShortNumber(left as AnyNode) ||
      isShortNumber(right as AnyNode);
    if (!isSafe) this.#put(node.start, () => `(typeof (${GUARDS.text} = (`);
    this.#term(left as AnyNode, 1);
    this.#value(right, "read");
    if (!isSafe)
      this.#insertions.close(
        this.#at(node.end),
        `)) === "string" && ${IS_TOO_LONG} ? ${GUARDS.tooLong}() : ${GUARDS.text})`,
      );
  }

  /** The left side of a sum: after some of them a sum on its own. */
  #term(node: AnyNode, terms: number): void {
    if (node.type !== "BinaryExpression" || node.operator !== "+") {
      this.#visit(node, "read");
      return;
    }
    if (terms >= MAX_TERMS) {
      this.#visit(node, "stored");
      return;
    }
    this.#stretch.units += weightOf(node);
    this.#term(node.left as AnyNode, terms + 1);
    this.#value(node.right, "read");
  }

  #assignment(node: AnyNode & { type: "AssignmentExpression" }, use: Use): void {
    this.#visit(node.left as AnyNode, "read");
    if (node.operator === "=") {
      this.#value(node.right, "stored");
      return;
    }
    if (/^(\|\||&&|\?\?)=$/.test(node.operator)) {
      this.#branches([node.right], "stored");
      return;
    }
    const isSafe = node.operator !== "+=" || isShortNumber(node.right);
    if (!isSafe) {
      const isDropped = use === "dropped";
      // In front of a statement no parenthesis may stand, which could go on the statement before.
      this.#put(node.start, () => `${isDropped ? "" : "("}${GUARDS.text} = `);
      const looked = `, typeof ${GUARDS.text} === "string" && ${IS_TOO_LONG} && ${GUARDS.tooLong}()`;
      this.#insertions.close(this.#at(node.end), `${looked}${isDropped ? "" : `, ${GUARDS.text})`}`);
    }
    this.#value(node.right, "read");
  }

  /** Code that runs when it is called: its stretches are no part of those around it. */
  #own(visit: () => void): void {
    const outer = this.#stretch;
    const looks = this.#looks;
    visit();
    this.#stretch = outer;
    this.#looks = looks;
  }

  #look(position: number, before: string, after: string): void {
    this.#lookFor({ units: 0 }, position, before, after);
  }

  #lookFor(stretch: Stretch, position: number, before: string, after: string): void {
    this.#looks += 1;
    this.#stretch = stretch;
    this.#put(position, () => `${before}${GUARDS.look}(${stretch.units})${after}`);
  }

  #put(position: number, text: () => string): void {
    this.#insertions.open(this.#at(position), text);
  }

  #at(position: number): number {
    return position - STRICT_CODE.length;
  }

  #text(position: number): string {
    return this.#code.slice(this.#at(position), this.#at(position) + 100);
  }
}

const IS_TOO_LONG = `${GUARDS.text}.length > ${MAX_TEXT_LENGTH}`;

/** The next place where a look may stand gets one. */
function ended(): Stretch {
  return { units: UNITS_A_LOOK };
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}
