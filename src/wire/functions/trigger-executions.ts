import * as v from "valibot";
import { INTERVALS, type Interval, InvalidInput, MARKET_IDS, type MarketId, type UnixMs } from "../../core/mod.ts";
import { type AnswerSchema, count, momentSchema } from "../answer-schemas.ts";
import { momentInputSchema } from "../moment.ts";
import { interval, market, read } from "./members.ts";
import { type ReadFrom, readFromSchema } from "./read-from.ts";

/** A request of trigger-executions. */
export interface TriggerRequest {
  readonly trigger: "close" | "cron" | "manual";
  /** Of a close: the first one unless said. Of a look for closes: all unless said. */
  readonly market: MarketId | undefined;
  readonly interval: Interval | undefined;
  readonly closeTime: UnixMs | undefined;
}

/** What trigger-executions answers: what it ran, which isn't what another run of the same close did before it. */
export interface TriggerExecutionsAnswer {
  readonly timestamp: UnixMs;
  readonly trigger: TriggerRequest["trigger"];
  readonly symbolsChecked: number;
  readonly candlesClosed: readonly {
    readonly market: MarketId;
    readonly interval: Interval;
    readonly closeTime: UnixMs;
    readonly symbols: readonly string[];
  }[];
  readonly executions: readonly {
    readonly traderId: string;
    readonly interval: Interval;
    readonly closeTime: UnixMs;
    readonly status: "done" | "failed" | "queued";
    readonly matches: readonly string[];
    /** Left out where nothing was read. */
    readonly readFrom?: ReadFrom;
  }[];
}

/** What `GET trigger-executions` answers: when closes that nobody told were last looked for; nulls when they never were. */
export interface LookAnswer {
  readonly lookedAt: UnixMs | null;
  readonly ageMs: number | null;
}

const body = v.object({
  trigger: v.pipe(
    v.picklist(["close", "cron", "manual"], "expected close, cron or manual"),
    v.description("close reports a close; cron and manual look for missed ones"),
  ),
  market: v.optional(
    v.pipe(market, v.description("of a close, the server's first market unless given; of a look, all unless given")),
  ),
  interval: v.optional(v.pipe(interval, v.description("whose close it is; needed with closeTime"))),
  closeTime: v.optional(
    v.pipe(momentInputSchema, v.description("the last millisecond of the candle; needed with the trigger close")),
  ),
});

/** The body of `POST trigger-executions`, as the contract shows it. */
export const triggerRequestSchema: v.GenericSchema = body;

/** Reads a request of trigger-executions. Throws {@link InvalidInput}. */
export function readTriggerRequest(value: unknown): TriggerRequest {
  const request = read(body, value);
  if (request.closeTime !== undefined && request.interval === undefined) {
    throw new InvalidInput("interval is missing: a closeTime is that of an interval");
  }
  if (request.trigger === "close" && request.closeTime === undefined) {
    throw new InvalidInput("closeTime is missing: trigger close says which close, by interval and closeTime");
  }
  const { market: of, interval: given, closeTime } = request;
  return { trigger: request.trigger, market: of, interval: given, closeTime };
}

/** What trigger-executions answers, as the contract shows it. A function, so that pages don't carry it. */
export function triggerAnswerSchemas(): {
  readonly run: AnswerSchema<TriggerExecutionsAnswer>;
  readonly look: AnswerSchema<LookAnswer>;
} {
  const of = { interval: v.picklist(INTERVALS), closeTime: momentSchema };
  return {
    run: v.object({
      timestamp: momentSchema,
      trigger: v.picklist(["close", "cron", "manual"]),
      symbolsChecked: count,
      candlesClosed: v.array(v.object({ market: v.picklist(MARKET_IDS), ...of, symbols: v.array(v.string()) })),
      executions: v.array(
        v.object({
          traderId: v.string(),
          ...of,
          status: v.picklist(["done", "failed", "queued"]),
          matches: v.array(v.string()),
          readFrom: v.exactOptional(readFromSchema),
        }),
      ),
    }),
    look: v.object({
      lookedAt: v.pipe(
        v.nullable(momentSchema),
        v.description("when missed closes were last looked for; null if never"),
      ),
      ageMs: v.pipe(v.nullable(count), v.description("how long ago that was, in milliseconds")),
    }),
  };
}
