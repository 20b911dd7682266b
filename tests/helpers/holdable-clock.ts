import { systemClock } from "../../src/cli/clock.ts";
import type { Clock, Millis, StopSignal, UnixMs } from "../../src/core/mod.ts";

/** The machine's clock, less the time for which it was held. */
export class HoldableClock implements Clock {
  #heldAt: number | undefined;
  #held = 0;

  now(): UnixMs {
    return ((this.#heldAt ?? systemClock.now()) - this.#held) as UnixMs;
  }

  /** Wakes by the machine's clock: who sleeps until a moment looks again whether it has come. */
  sleep(span: Millis, signal?: StopSignal): Promise<void> {
    return systemClock.sleep(span, signal);
  }

  hold(): void {
    this.#heldAt ??= systemClock.now();
  }

  release(): void {
    if (this.#heldAt !== undefined) this.#held += systemClock.now() - this.#heldAt;
    this.#heldAt = undefined;
  }
}
