import type { AnyNode, AssignmentExpression, BinaryExpression, Node } from "acorn";
import { FilterCodeFault } from "../strategy/mod.ts";
import { GUARDS, guardAssignment, guardValue, handTo, isGuard, LOOK_NOW, watchValue } from "./guards.ts";
import { Insertions, type InstrumentedText } from "./insertions.ts";
import { type ParsedFilter, placeOf, STRICT_CODE } from "./parse.ts";
import { Stretches } from "./stretches.ts";
import type { ProbeOf } from "./trace/probes.ts";
import { isShortNumber, isSurelyNumber, weightOf } from "./weights.ts";

/** What going through a whole object or list costs in units, beside what bounds its size. */
const UNITS_A_LIST = 50;

/** What telling a value costs in units. */
const UNITS_A_PROBE = 10;

/** Longest sum that is looked at as a whole. */
const MAX_TERMS = 8;

/**
 * What becomes of a value: it is kept or handed on, or goes into an operator that makes a number or a yes or no of it, or nobody has it.
 */
type Use = "stored" | "read" | "dropped";

/**
 * Puts looks into a filter's code, each of which tells what the code up to the next one costs: at each turn of a loop, each call
 * of its functions, each catch, and every so often in a straight line. What could make a text too long, or goes through a
 * whole array or object in one go, is put in the hands of functions that bound it. The machine itself looks at the time only each ten thousand loops or calls.
 * `probeOf`: the values that are watched; none unless given.
 */
export function instrument({ code, program }: ParsedFilter, probeOf: ProbeOf = () => undefined): InstrumentedText {
  return new Instrumentation(code, probeOf).of(program);
}

class Instrumentation {
  readonly #code: string;
  readonly #probeOf: ProbeOf;
  readonly #insertions: Insertions = new Insertions();
  readonly #stretches: Stretches = new Stretches(this.#insertions);

  constructor(code: string, probeOf: ProbeOf) {
    this.#code = code;
    this.#probeOf = probeOf;
  }

  of(program: Node): InstrumentedText {
    this.#visit(program as AnyNode, "read");
    return this.#insertions.apply(this.#code);
  }

  #visit(node: AnyNode, use: Use): void {
    const probe = this.#probeOf(node);
    if (probe !== undefined) {
      this.#stretches.add(UNITS_A_PROBE);
      watchValue(this.#insertions, probe, this.#at(node.start), this.#at(node.end));
    }
    this.#stretches.add(weightOf(node));
    switch (node.type) {
      case "Identifier":
        if (isGuard(node.name)) throw new FilterCodeFault(`the name ${node.name} is taken`, placeOf(node));
        return;
      case "Program":
      case "BlockStatement":
        this.#statements(node.body);
        return;
      case "StaticBlock":
        this.#stretches.own(() => {
          this.#stretches.look(this.#code.indexOf("{", this.#at(node.start)) + 1, "", ";");
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
          this.#stretches.add(UNITS_A_LIST);
          this.#visit(node.left, "read");
          this.#visit(node.right, "stored");
        });
        return;
      case "WhileStatement":
      case "DoWhileStatement":
        this.#loop(node.body, () => this.#visit(node.test, "read"));
        return;
      case "LabeledStatement":
        this.#stretches.jumped(() => this.#visit(node.body, "read"));
        return;
      case "SwitchStatement":
        this.#visit(node.discriminant, "stored");
        this.#stretches.jumped(() => {
          for (const one of node.cases) {
            this.#stretches.add(weightOf(one));
            if (one.test) this.#value(one.test, "stored");
          }
          for (const { consequent } of node.cases) this.#stretches.branches([() => this.#statements(consequent)]);
        });
        return;
      case "TryStatement":
        this.#stretches.jumped(() => {
          this.#visit(node.block, "read");
          if (node.handler) this.#visit(node.handler, "read");
          // From wherever in the block it is gone on with it, without the looks that come after that.
          this.#stretches.end();
          if (node.finalizer) this.#visit(node.finalizer, "read");
        });
        return;
      case "CatchClause":
        if (node.param) this.#visit(node.param, "stored");
        this.#insertions.open(this.#at(node.body.start + 1), () => LOOK_NOW);
        this.#visit(node.body, "read");
        return;
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        this.#function(node);
        return;
      case "PropertyDefinition":
        if (node.computed) this.#hand(GUARDS.key, node.key);
        if (node.value) this.#stretches.own(() => this.#field(node.value as AnyNode, node.static));
        return;
      case "ObjectPattern":
        for (const one of node.properties) {
          this.#stretches.add(weightOf(one));
          if (one.type !== "Property") this.#visit(one, "stored");
          else {
            if (one.computed) this.#value(one.key, "read");
            this.#visit(one.value, "stored");
          }
        }
        return;
      case "MethodDefinition":
        if (node.computed) this.#hand(GUARDS.key, node.key);
        this.#visit(node.value, "stored");
        return;
      case "Property":
        if (node.computed && /Function|Class/.test(node.value.type)) this.#hand(GUARDS.key, node.key);
        else if (node.computed) this.#value(node.key, "read");
        if (node.shorthand) this.#visit(node.value, "stored");
        else this.#value(node.value, "stored");
        return;
      case "LogicalExpression":
        this.#visit(node.left, use === "dropped" ? "read" : use);
        this.#choices([node.right], use);
        return;
      case "ConditionalExpression":
        this.#visit(node.test, "read");
        this.#choices([node.consequent, node.alternate], use);
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
        this.#stretches.add(10);
        this.#hand(GUARDS.spread, node.argument);
        return;
      case "VariableDeclarator":
        this.#visit(node.id, "stored");
        if (node.init) this.#value(node.init, "stored");
        return;
      case "AssignmentPattern":
        this.#visit(node.left, "stored");
        this.#choices([node.right], "stored");
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
    if (!isNamed && this.#stretches.isLong) {
      this.#stretches.look(this.#at(node.start), "(", ", ");
      this.#insertions.close(this.#at(node.end), ")");
    }
    this.#visit(node, use);
  }

  /** A value that goes through a function of the machine's. */
  #hand(guard: string, node: AnyNode): void {
    handTo(this.#insertions, guard, this.#at(node.start), this.#at(node.end));
    this.#visit(node, "stored");
  }

  #statements(statements: readonly AnyNode[]): void {
    for (const one of statements) {
      const isDirective = one.type === "ExpressionStatement" && one.directive !== undefined;
      if (!isDirective && this.#stretches.isLong) this.#stretches.look(this.#at(one.start), "", ";");
      this.#visit(one, "read");
    }
  }

  /** Statements of which each may be left out. */
  #branches(parts: readonly AnyNode[]): void {
    this.#stretches.branches(parts.map((part) => () => this.#visit(part, "read")));
  }

  /** Values of which each may be left out. */
  #choices(parts: readonly AnyNode[], use: Use): void {
    this.#stretches.branches(parts.map((part) => () => this.#value(part, use === "dropped" ? "read" : use)));
  }

  #loop(body: AnyNode, visitHead: () => void): void {
    const isBlock = body.type === "BlockStatement";
    const at = this.#at(isBlock ? body.start + 1 : body.start);
    if (!isBlock) this.#insertions.close(this.#at(body.end), "}");
    this.#stretches.repeated(visitHead, at, isBlock ? "" : "{", ";", () => this.#visit(body, "read"));
  }

  #function({ params, body }: { readonly params: readonly AnyNode[]; readonly body: AnyNode }): void {
    const isBlock = body.type === "BlockStatement";
    const at = this.#at(isBlock ? body.start + 1 : body.start);
    const visitHead = (): void => {
      for (const one of params) this.#visit(one, "stored");
    };
    if (!isBlock) this.#insertions.close(this.#at(body.end), ")");
    this.#stretches.own(() => {
      this.#stretches.called(visitHead, at, isBlock ? "" : "(", isBlock ? ";" : ", ", () => {
        this.#visit(body, "stored");
      });
    });
  }

  /** A field of a class: a function of its own, in effect. */
  #field(value: AnyNode, isStatic: boolean): void {
    const isNamed = /Function|Class/.test(value.type);
    if (!isNamed) {
      if (isStatic) handTo(this.#insertions, GUARDS.key, this.#at(value.start), this.#at(value.end));
      this.#stretches.look(this.#at(value.start), "(", ", ");
      this.#insertions.close(this.#at(value.end), ")");
    }
    this.#visit(value, "stored");
  }

  /** A sum that may be a text. What it is made of is short enough, so it is only looked at as a whole. */
  #sum(node: BinaryExpression): void {
    const { left, right } = node;
    const areNumbers = isSurelyNumber(left) && isSurelyNumber(right);
    if (!areNumbers && !isShortNumber(left) && !isShortNumber(right)) {
      guardValue(this.#insertions, this.#at(node.start), this.#at(node.end));
    }
    this.#term(left as AnyNode, 1);
    this.#value(right, "read");
  }

  /** The left side of a sum: after some of them a sum on its own. */
  #term(node: AnyNode, terms: number): void {
    if (node.type !== "BinaryExpression" || node.operator !== "+" || terms >= MAX_TERMS) {
      this.#visit(node, terms >= MAX_TERMS ? "stored" : "read");
      return;
    }
    this.#stretches.add(weightOf(node));
    this.#term(node.left as AnyNode, terms + 1);
    this.#value(node.right, "read");
  }

  #assignment(node: AssignmentExpression, use: Use): void {
    const isLogical = /^(\|\||&&|\?\?)=$/.test(node.operator);
    if (node.operator === "+=" && !isShortNumber(node.right)) {
      guardAssignment(this.#insertions, this.#at(node.start), this.#at(node.end), use === "dropped");
    }
    this.#visit(node.left as AnyNode, "read");
    if (isLogical) this.#choices([node.right], "stored");
    else this.#value(node.right, node.operator === "=" ? "stored" : "read");
  }

  #at(position: number): number {
    return position - STRICT_CODE.length;
  }
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}
