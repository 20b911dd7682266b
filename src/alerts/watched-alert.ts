import type { Symbol, UnixMs } from "../core/mod.ts";
import type { AlertCondition } from "../wire/mod.ts";

/**
 * What an alert needs to know of the past: on which side of its level the price was, or, for moves and volumes, that the condition was seen
 * unmet (`armed`). Null while neither is known; the price may also be at the level.
 */
export type AlertSide = "below" | "above" | "armed";

/** An active alert. */
export interface WatchedAlert {
  readonly id: string;
  /** Moves with every change by its owner, so that what was decided by an older one isn't stored. */
  readonly revision: number;
  readonly symbol: Symbol;
  readonly condition: AlertCondition;
  /** Minutes between two firings at least; null for an alert that fires once. */
  readonly again: number | null;
  readonly expiresAt: UnixMs | null;
  readonly lastFiredAt: UnixMs | null;
  readonly side: AlertSide | null;
  /** Market time up to which `side` is known. */
  readonly seenAt: UnixMs;
}

/** An alert whose condition was met. */
export interface Firing {
  readonly id: string;
  readonly revision: number;
  /** The side after it. */
  readonly side: AlertSide | null;
  readonly direction: "up" | "down" | null;
  readonly price: number;
  /** The level, or the line's price; of a move the price that it began from; of a volume the average. */
  readonly reference: number;
  /** The farthest price that showed the cross; of a move its percent; of a volume the volume. */
  readonly value: number;
  /** Market time. */
  readonly at: UnixMs;
  /** It happened after this moment: when the price was looked at before. */
  readonly since: UnixMs;
  /** Whether no prices were seen for a while after `since`. */
  readonly isBlind: boolean;
  /** The one-minute candle, and whether it was open. */
  readonly openTime: UnixMs;
  readonly isOpen: boolean;
}

/** Another side, for the next run to begin with. */
export interface SideChange {
  readonly id: string;
  readonly revision: number;
  readonly side: AlertSide | null;
}
