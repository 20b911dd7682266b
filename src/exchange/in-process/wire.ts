import { type Clock, millis, type Random } from "../../core/mod.ts";

/** How long something is under way, in milliseconds of the clock, drawn anew each time. */
export type Latency = (random: Random) => number;

interface Parcel {
  readonly at: number;
  readonly arrive: () => void;
}

/**
 * One direction of a connection without a network: what is sent arrives later, in order. What is sent at the same moment
 * travels together. Holds as much as is under way; nobody is ever slow to take it.
 */
export class Wire {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #latency: Latency;
  #parcels: Parcel[] = [];
  #sentAt = Number.NEGATIVE_INFINITY;
  #arrivesAt = Number.NEGATIVE_INFINITY;
  #isMoving = false;

  constructor(clock: Clock, random: Random, latency: Latency) {
    this.#clock = clock;
    this.#random = random;
    this.#latency = latency;
  }

  /** `arrive` must not throw. */
  send(arrive: () => void): void {
    const now = this.#clock.now();
    if (now !== this.#sentAt) {
      this.#sentAt = now;
      this.#arrivesAt = Math.max(this.#arrivesAt, now + Math.max(0, this.#latency(this.#random)));
    }
    this.#parcels.push({ at: this.#arrivesAt, arrive });
    if (!this.#isMoving) void this.#move();
  }

  async #move(): Promise<void> {
    this.#isMoving = true;
    for (let first = this.#parcels[0]; first !== undefined; first = this.#parcels[0]) {
      await this.#clock.sleep(millis(Math.max(0, first.at - this.#clock.now())));
      const now = this.#clock.now();
      let arrived = 0;
      while (arrived < this.#parcels.length && (this.#parcels[arrived] as Parcel).at <= now) arrived += 1;
      for (const parcel of this.#parcels.splice(0, arrived)) parcel.arrive();
    }
    this.#isMoving = false;
  }
}
