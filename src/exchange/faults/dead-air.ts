import type { Random } from "../../core/mod.ts";
import type { FrameAnatomy } from "./anatomy.ts";
import type { Faults } from "./faults.ts";
import type { FaultKind } from "./kinds.ts";

/** How long it lasts at least and at most, in milliseconds of market time. */
const LASTS_MS = [20_000, 180_000] as const;

/** Times at which connections stay open and nothing of the market comes over any of them. */
export class DeadAir {
  readonly #faults: Faults;
  readonly #luck: Random;
  readonly #junk: readonly (() => string | Uint8Array)[];
  #until = Number.NEGATIVE_INFINITY;
  #kind: FaultKind = "dead-air";

  constructor(faults: Faults, { junk }: FrameAnatomy) {
    this.#junk = Object.values(junk);
    this.#faults = faults;
    this.#luck = faults.random("dead-air", "particulars");
  }

  /** Decides which faults begin at this step of market time. Call it once a step, before any frame is sent. */
  step(now: number): void {
    for (const kind of ["dead-air", "junk-frames"] as const) {
      if (!this.#faults.has(kind) || !this.#faults.everywhere(kind).hits(now)) continue;
      const [least, most] = LASTS_MS;
      const spanMs = Math.round(least + (most - least) * this.#luck());
      this.#kind = kind;
      this.#until = Math.max(this.#until, now + spanMs);
      this.#faults.note(kind, () => `nothing of the market is told for ${Math.round(spanMs / 1_000)} s`);
    }
  }

  /** What is sent in place of a frame, where it isn't sent itself. */
  insteadOf(frame: string): string | Uint8Array | undefined {
    if (this.#faults.now() >= this.#until) return frame;
    if (this.#kind === "dead-air") return undefined;
    return this.#junk[Math.floor(this.#luck() * this.#junk.length)]?.();
  }
}
