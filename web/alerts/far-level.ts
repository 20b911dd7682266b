import { type AlertDraft, numberOf } from "./alert-draft.ts";

/** A level that is at least so many times the price, or the price so many times the level, may be a slip of the keyboard. */
const FAR = 2;

/** How far a draft's level is from the price, in words; undefined where it isn't far, or either isn't known. @example "is 100 % below the price" */
export function farText({ kind, level: typed }: AlertDraft, price: number | undefined): string | undefined {
  const level = numberOf(typed);
  if (kind !== "level" || price === undefined || !(price > 0) || !(level > 0)) return undefined;
  const times = level / price;
  if (times >= FAR) return `is ${times < 10 ? times.toFixed(1) : Math.round(times)} times the price`;
  return times <= 1 / FAR ? `is ${((1 - times) * 100).toFixed(times < 0.01 ? 2 : 0)} % below the price` : undefined;
}
