import type * as acorn from "acorn";

/** Thrown where a syntax tree leaves the small language. */
export class Outside extends Error {
  readonly node: acorn.AnyNode;
  constructor(node: acorn.AnyNode, what: string) {
    super(what);
    this.node = node;
  }
}
