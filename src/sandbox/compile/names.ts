import type * as acorn from "acorn";
import { isOwnName, PROPERTIES } from "../contract-names.ts";
import { isText } from "./literals.ts";
import { Outside } from "./outside.ts";

/** The names that a filter gives: to its variables, each in its scope, and to the fields of its objects. */
export class Names {
  readonly #scopes: ReadonlySet<string>[] = [];
  readonly #fields: ReadonlySet<string>;

  constructor(statements: readonly acorn.AnyNode[]) {
    this.#fields = fieldsOf(statements);
  }

  inScope(names: readonly string[], work: () => string): string {
    this.#scopes.push(new Set(names));
    try {
      return work();
    } finally {
      this.#scopes.pop();
    }
  }

  isOwn(name: string): boolean {
    return this.#scopes.some((scope) => scope.has(name));
  }

  /** Whether a property of this name may be read: one of the contract's, or of the filter's own objects. */
  isReadable(name: string): boolean {
    return PROPERTIES.has(name) || this.#fields.has(name);
  }

  /** A name of the filter's own, prefixed, so that it can't be one that means something here. */
  binding(node: acorn.AnyNode): string {
    if (node.type !== "Identifier") throw new Outside(node, "taking apart by a pattern");
    if (!/^[A-Za-z_$][\w$]{0,63}$/.test(node.name)) throw new Outside(node, "a name of other than plain letters");
    return `u_${node.name}`;
  }
}

/** The names that statements declare in their own block. */
export function declared(statements: readonly acorn.AnyNode[]): string[] {
  return statements.flatMap((one) => (one.type === "VariableDeclaration" && one.kind !== "var" ? namesOf(one) : []));
}

/** The names that `var` declares, in whatever block of the function. */
export function hoisted(statements: readonly acorn.AnyNode[]): string[] {
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

/** The name of a property in an object or pattern, unless it is computed. */
export function fieldName(property: Pick<acorn.Property, "computed" | "key">): string | undefined {
  if (property.computed) return undefined;
  if (property.key.type === "Identifier") return property.key.name;
  return isText(property.key) ? property.key.value : undefined;
}

function fieldsOf(statements: readonly acorn.AnyNode[]): Set<string> {
  const fields = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    if (Array.isArray(node)) {
      for (const one of node) visit(one);
      return;
    }
    if ((node as acorn.AnyNode).type === "ObjectExpression") {
      for (const property of (node as acorn.ObjectExpression).properties) {
        const name = property.type === "Property" ? fieldName(property) : undefined;
        if (name !== undefined && isOwnName(name)) fields.add(name);
      }
    }
    for (const child of Object.values(node)) visit(child);
  };
  visit(statements);
  return fields;
}
