import type { Random } from "../../core/mod.ts";
import type { Faults } from "./faults.ts";
import type { FaultKind } from "./kinds.ts";

/** How long it lasts at least and at most, in milliseconds of market time. */
const LASTS_MS = [20_000, 180_000] as const;

/** What may come over a connection and proves nothing of the market, by a word for it. */
const JUNK: Readonly<Record<string, () => string | Uint8Array>> = {
  "an unknown event": () => '{"e":"marketMood","E":1,"s":"BTCUSDT"}',
  "an acknowledgement": () => '{"result":null,"id":1}',
  "an error": () => '{"error":{"code":2,"msg":"Invalid request"},"id":7}',
  "bytes that are no text": () => new Uint8Array([0, 1, 2, 255]),
  "a kline without figures": () => '{"e":"kline","E":1,"s":"BTCUSDT","k":{"i":"1m","t":0}}',
  "an empty array": () => "[]",
  "no JSON": () => "ping",
};

/** Times at which connections stay open and nothing of the market comes over any of them. */
export class DeadAir {
  readonly #faults: Faults;
  readonly #luck: Random;
  #until = Number.NEGATIVE_INFINITY;
  #kind: FaultKind = "dead-air";

  constructor(faults: Faults) {
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
    const all = Object.values(JUNK);
    return all[Math.floor(this.#luck() * all.length)]?.();
  }
}
