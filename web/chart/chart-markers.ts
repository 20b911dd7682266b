import { type Signal, signal } from "@preact/signals";
import type { Interval } from "../../src/core/mod.ts";

/** A mark below a candle. */
export interface ChartMarker {
  readonly symbol: string;
  readonly interval: Interval;
  /** Of the candle. */
  readonly openTime: number;
  /** `signal` was stored, `preview` would have been. */
  readonly kind: "signal" | "preview";
  /** A short label next to the mark, for example the trader's name. */
  readonly text: string;
}

/** The markers of all charts, by who put them there. The chart shows those of its symbol and interval. */
export class ChartMarkers {
  readonly all: Signal<ReadonlyMap<string, readonly ChartMarker[]>> = signal(new Map());

  /** Replaces what `owner` put before; nothing takes it away. */
  put(owner: string, markers: readonly ChartMarker[]): void {
    const next = new Map(this.all.peek());
    if (markers.length === 0) next.delete(owner);
    else next.set(owner, markers);
    this.all.value = next;
  }
}
