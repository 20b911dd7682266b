import * as v from "valibot";

/** What valibot calls a type, in the words of our errors. */
const WORDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  boolean: "true or false",
  Object: "an object",
  Array: "a list",
  Record: "an object",
};

/** The first thing that a check of foreign data found wrong, as a sentence: which member, what it is, what would be right. */
export function issueText(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  const name = path === null ? undefined : path.slice(0, 200);
  if (issue.type === "strict_object" && issue.expected === "never")
    return `unknown member "${(name ?? "").slice(0, 60)}"`;
  const isOurs = !issue.message.startsWith("Invalid ");
  if (issue.received === "undefined" && name !== undefined) {
    return isOurs ? `${name} is missing: ${issue.message}` : `${name} is missing`;
  }
  // Ours begin otherwise, and say all there is to say.
  if (isOurs) return name === undefined ? issue.message : `${name}: ${issue.message}`;
  const expected = `expected ${expectedWords(issue.expected)}`;
  return name === undefined ? expected : `${name}: ${expected}`;
}

function expectedWords(expected: string | null): string {
  if (expected === null) return "another value";
  const [, sign, bound] = /^(<=|>=)(\d+)$/.exec(expected) ?? [];
  if (bound !== undefined) return sign === "<=" ? `${bound} at most` : `${bound} at least`;
  return expected
    .replace(/^\((.*)\)$/, "$1")
    .split(" | ")
    .map((part) => WORDS[part] ?? part.replaceAll('"', ""))
    .join(" or ");
}
