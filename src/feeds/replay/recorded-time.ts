import type { UnixMs } from "../../core/mod.ts";

/** How far ahead of the recorder's clock an event may be, in milliseconds, once the difference of the two clocks is known. */
const AHEAD_MS = 60_000;

/** How far behind, in milliseconds: exchanges have sent states ten minutes late. */
const BEHIND_MS = 600_000;

/**
 * Judges the times of a recording's events by when the recorder received them. The recorder's clock may be off, and may be set while it
 * records: what counts is the difference between the two clocks, and one event alone never changes it, two frames that agree do.
 */
export class RecordedTime {
  /** The exchange's clock less the recorder's, in milliseconds, as far as it is believed. */
  #offsetMs = 0;
  /** What the last frame that disagreed said of it. */
  #claim: { readonly offsetMs: number; readonly frame: number } | undefined;

  /** Takes an event of a frame. Returns whether it is to be believed. Events without a time of receipt are believed. */
  believes(eventTime: UnixMs, receivedAt: UnixMs | undefined, frame: number): boolean {
    if (receivedAt === undefined) return true;
    const offsetMs = eventTime - receivedAt;
    if (isNear(offsetMs, this.#offsetMs)) {
      this.#claim = undefined;
      return true;
    }
    const claim = this.#claim;
    if (claim !== undefined && claim.frame !== frame && isNear(offsetMs, claim.offsetMs)) {
      this.#offsetMs = offsetMs;
      this.#claim = undefined;
      return true;
    }
    this.#claim = claim?.frame === frame ? claim : { offsetMs, frame };
    return false;
  }
}

function isNear(offsetMs: number, other: number): boolean {
  return offsetMs <= other + AHEAD_MS && offsetMs >= other - BEHIND_MS;
}
