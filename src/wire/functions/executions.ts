import * as v from "valibot";
import { INTERVALS, type Interval, type UnixMs } from "../../core/mod.ts";
import { type AnswerSchema, count, momentSchema } from "../answer-schemas.ts";
import { cursorText, limitText, read, textsOf, type URLSearchParamsLike } from "./members.ts";
import { type Execution, executionEntries } from "./traders.ts";

/** A run of a trader that ended, as the history of its runs lists it. */
export interface PastExecution extends Execution {
  /** When its last attempt began: local time of the database. Null where that wasn't noted. */
  readonly startedAt: UnixMs | null;
  /** How often it was tried. */
  readonly attempts: number;
  /** How many symbols still wait for a certain candle. */
  readonly pending: number;
}

/** `GET traders/{id}/executions`, newest first. `cursor` asks for what follows, null at the end. */
export interface ExecutionsAnswer {
  readonly count: number;
  readonly executions: readonly PastExecution[];
  readonly cursor: string | null;
}

/** Which runs are asked for, newest first. */
export interface ExecutionsQuery {
  /** The run after which the page begins. */
  readonly after: { readonly closeTime: UnixMs; readonly interval: Interval } | undefined;
  readonly limit: number;
}

const CURSOR = new RegExp(`^\\d{1,16}:(${INTERVALS.join("|")})$`);

/** Reads the query of `GET traders/{id}/executions`. Throws {@link InvalidInput}. */
export function readExecutionsQuery(query: URLSearchParamsLike): ExecutionsQuery {
  const schema = v.strictObject({ cursor: cursorText(CURSOR), limit: limitText });
  const { cursor, limit } = read(schema, textsOf(query));
  if (cursor === undefined) return { after: undefined, limit };
  const [closeTime, interval] = cursor.split(":");
  return { after: { closeTime: Number(closeTime) as UnixMs, interval: interval as Interval }, limit };
}

/** The cursor that asks for the runs behind this one. */
export function executionsCursor({ closeTime, interval }: Pick<Execution, "closeTime" | "interval">): string {
  return `${closeTime}:${interval}`;
}

const pastExecutionSchema: AnswerSchema<PastExecution> = v.object({
  ...executionEntries,
  startedAt: v.pipe(v.nullable(momentSchema), v.description("when its last attempt began")),
  attempts: count,
  pending: v.pipe(count, v.description("symbols that still wait for a certain candle")),
});

/** `GET traders/{id}/executions`. */
export const executionsSchema: AnswerSchema<ExecutionsAnswer> = v.object({
  count,
  executions: v.array(pastExecutionSchema),
  cursor: v.nullable(v.string()),
});
