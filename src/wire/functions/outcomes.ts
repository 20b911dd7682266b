import type { WireOutcome } from "../outcome-entries.ts";

/** The candles after a live signal within which its outcome is stored. */
export const SIGNAL_HORIZONS: readonly number[] = [1, 4, 16, 96];

/** Whether an outcome is stored, may still come, or never will: then the candles were gone before anybody looked at them. */
export const OUTCOME_STATES = ["known", "pending", "unknown"] as const;

/** One of {@link OUTCOME_STATES}. */
export type OutcomeState = (typeof OUTCOME_STATES)[number];

/** What became of the price within some candles after a live signal, in percent, without fees. All null unless it is known. */
export interface SignalOutcome extends WireOutcome {
  readonly state: OutcomeState;
}

/**
 * An outcome whose figures are null.
 *
 * @example
 * emptyOutcome(4, "pending").returnPercent; // null
 */
export function emptyOutcome(horizon: number, state: OutcomeState): SignalOutcome {
  return {
    horizon,
    state,
    returnPercent: null,
    bestPercent: null,
    bestAfter: null,
    worstPercent: null,
    worstAfter: null,
  };
}
