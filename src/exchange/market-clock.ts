import { type Clock, millis, type StopSignal, type UnixMs } from "../core/mod.ts";

/** Market time moves in steps of this length, in milliseconds: whatever happens, happens at one of them. */
export const TICK_MS = 1_000;

/** Ticks that are made up for in one go before sockets and requests get their turn. */
const TICKS_A_TURN = 120;

/**
 * Market time: the local clock, shifted and sped up, in steps of a second. A step is never left out; when the machine
 * is late, the steps follow one another. At the end of the data time stands still.
 */
export class MarketClock {
  readonly #clock: Clock;
  readonly #speed: number;
  readonly #start: UnixMs;
  readonly #end: UnixMs | undefined;
  readonly #beganAt: UnixMs;
  #now: UnixMs;

  constructor(clock: Clock, start: UnixMs, speed: number, end: UnixMs | undefined) {
    this.#clock = clock;
    this.#speed = speed;
    this.#start = (Math.floor(start / TICK_MS) * TICK_MS) as UnixMs;
    this.#end = end;
    this.#beganAt = clock.now();
    this.#now = this.#start;
  }

  /** The last step that was taken. */
  now(): UnixMs {
    return this.#now;
  }

  /** Takes each step when it is due. Resolves at the end of the data, or when the signal is aborted. */
  async run(step: (now: UnixMs) => void, signal: StopSignal): Promise<void> {
    let taken = 0;
    while (!signal.aborted) {
      const next = (this.#now + TICK_MS) as UnixMs;
      if (this.#end !== undefined && next > this.#end) return;
      const wait = this.#beganAt + (next - this.#start) / this.#speed - this.#clock.now();
      if (wait > 0 || taken === TICKS_A_TURN) {
        taken = 0;
        await this.#clock.sleep(millis(Math.max(0, wait)), signal).catch(() => {});
        continue;
      }
      taken += 1;
      this.#now = next;
      step(next);
    }
  }
}
