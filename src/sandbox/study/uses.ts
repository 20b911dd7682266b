import type { AnyNode, Program } from "acorn";
import { childrenOf } from "./scopes.ts";

/** Longer expressions are not compared: they count as used and as checked, so nothing is refused because of them. */
const MAX_COMPARED = 100;

const EQUALITY: ReadonlySet<string> = new Set(["==", "!=", "===", "!=="]);
const DEFAULTING: ReadonlySet<string> = new Set(["??=", "||=", "&&="]);

/** How a filter uses its names, members and calls anywhere in its code, compared by their text. */
export class Uses {
  readonly #text: string;
  readonly #used: Set<string> = new Set();
  readonly #checked: Set<string> = new Set();
  readonly #defaulted: Set<string> = new Set();
  readonly #arrays: Set<string> = new Set();
  readonly #numbers: Set<string> = new Set();
  /** Members that are checked and members that are called, as `object.name`, and the objects of which members are read. */
  readonly #checkedMembers: Set<string> = new Set();
  readonly #calledMembers: Set<string> = new Set();
  readonly #objects: Set<string> = new Set();
  readonly #typeofs: Set<string> = new Set();
  #hasCatch = false;

  /** `text`: what was parsed. */
  constructor(text: string, program: Program) {
    this.#text = text;
    this.#visit(program, false);
  }

  /** Whether the value is used for more than a condition: as an object, an argument, an operand. */
  isUsed(node: AnyNode): boolean {
    return this.#has(this.#used, node);
  }

  /** Whether the filter checks that the value is there: in a condition, against null, by `typeof`, before `?.`, with a default. */
  isChecked(node: AnyNode): boolean {
    return this.#has(this.#checked, node);
  }

  /** Whether the value has a default: `a ?? b`, `a || b`. */
  isDefaulted(node: AnyNode): boolean {
    return this.#has(this.#defaulted, node);
  }

  /** Whether the filter checks if the value is an array, so that it may use it as one only then. */
  mayBeArray(node: AnyNode): boolean {
    return this.#has(this.#arrays, node);
  }

  /** Whether the filter checks by `typeof` if the value is a number, and also reads a member of it, so that it may be ready for both. */
  mayBeNumber(node: AnyNode): boolean {
    return this.#has(this.#numbers, node) && this.#has(this.#objects, node);
  }

  /**
   * Whether the filter checks that the value has one of these methods, and calls it, as in `a.at ? a.at(-1) : a[a.length - 1]`: then other
   * ways to read the value are for values that lack the method.
   */
  testsMethod(object: AnyNode, methods: readonly string[]): boolean {
    const text = this.#textOf(object);
    return methods.some((name) => {
      const member = `${text}.${name}`;
      return text === undefined || (this.#checkedMembers.has(member) && this.#calledMembers.has(member));
    });
  }

  /** Whether the filter asks for the name's `typeof`, so that it may do without it. */
  hasTypeof(name: string): boolean {
    return this.#typeofs.has(name);
  }

  /** Whether the filter catches errors anywhere. */
  get hasCatch(): boolean {
    return this.#hasCatch;
  }

  #has(texts: ReadonlySet<string>, node: AnyNode): boolean {
    const text = this.#textOf(node);
    return text === undefined || texts.has(text);
  }

  #textOf({ start, end }: AnyNode): string | undefined {
    if (end - start > MAX_COMPARED) return undefined;
    return this.#text.slice(start, end).replace(/\s+/g, "").replaceAll("'", '"');
  }

  #note(texts: Set<string>, node: AnyNode): void {
    const text = this.#textOf(node);
    if (text !== undefined) texts.add(text);
  }

  /** Notes that a member is checked whose name is written out: `"a" in b`. */
  #noteKey(object: AnyNode, key: AnyNode | undefined): void {
    const text = this.#textOf(object);
    if (text === undefined || key?.type !== "Literal") return;
    this.#checked.add(`${text}.${key.value}`).add(`${text}["${key.value}"]`);
    this.#checkedMembers.add(`${text}.${key.value}`);
  }

  /** Notes a member whose name is written out: `a.b`, `a?.b`, `a["b"]`. */
  #noteMember(members: Set<string>, node: AnyNode): void {
    if (node.type === "ChainExpression" || node.type === "ParenthesizedExpression") {
      this.#noteMember(members, node.expression);
    } else if (node.type === "MemberExpression") {
      const { object, property, computed } = node;
      const text = this.#textOf(object);
      const name = property.type === "Identifier" && !computed ? property.name : undefined;
      const key = name ?? (property.type === "Literal" ? property.value : undefined);
      if (text !== undefined && key !== undefined) members.add(`${text}.${key}`);
    }
  }

  /** Notes what a call checks of its arguments or of its object. */
  #noteCheck(callee: AnyNode, [first, second]: readonly AnyNode[]): void {
    const name = this.#textOf(callee);
    if (first === undefined) return;
    if (name === "Array.isArray") this.#note(this.#arrays, first);
    else if (name === "Object.hasOwn" || name === "Reflect.has") this.#noteKey(first, second);
    else if (callee.type === "MemberExpression" && name?.endsWith(".hasOwnProperty")) {
      this.#noteKey(callee.object, first);
    }
  }

  #visitAll(nodes: readonly (AnyNode | null | undefined)[]): void {
    for (const node of nodes) if (node) this.#visit(node, false);
  }

  /** Notes `typeof a === "number"`. */
  #noteType(left: AnyNode, right: AnyNode): void {
    const [one, other] = left.type === "Literal" ? [right, left] : [left, right];
    if (one.type !== "UnaryExpression" || one.operator !== "typeof") return;
    if (other.type === "Literal" && other.value === "number") this.#note(this.#numbers, one.argument);
  }

  /** `isCheck`: only whether the value is there, or true, counts. */
  #visit(node: AnyNode, isCheck: boolean): void {
    switch (node.type) {
      case "Identifier":
        this.#note(isCheck ? this.#checked : this.#used, node);
        return;
      case "MemberExpression":
        this.#note(isCheck ? this.#checked : this.#used, node);
        if (isCheck) this.#noteMember(this.#checkedMembers, node);
        this.#note(this.#objects, node.object);
        this.#visit(node.object, node.optional);
        // Otherwise an object would count as checked only, though it is used.
        if (node.optional) this.#note(this.#used, node.object);
        if (node.computed) this.#visit(node.property, false);
        return;
      case "CallExpression":
        this.#note(isCheck ? this.#checked : this.#used, node);
        this.#visit(node.callee, node.optional);
        this.#noteMember(this.#calledMembers, node.callee);
        this.#noteCheck(node.callee, node.arguments);
        this.#visitAll(node.arguments);
        return;
      case "ParenthesizedExpression":
      case "ChainExpression":
        this.#visit(node.expression, isCheck);
        return;
      case "UnaryExpression":
        if (node.operator === "typeof" && node.argument.type === "Identifier") this.#typeofs.add(node.argument.name);
        this.#visit(node.argument, node.operator === "!" || node.operator === "typeof");
        return;
      case "BinaryExpression":
        if (node.operator === "in") this.#noteKey(node.right, node.left);
        if (node.operator === "instanceof" && this.#textOf(node.right) === "Array") this.#note(this.#arrays, node.left);
        if (EQUALITY.has(node.operator)) this.#noteType(node.left, node.right);
        this.#visit(node.left, EQUALITY.has(node.operator) && isNothing(node.right));
        this.#visit(node.right, EQUALITY.has(node.operator) && isNothing(node.left));
        return;
      case "LogicalExpression":
        if (node.operator === "??" || (node.operator === "||" && !isCheck)) this.#note(this.#defaulted, node.left);
        this.#visit(node.left, true);
        this.#visit(node.right, isCheck);
        return;
      case "AssignmentExpression":
        this.#visit(node.left, DEFAULTING.has(node.operator));
        this.#visit(node.right, false);
        return;
      case "ConditionalExpression":
        this.#visit(node.test, true);
        this.#visit(node.consequent, isCheck);
        this.#visit(node.alternate, isCheck);
        return;
      case "IfStatement":
        this.#visit(node.test, true);
        this.#visitAll([node.consequent, node.alternate]);
        return;
      case "WhileStatement":
      case "DoWhileStatement":
        this.#visit(node.test, true);
        this.#visit(node.body, false);
        return;
      case "ForStatement":
        if (node.test) this.#visit(node.test, true);
        this.#visitAll([node.init, node.update, node.body]);
        return;
      case "VariableDeclarator":
        if (node.id.type !== "Identifier") this.#visit(node.id, false);
        if (node.init) this.#visit(node.init, false);
        return;
      case "Property":
        if (node.computed) this.#visit(node.key, false);
        this.#visit(node.value, node.key.type === "Identifier" && node.key.name === "match");
        return;
      case "TryStatement":
        if (node.handler) this.#hasCatch = true;
        this.#visitAll([node.block, node.handler, node.finalizer]);
        return;
      default:
        this.#visitAll(childrenOf(node));
    }
  }
}

/** Whether it is written as null or undefined. */
function isNothing(node: AnyNode): boolean {
  return (node.type === "Literal" && node.raw === "null") || (node.type === "Identifier" && node.name === "undefined");
}
