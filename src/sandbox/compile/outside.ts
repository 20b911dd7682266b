import type * as acorn from "acorn";

/** Thrown for a syntax tree outside of the compiled subset. */
export class Outside extends Error {
  readonly node: acorn.AnyNode;
  constructor(node: acorn.AnyNode, what: string) {
    super(what);
    this.node = node;
  }
}
