import type { Interval } from "../../src/core/mod.ts";
import { CONTRACT, MEMBERS, OUTPUTS } from "./contract.ts";

/** One thing that may be written here. */
export interface Offer {
  readonly label: string;
  /** How it is written in full, and what it is. */
  readonly detail?: string;
  readonly info?: string;
  readonly type: "variable" | "function" | "property" | "keyword" | "text";
}

/** Completions at a position; they replace the last `length` characters before it. */
export interface Offers {
  readonly length: number;
  readonly options: readonly Offer[];
}

const KEYWORDS = ["const", "let", "return", "if", "else", "for", "of", "true", "false", "null"];
const MATH = ["abs", "ceil", "floor", "max", "min", "round", "sign", "sqrt", "trunc"];
const NOTHING: Offers = { length: 0, options: [] };

/** Completions for the text before the cursor, in a filter that reads these intervals. Guesses from nearby text, without types. */
export function completionsAt(before: string, timeframes: readonly Interval[]): Offers {
  const line = before.slice(before.lastIndexOf("\n") + 1);
  const interval = /\b(?:candles\(\s*|timeframes\[\s*)["']([\w]*)$/.exec(line)?.[1];
  if (interval !== undefined)
    return { length: interval.length, options: timeframes.map((label) => ({ label, type: "text" })) };
  if (isInComment(line) || isInText(line)) return NOTHING;
  const [, owner = "", member] = /([\w)\]"'.]*)\.(\w*)$/.exec(line) ?? [];
  if (member !== undefined && !/^\d*$/.test(owner)) {
    return { length: member.length, options: membersOf(line.slice(0, line.length - member.length - 1)) };
  }
  const word = /[A-Za-z_]\w*$/.exec(line)?.[0] ?? "";
  return word === "" ? NOTHING : { length: word.length, options: NAMES };
}

const NAMES: readonly Offer[] = [
  ...CONTRACT.map(
    ({ name, usage, says, kind }): Offer => ({
      label: name,
      detail: usage.slice(name.length),
      info: says,
      type: kind === "value" ? "variable" : "function",
    }),
  ),
  ...KEYWORDS.map((label): Offer => ({ label, type: "keyword" })),
];

/** The member names that may follow an expression and a dot. */
function membersOf(expression: string): readonly Offer[] {
  const called = calledIn(expression);
  if (called === "candles") return properties(MEMBERS.candles);
  if (called !== undefined) return properties(OUTPUTS[called] ?? MEMBERS.column);
  const name = /(\w+)$/.exec(expression)?.[1];
  if (name === "ticker") return properties(MEMBERS.ticker);
  if (name === "helpers") return NAMES.filter((_, at) => CONTRACT[at]?.kind === "helper");
  if (name === "Math") return MATH.map((label) => ({ label, type: "function" }));
  return properties(MEMBERS.column);
}

/** The name of the function whose call the expression ends with. */
function calledIn(expression: string): string | undefined {
  if (!expression.endsWith(")")) return undefined;
  let depth = 0;
  for (let at = expression.length - 1; at >= 0; at -= 1) {
    if (expression[at] === ")") depth += 1;
    if (expression[at] === "(") depth -= 1;
    if (depth === 0) return /(\w+)$/.exec(expression.slice(0, at))?.[1];
  }
  return undefined;
}

function properties(labels: readonly string[]): readonly Offer[] {
  return labels.map((label) => ({ label, type: "property" }));
}

function isInComment(line: string): boolean {
  return line.replace(/(["'])(?:(?!\1).)*\1/g, "").includes("//");
}

function isInText(line: string): boolean {
  return /["'`]/.test(line.replace(/(["'`])(?:(?!\1).)*\1/g, ""));
}
