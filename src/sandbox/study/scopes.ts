import type { AnyNode, Pattern, Program } from "acorn";
import { UNKNOWN, type Value } from "./value.ts";

/** The names that a filter declares itself, each in its scope, with what is known of their values. */
export class Scopes {
  /** By name the values that it has in the scopes around what is read, innermost last. */
  readonly #values: Map<string, Value[]> = new Map();
  /** Names that may have several values, by assignments or declarations wherever: nothing is known of them. */
  readonly #reassigned: ReadonlySet<string>;

  constructor(program: Program) {
    this.#reassigned = reassignedIn(program);
  }

  within(names: readonly string[], work: () => void): void {
    const declared = new Set(names);
    for (const name of declared) {
      const values = this.#values.get(name);
      if (values === undefined) this.#values.set(name, [UNKNOWN]);
      else values.push(UNKNOWN);
    }
    try {
      work();
    } finally {
      for (const name of declared) {
        const values = this.#values.get(name);
        values?.pop();
        if (values?.length === 0) this.#values.delete(name);
      }
    }
  }

  /** Undefined for a name that isn't the filter's own. */
  value(name: string): Value | undefined {
    return this.#values.get(name)?.at(-1);
  }

  /** Gives a declared name its value. */
  set(name: string, value: Value): void {
    if (this.#reassigned.has(name)) return;
    const values = this.#values.get(name);
    if (values !== undefined) values[values.length - 1] = value;
  }

  /** All names that can be seen. */
  names(): string[] {
    return [...this.#values.keys()];
  }
}

/** The names that statements declare in their own block. */
export function declaredIn(statements: readonly AnyNode[]): string[] {
  return statements.flatMap((one) => {
    if (one.type === "VariableDeclaration" && one.kind !== "var")
      return one.declarations.flatMap(({ id }) => namesOf(id));
    if (one.type === "FunctionDeclaration" || one.type === "ClassDeclaration") return one.id ? [one.id.name] : [];
    return [];
  });
}

/** The names that `var` declares anywhere in a function's body. */
export function hoistedIn(body: readonly AnyNode[]): string[] {
  const names: string[] = [];
  const visit = (node: AnyNode): void => {
    if (/Function|Class/.test(node.type)) return;
    if (node.type === "VariableDeclaration" && node.kind === "var")
      names.push(...node.declarations.flatMap(({ id }) => namesOf(id)));
    for (const child of childrenOf(node)) visit(child);
  };
  for (const one of body) visit(one);
  return names;
}

/** The names that a pattern declares. */
export function namesOf(pattern: Pattern | AnyNode): string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((one) => namesOf(one.type === "Property" ? one.value : one.argument));
    case "ArrayPattern":
      return pattern.elements.flatMap((one) => (one === null ? [] : namesOf(one)));
    case "AssignmentPattern":
      return namesOf(pattern.left);
    case "RestElement":
      return namesOf(pattern.argument);
    default:
      return [];
  }
}

/** The nodes right below one. */
export function childrenOf(node: AnyNode): AnyNode[] {
  return Object.values(node)
    .flat()
    .filter((child): child is AnyNode => typeof child === "object" && child !== null && typeof child.type === "string");
}

function reassignedIn(program: Program): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: AnyNode): void => {
    if (node.type === "AssignmentExpression") for (const name of namesOf(node.left)) names.add(name);
    else if (node.type === "UpdateExpression") for (const name of namesOf(node.argument)) names.add(name);
    else if (node.type === "ForInStatement" || node.type === "ForOfStatement") {
      for (const name of namesOf(node.left)) names.add(name);
    }
    for (const child of childrenOf(node)) visit(child);
  };
  visit(program);
  for (const name of uncertainVars(program)) names.add(name);
  return names;
}

/** Names that `var` declares more than once, or in a block, which may not be run or be run again. */
function uncertainVars(program: Program): ReadonlySet<string> {
  const [declared, uncertain] = [new Set<string>(), new Set<string>()];
  const visit = (node: AnyNode, isCertain: boolean): void => {
    if (node.type === "VariableDeclaration" && node.kind === "var") {
      for (const name of node.declarations.flatMap(({ id }) => namesOf(id))) {
        if (!isCertain || declared.has(name)) uncertain.add(name);
        declared.add(name);
      }
    }
    const isBody = /Function/.test(node.type);
    for (const child of childrenOf(node)) {
      if (isBody && child.type === "BlockStatement") for (const one of child.body) visit(one, true);
      else visit(child, false);
    }
  };
  for (const one of program.body) visit(one, true);
  return uncertain;
}
