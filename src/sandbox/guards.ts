import type { Insertions } from "./insertions.ts";
import { MAX_TEXT_LENGTH } from "./texts.ts";

/** The names under which instrumented code finds what it calls; filters may not have them. `saw` is called by filters whose conditions are asked for. */
export const GUARDS = {
  look: "$look$",
  spread: "$spread$",
  key: "$key$",
  tooLong: "$tooLong$",
  saw: "$saw$",
  text: "$text$",
} as const;

const NAMES: ReadonlySet<string> = new Set(Object.values(GUARDS));
const { text: TEXT, tooLong: TOO_LONG } = GUARDS;
const IS_TOO_LONG = `${TEXT}.length > ${MAX_TEXT_LENGTH}`;

/** After a catch a look is a look at the clock: thus what stops a filter can't be caught. */
export const LOOK_NOW: string = `${GUARDS.look}(1e9);`;

/** Whether a name is one that instrumented code has of its own. */
export function isGuard(name: string): boolean {
  return NAMES.has(name);
}

/** Stops the filter if the value between two places is a text that is too long. */
export function guardValue(insertions: Insertions, start: number, end: number): void {
  insertions.open(start, () => `(typeof (${TEXT} = (`);
  insertions.close(end, `)) === "string" && ${IS_TOO_LONG} ? ${TOO_LONG}() : ${TEXT})`);
}

/**
 * The same of an assignment. One whose value nobody has may begin a statement, where no parenthesis may stand: it could go on
 * the statement before.
 */
export function guardAssignment(insertions: Insertions, start: number, end: number, isDropped: boolean): void {
  insertions.open(start, () => `${isDropped ? "" : "("}${TEXT} = `);
  const looked = `, typeof ${TEXT} === "string" && ${IS_TOO_LONG} && ${TOO_LONG}()`;
  insertions.close(end, isDropped ? looked : `${looked}, ${TEXT})`);
}

/** Hands the value between two places to a function. */
export function handTo(insertions: Insertions, guard: string, start: number, end: number): void {
  insertions.open(start, () => `${guard}(`);
  insertions.close(end, ")");
}

/** Hands the value between two places to the probe of a number, which gives it back. */
export function watchValue(insertions: Insertions, probe: number, start: number, end: number): void {
  insertions.open(start, () => `${GUARDS.saw}(${probe}, (`);
  insertions.close(end, "))");
}
