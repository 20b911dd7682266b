/**
 * Checks of the answers and messages that programs read all the time, small and quick: twelve members of fifty thousand klines, in a client
 * that a page waits for. All that is rarer is read by schemas. A test holds each of these checks to the schema that the documents show.
 */

/** What is wrong with a value: the member, from the outside in, and what is expected there. */
export interface Fault {
  readonly path: (string | number)[];
  readonly value: unknown;
  readonly expected: string;
}

/** Finds the first thing in a foreign value that isn't as agreed. Members that aren't known are let through. */
export type Check<T> = ((value: unknown) => Fault | undefined) & { readonly reads?: T };

/** A value as it was agreed, or in words what was wrong with it. */
export type ReadAnswer<T> = { readonly answer: T } | { readonly fault: string };

/** Reads a foreign value by a check. */
export function readChecked<T>(check: Check<T>, value: unknown): ReadAnswer<T> {
  const fault = check(value);
  return fault === undefined ? { answer: value as T } : { fault: faultText(fault) };
}

function faultText({ path, value, expected }: Fault): string {
  const name = path.join(".").slice(0, 200);
  if (name === "") return `expected ${expected}`;
  return value === undefined ? `${name} is missing` : `${name}: expected ${expected}`;
}

/** A value of which something holds; `expected`: what that is, in words. */
export function that<T>(expected: string, holds: (value: unknown) => boolean): Check<T> {
  return (value) => (holds(value) ? undefined : { path: [], value, expected });
}

export const text: Check<string> = that("text", (value) => typeof value === "string");
export const name: Check<string> = that("text that isn't empty", (value) => typeof value === "string" && value !== "");
export const truth: Check<boolean> = that("true or false", (value) => typeof value === "boolean");
/** JSON has no NaN and no infinity, but it has 1e999. */
export const figure: Check<number> = that("a number", Number.isFinite);
/** A whole number: a moment in Unix milliseconds, for example. */
export const whole: Check<number> = that("a whole number", Number.isSafeInteger);
export const count: Check<number> = that(
  "a whole number, 0 or more",
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
);
export const anything: Check<unknown> = () => undefined;

/** One of some values. */
export function oneOf<T>(values: readonly T[]): Check<T> {
  return that(`one of ${values.join(", ")}`, (value) => values.includes(value as T));
}

export function orNull<T>(check: Check<T>): Check<T | null> {
  return (value) => (value === null ? undefined : check(value));
}

/** A member that may be absent. */
export function maybe<T>(check: Check<T>): Check<T | undefined> {
  return (value) => (value === undefined ? undefined : check(value));
}

export function list<T>(item: Check<T>): Check<readonly T[]> {
  const isList = that("a list", Array.isArray);
  return (value) => isList(value) ?? firstFault(value as unknown[], (value as unknown[]).keys(), () => item);
}

/** An object with any names. */
export function byName<T>(item: Check<T>): Check<Readonly<Record<string, T>>> {
  return (value) => isObject(value) ?? firstFault(value as object, Object.keys(value as object), () => item);
}

/** An object with these members, and perhaps more. */
export function object<T>(members: { readonly [Name in keyof T]-?: Check<unknown> }): Check<T> {
  const names = Object.keys(members);
  return (value) => isObject(value) ?? firstFault(value as object, names, (one) => members[one as keyof T]);
}

const isObject: Check<object> = that("an object", (value) => typeof value === "object" && value !== null);

function firstFault(
  value: object,
  names: Iterable<string | number>,
  checkOf: (name: string | number) => Check<unknown>,
): Fault | undefined {
  for (const one of names) {
    const fault = checkOf(one)((value as Record<string | number, unknown>)[one]);
    if (fault === undefined) continue;
    fault.path.unshift(one);
    return fault;
  }
  return undefined;
}
