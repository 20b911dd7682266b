import * as v from "valibot";
import type { Interval, Symbol, UnixMs } from "../../core/mod.ts";
import { type AnswerSchema, figure } from "../answer-schemas.ts";
import { listOf } from "../foreign.ts";
import { momentInputSchema } from "../moment.ts";
import { outcomeEntries, type WireOutcome } from "../outcome-entries.ts";
import { symbol, triggerInterval } from "./members.ts";

/** The candles after a live signal within which its outcome is stored. */
export const SIGNAL_HORIZONS: readonly number[] = [1, 4, 16, 96];

/** Whether an outcome is stored, may still come, or never will: then the candles were gone before anybody looked at them. */
const OUTCOME_STATES = ["known", "pending", "unknown"] as const;

/** One of {@link OUTCOME_STATES}. */
export type OutcomeState = (typeof OUTCOME_STATES)[number];

/** What became of the price within some candles after a live signal, in percent, without fees. All null unless it is known. */
export interface SignalOutcome extends WireOutcome {
  readonly state: OutcomeState;
}

/** An outcome of a live signal. */
export const signalOutcomeSchema: AnswerSchema<SignalOutcome> = v.object({
  ...outcomeEntries,
  state: v.pipe(
    v.picklist(OUTCOME_STATES),
    v.description("pending: candles are still to come; unknown: they are gone or never came, so it stays null"),
  ),
});

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

/** The most signals whose outcomes one request asks for. */
const MAX_OUTCOME_SIGNALS = 500;

/** A signal whose outcomes are asked for. */
export interface FollowedSignal {
  readonly symbol: Symbol;
  readonly interval: Interval;
  /** Of the candle whose close it was. */
  readonly closeTime: UnixMs;
  /** The close of that candle. */
  readonly price: number;
}

/** What `POST /outcomes` takes. */
export interface OutcomesRequest {
  readonly signals: readonly FollowedSignal[];
}

/** What `POST /outcomes` answers: the outcomes of each signal, in the request's order, one for each of {@link SIGNAL_HORIZONS}. */
export interface OutcomesAnswer {
  readonly outcomes: readonly (readonly SignalOutcome[])[];
}

/** The body of `POST /outcomes`. */
export const outcomesRequestSchema: v.GenericSchema<unknown, OutcomesRequest> = v.strictObject({
  signals: listOf(
    v.strictObject({
      symbol,
      interval: triggerInterval,
      closeTime: v.pipe(
        momentInputSchema,
        v.description("of the candle whose close the signal was: its last millisecond"),
      ),
      price: v.pipe(figure, v.gtValue(0, "expected a price above 0"), v.description("the close of that candle")),
    }),
    MAX_OUTCOME_SIGNALS,
    `expected at most ${MAX_OUTCOME_SIGNALS} signals`,
  ),
});

/** `POST /outcomes`. */
export const outcomesSchema: AnswerSchema<OutcomesAnswer> = v.object({
  outcomes: v.pipe(
    v.array(v.array(signalOutcomeSchema)),
    v.description("of each signal, in the request's order: after 1, 4, 16 and 96 candles of its interval"),
  ),
});
