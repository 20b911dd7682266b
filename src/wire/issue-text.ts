import * as v from "valibot";
import { didYouMean } from "../core/mod.ts";

/** What valibot calls a type, in the words of our errors. */
const WORDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  boolean: "true or false",
  Object: "an object",
  Array: "a list",
  Record: "an object",
};

/** Longest foreign value that is repeated, in characters. */
const MAX_SHOWN = 60;

/**
 * The first thing that a check of foreign data found wrong, as a sentence: which member, what it is, what would be right. With the
 * schema that was checked against, an unknown member is answered with the known ones.
 */
export function issueText(issue: v.BaseIssue<unknown>, schema?: v.GenericSchema): string {
  const path = v.getDotPath(issue);
  const name = path === null ? undefined : path.slice(0, 200);
  if (issue.type === "strict_object" && issue.expected === "never") {
    return unknownMemberText(issue, schema);
  }
  const isOurs = !issue.message.startsWith("Invalid ");
  if (issue.received === "undefined" && name !== undefined) {
    const expected = isOurs ? issue.message : schema === undefined ? undefined : expectedAt(schema, issue);
    return expected === undefined ? `${name} is missing` : `${name} is missing: ${expected}`;
  }
  // Ours begin otherwise, and say all there is to say.
  const expected = isOurs ? issue.message : `expected ${expectedWords(issue.expected)}`;
  if (name === undefined) return expected;
  const isOneOfSome = issue.type === "picklist" && typeof issue.input === "string";
  return isOneOfSome ? `${name} is "${shortened(String(issue.input))}": ${expected}` : `${name}: ${expected}`;
}

function unknownMemberText(issue: v.BaseIssue<unknown>, schema: v.GenericSchema | undefined): string {
  const keys = (issue.path ?? []).map(({ key }) => key);
  const name = v.getDotPath(issue) ?? "";
  const known = schema === undefined ? [] : membersAt(schema, keys.slice(0, -1));
  const words = `unknown member "${shortened(name)}"`;
  if (known.length === 0) return words;
  return `${words}:${didYouMean(String(keys.at(-1)), known)} known are ${known.join(", ")}`;
}

/** What a schema says of the value at an issue's place: the first words of its own; undefined where it has none. */
function expectedAt(schema: v.GenericSchema, issue: v.BaseIssue<unknown>): string | undefined {
  let at: unknown = schema;
  for (const { key } of issue.path ?? []) {
    const { entries, item } = bare(at);
    at = entries === undefined ? item : entries[String(key)];
  }
  return messagesOf(bare(at)).find((message) => typeof message === "string") as string | undefined;
}

/** The messages of a schema and of the steps of its pipe. The first step may be a pipe itself: what was added to it says more. */
function messagesOf(schema: object): unknown[] {
  const { message, pipe = [] } = schema as { readonly message?: unknown; readonly pipe?: readonly object[] };
  const [first, ...steps] = pipe;
  return [message, ...steps.flatMap(messagesOf), ...(first === undefined ? [] : messagesOf(first))];
}

/** The members that a schema knows of the object at a path; none where that isn't a single object. */
function membersAt(schema: v.GenericSchema, path: readonly unknown[]): string[] {
  let at: unknown = schema;
  for (const key of path) {
    const { entries, item } = bare(at);
    at = entries === undefined ? item : entries[String(key)];
  }
  return Object.keys(bare(at).entries ?? {});
}

/** A schema without what makes it optional or nullable, as far as it is an object or a list. */
function bare(schema: unknown): { readonly entries?: Readonly<Record<string, unknown>>; readonly item?: unknown } {
  let at = schema;
  while (typeof at === "object" && at !== null && "wrapped" in at) at = at.wrapped;
  return typeof at === "object" && at !== null ? at : {};
}

function shortened(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
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
