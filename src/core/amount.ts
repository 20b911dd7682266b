import { assert } from "./errors.ts";

/**
 * Stops the work before an amount that isn't a finite number of 0 or more gets into a sum: after one NaN, every comparison with the sum is
 * false, and its bound never holds again. Gives back the amount. `what` names it.
 */
export function amountOf(value: number, what: string): number {
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) notAnAmount(value, what);
  return value;
}

/** The same for what grows and shrinks: a finite number, perhaps below 0. */
export function changeOf(value: number, what: string): number {
  if (!Number.isFinite(value)) notAnAmount(value, what);
  return value;
}

function notAnAmount(value: number, what: string): never {
  assert(false, `${what} must be a finite number, not below 0 where it can't shrink; it is ${value}`);
}
