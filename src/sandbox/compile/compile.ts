import type { AnyNode } from "acorn";
import { type ParsedFilter, placeOf } from "../parse.ts";
import type { ProbeOf } from "../trace/probes.ts";
import { declared, hoisted, Names } from "./names.ts";
import { Outside } from "./outside.ts";
import { Statements } from "./statements.ts";

/** JavaScript for a filter, made from its syntax tree alone: none of its text gets in but numbers, and texts as JSON. */
export interface Compiled {
  readonly javascript: string;
}

/** Why a filter isn't compiled: what stands where. */
export interface NotCompiled {
  readonly because: string;
}

/** The longest JavaScript that is made of a filter, in UTF-16 units. */
const MAX_JAVASCRIPT_LENGTH = 131_072;

/** Compiles a filter, or says what in it is outside of the compiled subset. `probeOf`: the values that are watched; none unless given. */
export function compile({ program }: ParsedFilter, probeOf: ProbeOf = () => undefined): Compiled | NotCompiled {
  try {
    // The first statement is the directive that every filter begins with.
    const javascript = bodyOf(program.body.slice(1), probeOf);
    return javascript.length > MAX_JAVASCRIPT_LENGTH ? { because: "it is too much code to compile" } : { javascript };
  } catch (cause) {
    if (!(cause instanceof Outside)) throw cause;
    return { because: `line ${placeOf(cause.node).line}: ${cause.message}` };
  }
}

function bodyOf(statements: readonly AnyNode[], probeOf: ProbeOf): string {
  const names = new Names(statements);
  const compiler = new Statements(names, probeOf);
  const text = names.inScope([...declared(statements), ...hoisted(statements)], () => compiler.body(statements));
  return `"use strict"; let $before;\n${text}`;
}
