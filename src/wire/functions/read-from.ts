import * as v from "valibot";
import type { AnswerSchema } from "../answer-schemas.ts";

/** Where an answer was read. */
export interface ReadFrom {
  /** `vyx`: a server's memory. Other sources have other names. */
  readonly source: string;
  /** Whether another source should have answered, and couldn't. */
  readonly fallback: boolean;
  /** Why it couldn't. */
  readonly reason?: string;
}

/** {@link ReadFrom}, as the contract shows it. */
export const readFromSchema: AnswerSchema<ReadFrom> = v.pipe(
  v.object({
    source: v.string(),
    fallback: v.pipe(v.boolean(), v.description("whether another source should have answered, and couldn't")),
    reason: v.exactOptional(v.pipe(v.string(), v.description("why it couldn't"))),
  }),
  v.description("where the market's data was read; `vyx` is a server's memory"),
);

/** Read from a server of ours, as was meant. */
export const OF_VYX: ReadFrom = { source: "vyx", fallback: false };
