import type { Random } from "../../core/mod.ts";
import type { Faults } from "./faults.ts";

/** How long it lasts at least and at most, in milliseconds of market time. */
const LASTS_MS = [20_000, 180_000] as const;

/** A request or a connection that ended in its TLS handshake. */
export class HandshakeFailed extends Error {
  constructor() {
    super("unable to verify the first certificate");
    this.name = "HandshakeFailed";
  }
}

/** Times at which no new connection passes its TLS handshake, as with an expired certificate. Those that are open go on. */
export class Handshakes {
  readonly #faults: Faults;
  readonly #luck: Random;
  #until = Number.NEGATIVE_INFINITY;

  constructor(faults: Faults) {
    this.#faults = faults;
    this.#luck = faults.random("tls", "particulars");
  }

  /** Decides whether it begins at this step of market time. */
  step(now: number): void {
    if (!this.#faults.has("tls") || !this.#faults.everywhere("tls").hits(now)) return;
    const [least, most] = LASTS_MS;
    const spanMs = Math.round(least + (most - least) * this.#luck());
    this.#until = Math.max(this.#until, now + spanMs);
    this.#faults.note("tls", () => `no TLS handshake succeeds for ${Math.round(spanMs / 1_000)} s`);
  }

  get fail(): boolean {
    return this.#faults.now() < this.#until;
  }
}
