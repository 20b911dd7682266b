import type { Histogram } from "../core/mod.ts";

/** How one queue for filters and its thread do. Counts only grow. */
export interface ScreenQueueFigures {
  /** Screens, previews and checks that wait, and places that are taken by these and by those that run. */
  readonly waiting: number;
  readonly places: number;
  /** Those that were refused, by why: the caller's places were taken, or all, the filter is quarantined, or the wait was too long. */
  readonly refused: Readonly<Record<"caller" | "total" | "quarantined" | "wait", number>>;
  /** Those whose client was gone. */
  readonly dropped: number;
  /** Threads that were ended, by why: a task overran, they failed, they were silent. */
  readonly ends: Readonly<Record<"overran" | "failed" | "silent", number>>;
  /** Seconds that each waited before its filter was first given to the thread. */
  readonly waitSeconds: Histogram;
  /** Seconds that filters ran. */
  readonly ranSeconds: number;
  /** Bytes that previews under way keep of their results. */
  readonly previewBytes: number;
  /** Filters that the thread keeps read; undefined before it first answered. */
  readonly sandbox:
    | { readonly keptFilters: { readonly filters: number; readonly bytes: number; readonly evictions: number } }
    | undefined;
}

/** How filters are run: for requests, for traders, and which aren't any more. */
export interface ScreenFigures {
  readonly queues: Readonly<Record<"requests" | "traders", ScreenQueueFigures>>;
  /** Filters that are refused because they held up their thread, and those that were let out to make room. */
  readonly quarantine: { readonly size: number; readonly evictions: number };
}
