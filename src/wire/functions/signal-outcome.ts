import * as v from "valibot";
import type { AnswerSchema } from "../answer-schemas.ts";
import { outcomeEntries } from "../outcome-entries.ts";
import { OUTCOME_STATES, type SignalOutcome } from "./outcomes.ts";

/** An outcome of a live signal. */
export const signalOutcomeSchema: AnswerSchema<SignalOutcome> = v.object({
  ...outcomeEntries,
  state: v.pipe(
    v.picklist(OUTCOME_STATES),
    v.description("pending: candles are still to come; unknown: they are gone or never came, so it stays null"),
  ),
});
