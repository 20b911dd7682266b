import * as v from "valibot";
import type { UnixMs } from "../core/mod.ts";
import { type AnswerSchema, count, momentSchema } from "./answer-schemas.ts";

/** How a figure is kept. */
export interface KeptFigure {
  /** What counts where each market has its own: the largest, or all together. */
  readonly together: "sum" | "largest";
  /** Who may read it: readers learn how fresh the data is, operators how the process is. */
  readonly for: "readers" | "operators";
}

/** The metrics whose last hour a server keeps. None has a caller's name or anything that a caller sent. */
export const KEPT_FIGURES: Readonly<Record<string, KeptFigure>> = {
  vyx_feed_lag_seconds: { together: "largest", for: "readers" },
  vyx_close_lag_p99_seconds: { together: "largest", for: "readers" },
  vyx_feed_connections: { together: "sum", for: "readers" },
  vyx_incomplete_series: { together: "sum", for: "readers" },
  vyx_rest_weight_used: { together: "sum", for: "operators" },
  vyx_rest_weight_limit: { together: "sum", for: "operators" },
  vyx_sockets: { together: "sum", for: "operators" },
  vyx_messages_sent_total: { together: "sum", for: "operators" },
  vyx_requests_total: { together: "sum", for: "operators" },
  vyx_event_loop_lag_seconds: { together: "largest", for: "operators" },
  vyx_resident_memory_bytes: { together: "sum", for: "operators" },
  vyx_heap_bytes: { together: "sum", for: "operators" },
};

/** `GET /figures`: the last hour, oldest first. */
export interface FiguresAnswer {
  /** The server's local time. */
  readonly now: UnixMs;
  readonly everySeconds: number;
  /** When each sample was taken, by the same clock. */
  readonly at: readonly UnixMs[];
  /** By a metric's name, one value for each sample; null where it wasn't known. */
  readonly figures: Readonly<Record<string, readonly (number | null)[]>>;
}

/** `GET /figures`. */
export const figuresSchema: AnswerSchema<FiguresAnswer> = v.object({
  now: momentSchema,
  everySeconds: count,
  at: v.array(momentSchema),
  figures: v.pipe(
    v.record(v.string(), v.array(v.nullable(v.number()))),
    v.description("by the name of a metric; those about the process for callers with the scope metrics or admin"),
  ),
});
