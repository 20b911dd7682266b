import type { AnyNode } from "acorn";
import { type CodePlace, FilterCodeFault } from "../strategy/mod.ts";
import { type ParsedFilter, placeOf, STRICT_CODE, walk } from "./parse.ts";

/** The name under which instrumented code finds what it calls; filters may not have it. */
export const LOOK_NAME = "$look$";

/** A filter's code with a call of {@link LOOK_NAME} at each turn of a loop, each call of its functions and each catch. */
export interface Instrumented {
  readonly code: string;
  /** From a place in the instrumented code to the one in the filter's own. Lines stay what they are. */
  readonly original: (place: CodePlace) => CodePlace;
}

/** Text to be put in before a position of the code. */
interface Insertion {
  readonly at: number;
  readonly text: string;
}

const LOOK = `${LOOK_NAME}();`;
/** After a catch it looks at once: thus what stops a filter can't be caught. */
const LOOK_NOW = `${LOOK_NAME}(true);`;

/**
 * The machine itself looks at the time only each ten thousand loops or calls, and so not while a filter has its built-in
 * functions do much in each. Instrumented code looks oftener.
 */
export function instrument({ code, program }: ParsedFilter): Instrumented {
  const insertions: Insertion[] = [];
  const put = (position: number, text: string): void => {
    insertions.push({ at: position - STRICT_CODE.length, text });
  };
  walk(program, 0, (one) => {
    const node = one as AnyNode;
    switch (node.type) {
      case "Identifier":
        if (node.name === LOOK_NAME) {
          throw new FilterCodeFault(`the name ${LOOK_NAME} is taken`, placeOf(node));
        }
        break;
      case "ForStatement":
      case "ForInStatement":
      case "ForOfStatement":
      case "WhileStatement":
      case "DoWhileStatement":
        if (node.body.type === "BlockStatement") put(node.body.start + 1, LOOK);
        else {
          put(node.body.start, `{${LOOK}`);
          put(node.body.end, "}");
        }
        break;
      case "FunctionDeclaration":
      case "FunctionExpression":
        put(node.body.start + 1, LOOK);
        break;
      case "ArrowFunctionExpression":
        if (node.body.type === "BlockStatement") put(node.body.start + 1, LOOK);
        else {
          const [start, end] = withParentheses(STRICT_CODE + code, node.body);
          put(start, `(${LOOK.slice(0, -1)}, `);
          put(end, ")");
        }
        break;
      case "CatchClause":
        put(node.body.start + 1, LOOK_NOW);
        break;
    }
  });
  // Of several at one position, the first visited is the outer one: its closing comes last.
  const sorted = insertions
    .map((insertion, order) => ({ ...insertion, order: /^[})]$/.test(insertion.text) ? -order : order }))
    .sort((a, b) => a.at - b.at || a.order - b.order);
  let text = "";
  let from = 0;
  for (const { at, text: inserted } of sorted) {
    text += code.slice(from, at) + inserted;
    from = at;
  }
  return { code: text + code.slice(from), original: (place) => originalOf(code, sorted, place) };
}

/** An expression together with the parentheses around it, which the tree doesn't know of. */
function withParentheses(text: string, body: AnyNode): [number, number] {
  let [start, end] = [body.start, body.end];
  for (;;) {
    const before = /\(\s*$/.exec(text.slice(Math.max(0, start - 200), start));
    const after = /^\s*\)/.exec(text.slice(end, end + 200));
    if (before === null || after === null || /=>\s*$/.exec(text.slice(0, start)) !== null) return [start, end];
    start -= before[0].length;
    end += after[0].length;
  }
}

function originalOf(code: string, insertions: readonly Insertion[], { line, column }: CodePlace): CodePlace {
  const lines = code.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  const end = start + (lines[line - 1]?.length ?? 0);
  let original = column;
  for (const { at, text } of insertions) {
    if (at < start || at > end) continue;
    if (at - start < original - 1) original = Math.max(at - start + 1, original - text.length);
  }
  return { line, column: original };
}
