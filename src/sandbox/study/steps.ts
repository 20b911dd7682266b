import type { AnyNode } from "acorn";
import { FilterCodeFault } from "../../strategy/mod.ts";
import { placeOf } from "../parse.ts";

/**
 * The most steps that reading a filter may take, of one to three nanoseconds each: it can't be paused, and others' screens wait for it.
 * Code of the greatest length takes a quarter of them; the rest is for what indicators look back over.
 */
export const MAX_STUDY_STEPS = 10_000_000;

/** What a node of the syntax tree counts for: it is visited some five times, and its text is compared. */
export const STEPS_PER_NODE = 200;

/** What a letter of a name counts for that is compared with another name. */
export const STEPS_PER_LETTER = 20;

/** Counts the work of reading a filter. */
export class StudySteps {
  #taken = 0;

  get taken(): number {
    return this.#taken;
  }

  /** Counts steps that are taken at a node. Throws {@link FilterCodeFault} past {@link MAX_STUDY_STEPS}. */
  take(steps: number, node: AnyNode): void {
    this.#taken += steps;
    if (this.#taken <= MAX_STUDY_STEPS) return;
    throw new FilterCodeFault(
      "the filter is too long to be looked at: expected fewer indicators, or ones that look back less far",
      placeOf(node),
    );
  }
}
