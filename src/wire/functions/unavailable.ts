import * as v from "valibot";
import type { AnswerSchema } from "../answer-schemas.ts";

/** The functions' own 503, which isn't a problem: `error` says what can't be reached. */
export const unavailableSchema: AnswerSchema<{ readonly error: string; readonly fallback: true }> = v.object({
  error: v.string(),
  fallback: v.literal(true),
});
