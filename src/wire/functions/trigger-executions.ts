import * as v from "valibot";
import { type Interval, InvalidInput, type MarketId, type UnixMs } from "../../core/mod.ts";
import { momentInputSchema } from "../moment.ts";
import { interval, market, read } from "./members.ts";
import type { ReadFrom } from "./read-from.ts";

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

/** Reads a request of trigger-executions. Throws {@link InvalidInput}. */
export function readTriggerRequest(value: unknown): TriggerRequest {
  const trigger = v.picklist(["close", "cron", "manual"], "expected close, cron or manual");
  const schema = v.object({
    trigger,
    market: v.optional(market),
    interval: v.optional(interval),
    closeTime: v.optional(momentInputSchema),
  });
  const request = read(schema, value);
  if (request.closeTime !== undefined && request.interval === undefined) {
    throw new InvalidInput("interval is missing: a closeTime is that of an interval");
  }
  if (request.trigger === "close" && request.closeTime === undefined) {
    throw new InvalidInput("closeTime is missing: trigger close says which close, by interval and closeTime");
  }
  const { market: of, interval: given, closeTime } = request;
  return { trigger: request.trigger, market: of, interval: given, closeTime };
}
