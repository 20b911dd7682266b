import * as v from "valibot";
import type { Interval, Symbol, UnixMs } from "../../core/mod.ts";
import { type AnswerSchema, figure } from "../answer-schemas.ts";
import { listOf } from "../foreign.ts";
import { momentInputSchema } from "../moment.ts";
import { symbol, triggerInterval } from "./members.ts";
import type { SignalOutcome } from "./outcomes.ts";
import { signalOutcomeSchema } from "./signal-outcome.ts";

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
  readonly signals: readonly {
    readonly symbol: string;
    readonly interval: Interval;
    /** Of the candle whose close it was: Unix milliseconds, or ISO 8601 with a zone. */
    readonly closeTime: number | string;
    /** The close of that candle. */
    readonly price: number;
  }[];
}

/** A request for outcomes, read. */
export interface ReadOutcomesRequest {
  readonly signals: readonly FollowedSignal[];
}

/** What `POST /outcomes` answers: the outcomes of each signal, in the request's order, one for each of the horizons. */
export interface OutcomesAnswer {
  readonly outcomes: readonly (readonly SignalOutcome[])[];
}

/** The body of `POST /outcomes`. */
export const outcomesRequestSchema: v.GenericSchema<unknown, ReadOutcomesRequest> = v.strictObject({
  signals: v.pipe(
    listOf(
      v.strictObject({
        symbol: v.pipe(symbol, v.description("whose signal it was")),
        interval: v.pipe(triggerInterval, v.description("whose close it was")),
        closeTime: v.pipe(
          momentInputSchema,
          v.description("of the candle whose close the signal was: its last millisecond"),
        ),
        price: v.pipe(figure, v.gtValue(0, "expected a price above 0"), v.description("the close of that candle")),
      }),
      MAX_OUTCOME_SIGNALS,
      `expected at most ${MAX_OUTCOME_SIGNALS} signals`,
    ),
    v.description("the signals whose outcomes are asked for"),
  ),
});

/** `POST /outcomes`. */
export const outcomesSchema: AnswerSchema<OutcomesAnswer> = v.object({
  outcomes: v.pipe(
    v.array(v.array(signalOutcomeSchema)),
    v.description("of each signal, in the request's order: after 1, 4, 16 and 96 candles of its interval"),
  ),
});
