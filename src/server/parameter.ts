import type * as v from "valibot";
import { type ProblemCode, readForeign } from "../wire/mod.ts";
import { RequestProblem, shortened } from "./problem.ts";

/** How a parameter's text becomes a value, before its schema looks at it. */
type Form = "text" | "number" | "flag" | "list" | "moment";

/** A part of a route's path or query: where it stands, how it is read and checked, and how people are told of it. */
export interface Parameter<Value> {
  readonly place: "path" | "query";
  readonly form: Form;
  readonly schema: v.GenericSchema<unknown, Value>;
  /** What it is, for the contract's pages. */
  readonly says: string;
  /** What would be right, behind the words "expected": "a whole number from 1 to 500". */
  readonly expected: string;
  /** Its schema for the contract's pages, where the handler reads the text itself. */
  readonly shape?: v.GenericSchema;
  /** The code of a wrong one. */
  readonly code: ProblemCode;
  readonly isRequired: boolean;
  /** The value of one that is absent. */
  readonly fallback: Value | undefined;
}

/** The values that a table of parameters reads. */
export type ParameterValues<Parameters extends Readonly<Record<string, Parameter<unknown>>>> = {
  readonly [Name in keyof Parameters]: Parameters[Name] extends Parameter<infer Value> ? Value : never;
};

/** What is said of a parameter. */
export interface ParameterWords {
  readonly says: string;
  readonly expected: string;
  readonly shape?: v.GenericSchema;
  readonly code?: ProblemCode;
}

/** A part of the path. */
export function inPath<Value>(schema: v.GenericSchema<unknown, Value>, words: ParameterWords): Parameter<Value> {
  return {
    place: "path",
    form: "text",
    schema,
    isRequired: true,
    fallback: undefined,
    code: "invalid_parameter",
    ...words,
  };
}

/** A member of the query that must be there. */
export function required<Value>(
  form: Form,
  schema: v.GenericSchema<unknown, Value>,
  words: ParameterWords,
): Parameter<Value> {
  return { place: "query", form, schema, isRequired: true, fallback: undefined, code: "invalid_parameter", ...words };
}

/** A member of the query that may be absent, and is `fallback` then. */
export function optional<Value, Fallback extends Value | undefined>(
  form: Form,
  schema: v.GenericSchema<unknown, Value>,
  fallback: Fallback,
  words: ParameterWords,
): Parameter<Value | Fallback> {
  return { place: "query", form, schema, isRequired: false, fallback, code: "invalid_parameter", ...words };
}

/** Reads one parameter's text; null stands for an absent one. Throws RequestProblem that says what would be right. */
export function readParameter(name: string, parameter: Parameter<unknown>, text: string | null): unknown {
  if (text === null) {
    if (!parameter.isRequired) return parameter.fallback;
    throw new RequestProblem("invalid_parameter", `${name} is missing: expected ${parameter.expected}`);
  }
  const read = readForeign(parameter.schema, valueOf(parameter.form, text));
  if ("output" in read) return read.output;
  const { issue } = read;
  if (parameter.form === "moment") throw new RequestProblem(parameter.code, `${name}: ${issue.message}`);
  if (issue.type === "max_length" && Array.isArray(issue.input)) {
    const { length } = issue.input;
    throw new RequestProblem("invalid_parameter", `${name} has ${length} names: expected ${issue.requirement} at most`);
  }
  const culprit = parameter.form === "list" ? culpritIn(issue, text) : text;
  throw new RequestProblem(parameter.code, `${name} is "${shortened(culprit)}": expected ${parameter.expected}`);
}

function valueOf(form: Form, text: string): unknown {
  switch (form) {
    case "text":
    case "moment":
      return text;
    case "number":
      // Digits only: no signs, points or exponents, so that no text means two numbers.
      return /^\d{1,16}$/.test(text) ? Number(text) : text;
    case "flag":
      return text === "true" ? true : text === "false" ? false : text;
    case "list":
      return text.split(",").map((item) => item.trim());
  }
}

/** The item of a list that was wrong, where one was. */
function culpritIn(issue: v.BaseIssue<unknown>, text: string): string {
  return typeof issue.input === "string" ? issue.input : text;
}
