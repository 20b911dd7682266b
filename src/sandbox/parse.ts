import { type Node, type Program, parse, type Token } from "acorn";
import { type CodePlace, FilterCodeFault, MAX_CODE_LENGTH } from "../strategy/mod.ts";
import { BACK_REFERENCE, MAX_PATTERN_LENGTH, MAX_PATTERNS_LENGTH, MAX_TEXT_LENGTH } from "./texts.ts";

/** The deepest that a filter's syntax tree may be nested, so that what walks it can't run out of stack. */
export const MAX_DEPTH = 300;

/** The most words, numbers, texts and signs of a filter's code, and the most different names among them: reading takes time by both. */
export const MAX_TOKENS = 10_000;
export const MAX_NAMES = 1_000;

/** The longest name: functions' names stand in the stacks of errors, which are texts. */
const MAX_NAME_LENGTH = 256;

/** All filters are strict code: this goes before them, and its lines don't count. */
export const STRICT_CODE = '"use strict";\n';
const STRICT_LINES = 1;

/** A filter's code, read. */
export interface ParsedFilter {
  readonly code: string;
  readonly program: Program;
  /** Whether the name `ticker` stands anywhere in it. */
  readonly readsTicker: boolean;
}

/** What no engine runs, with the reason. */
const REFUSED: Readonly<Record<string, string>> = {
  AwaitExpression: "a filter can't wait for anything",
  ImportExpression: "a filter can't import anything",
  MetaProperty: "a filter has no import.meta or new.target",
  WithStatement: "with is not for filters",
  DebuggerStatement: "debugger is not for filters",
};

/** Reads the body of a filter. Throws {@link FilterCodeFault} with line and column when it can't be one. */
export function parseFilter(code: string): ParsedFilter {
  if (code.length > MAX_CODE_LENGTH) {
    throw new FilterCodeFault(`the code is ${code.length} characters long: expected ${MAX_CODE_LENGTH} at most`);
  }
  const program = syntaxOf(code);
  let [returns, readsTicker, patternsLength] = [false, false, 0];
  walk(program, 0, (node, depth) => {
    if (depth > MAX_DEPTH)
      throw new FilterCodeFault(`nested deeper than ${MAX_DEPTH}: expected something simpler`, placeOf(node));
    const refused = REFUSED[node.type] ?? refusedBecauseOf(node);
    if (refused !== undefined) throw new FilterCodeFault(refused, placeOf(node));
    patternsLength += (node as { regex?: { pattern: string } }).regex?.pattern.length ?? 0;
    if (patternsLength > MAX_PATTERNS_LENGTH) {
      const message = `more than ${MAX_PATTERNS_LENGTH} characters of regular expressions: expected fewer`;
      throw new FilterCodeFault(message, placeOf(node));
    }
    if (node.type === "ReturnStatement" && (node as { argument?: unknown }).argument) returns = true;
    if (node.type === "Identifier" && (node as { name?: unknown }).name === "ticker") readsTicker = true;
  });
  if (!returns)
    throw new FilterCodeFault("the filter never returns anything: expected return followed by true or false");
  return { code, program, readsTicker };
}

/** Where a node begins. */
export function placeOf(node: Node): CodePlace {
  return { line: (node.loc?.start.line ?? 1) - STRICT_LINES, column: (node.loc?.start.column ?? 0) + 1 };
}

/** Behind the last character of a node. */
export function endOf(node: Node): CodePlace | undefined {
  const end = node.loc?.end;
  return end === undefined ? undefined : { line: end.line - STRICT_LINES, column: end.column + 1 };
}

/** Calls `visit` for each node, parents first. */
export function walk(node: Node, depth: number, visit: (node: Node, depth: number) => void): void {
  visit(node, depth);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) walk(child, depth + 1, visit);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

function syntaxOf(code: string): Program {
  try {
    return parse(STRICT_CODE + code, {
      ecmaVersion: 2022,
      sourceType: "script",
      allowReturnOutsideFunction: true,
      locations: true,
      onToken: boundedTokens(STRICT_CODE + code),
    });
  } catch (cause) {
    if (cause instanceof FilterCodeFault) throw cause;
    if (!(cause instanceof SyntaxError))
      throw new FilterCodeFault("the code is nested too deeply", undefined, { cause });
    const { loc, pos } = cause as SyntaxError & { loc?: { line: number; column: number }; pos?: number };
    const line = Math.max(1, (loc?.line ?? 1) - STRICT_LINES);
    const place = { line, column: (loc?.column ?? 0) + 1 };
    throw new FilterCodeFault(syntaxFault(cause.message.replace(/ \(\d+:\d+\)$/, ""), code, pos), place);
  }
}

/** What the parser says otherwise than people who write filters. */
const SYNTAX_FAULTS: readonly (readonly [words: RegExp, plain: string])[] = [
  [/^Assigning to rvalue$/, "can't assign to this: did you mean == or ===?"],
  [/^Binding rvalue$/, "this can't be a name: expected letters, digits, _ or $"],
  [/^'import' and 'export' may/, "a filter can't import or export anything"],
  [/'await'/, "a filter can't wait for anything"],
  [/^'with' in strict mode$/, "with is not for filters"],
];

/** The word before a token, looked for in so many characters. */
const AFTER_AWAIT = /\bawait\s+$/;
const AWAIT_READ = 20;

/** The longest token that a message repeats, in UTF-16 units. */
const MAX_TOKEN_SHOWN = 20;

/** The parser's words in ours. `pos`: where in the parsed text the fault is. */
function syntaxFault(words: string, code: string, pos: number | undefined): string {
  const plain = SYNTAX_FAULTS.find(([pattern]) => pattern.test(words))?.[1];
  if (plain !== undefined || words !== "Unexpected token" || pos === undefined) return plain ?? words;
  const at = pos - STRICT_CODE.length;
  const rest = code.slice(at);
  // Outside of an async function it is a name, and what it would wait for comes unexpected.
  if (AFTER_AWAIT.test(code.slice(Math.max(0, at - AWAIT_READ), at))) return "a filter can't wait for anything";
  if (rest.trim() === "") return "Unexpected end of the code: a bracket or a value is missing";
  const token =
    /^(?:[\p{L}\p{N}_$]+|"[^"\n]*"?|'[^'\n]*'?|=>|[=!]==?|&&|\|\||\?\?|\*\*|[<>]=|.)/u.exec(rest)?.[0] ?? "";
  const shown = token.length > MAX_TOKEN_SHOWN ? `${token.slice(0, MAX_TOKEN_SHOWN)}…` : token;
  return `Unexpected token ${shown}`;
}

/** Refuses code of too many tokens or names while it is being read. */
function boundedTokens(text: string): (token: Token) => void {
  const names = new Set<string>();
  let count = 0;
  return ({ type, start, end }) => {
    count += 1;
    if (count > MAX_TOKENS) throw new FilterCodeFault(`the code has more than ${MAX_TOKENS} words and signs`);
    if (type.label !== "name" && type.label !== "privateId") return;
    names.add(text.slice(start, end));
    if (end - start > MAX_NAME_LENGTH) throw new FilterCodeFault(TOO_LONG_A_NAME);
    if (names.size > MAX_NAMES) throw new FilterCodeFault(`the code has more than ${MAX_NAMES} different names`);
  };
}

const TOO_LONG_A_NAME = `a name of more than ${MAX_NAME_LENGTH} characters is too long`;

/** What is refused of a kind of node that is fine otherwise. */
function refusedBecauseOf(node: Node): string | undefined {
  const {
    async,
    await: waits,
    generator,
    bigint,
    regex,
    value,
    computed,
    shorthand,
    key,
  } = node as Node & {
    async?: boolean;
    await?: boolean;
    generator?: boolean;
    bigint?: string;
    regex?: { pattern: string };
    value?: unknown;
    computed?: boolean;
    shorthand?: boolean;
    key?: { name?: string; value?: unknown };
  };
  if (async === true || waits === true) return REFUSED.AwaitExpression;
  if (generator === true) return "generators are not for filters: expected a loop";
  if (typeof bigint === "string") return "numbers are plain ones here: expected no n behind them";
  if (regex !== undefined) {
    if (BACK_REFERENCE.test(regex.pattern)) return "a regular expression can't refer back to its groups";
    if (regex.pattern.length > MAX_PATTERN_LENGTH) {
      return `a regular expression of more than ${MAX_PATTERN_LENGTH} characters is too long`;
    }
  }
  if (typeof key?.value === "string" && key.value.length > MAX_NAME_LENGTH) return TOO_LONG_A_NAME;
  if (typeof value === "string" && value.length > MAX_TEXT_LENGTH) {
    return `a text of more than ${MAX_TEXT_LENGTH} characters is too long`;
  }
  if (node.type === "Property" && computed !== true && shorthand !== true) {
    if (key?.name === "__proto__" || key?.value === "__proto__") return "a prototype can't be set";
  }
  return undefined;
}
