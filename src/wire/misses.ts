import * as v from "valibot";
import type { Interval, UnixMs } from "../core/mod.ts";
import { type AnswerSchema, count, interval, momentSchema } from "./answer-schemas.ts";
import { conditionSchema, type WireCondition } from "./explain.ts";

/** `POST /misses`. */
export interface MissesAnswer {
  readonly interval: Interval;
  readonly closeTime: UnixMs;
  readonly misses: readonly { readonly symbol: string; readonly condition: WireCondition }[];
  readonly checked: number;
  readonly matches: number;
  readonly missed: number;
  readonly skipped: number;
  readonly errors: number;
  readonly unchecked: number;
  readonly engine: string;
  readonly why: string;
  readonly notes: readonly string[];
}

/** `POST /misses`. A function, so that pages without misses don't carry it. */
export function missesSchema(): AnswerSchema<MissesAnswer> {
  return v.object({
    interval,
    closeTime: momentSchema,
    misses: v.pipe(
      v.array(v.object({ symbol: v.string(), condition: conditionSchema() })),
      v.description("narrowest first: the comparison that alone kept the symbol from matching"),
    ),
    checked: v.pipe(count, v.description("symbols for which the filter ran")),
    matches: v.pipe(count, v.description("symbols that matched")),
    missed: v.pipe(
      count,
      v.description("symbols that one comparison alone kept from matching, those that aren't listed included"),
    ),
    skipped: v.pipe(count, v.description("symbols that a screen would skip")),
    errors: v.pipe(count, v.description("symbols for which the filter failed")),
    unchecked: v.pipe(count, v.description("symbols that there was no time for")),
    engine: v.string(),
    why: v.pipe(v.string(), v.description("why this engine took the filter")),
    notes: v.pipe(v.array(v.string()), v.description("in sentences: what isn't exact, and what is left out")),
  });
}
