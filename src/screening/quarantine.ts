import { createHash } from "node:crypto";
import { FilterQuarantined } from "./errors.ts";

/** Filters that are remembered for having held up their thread. One more, and the oldest may be tried again. */
export const MAX_QUARANTINED = 1_000;

/** Filters that held up their thread, by the SHA-256 of their code. They are refused until their code is changed. */
export class Quarantine {
  /** What each did, by its hash; oldest first. */
  readonly #whys: Map<string, string> = new Map();
  readonly #most: number;
  #evictions = 0;

  constructor(most: number = MAX_QUARANTINED) {
    this.#most = most;
  }

  get size(): number {
    return this.#whys.size;
  }

  /** Filters that were let out to make room for others. */
  get evictions(): number {
    return this.#evictions;
  }

  /** `why` continues "the filter …". Returns the error for its caller. */
  add(code: string, why: string): FilterQuarantined {
    const hash = hashOf(code);
    this.#whys.delete(hash);
    this.#whys.set(hash, why);
    const [oldest] = this.#whys.keys();
    if (this.#whys.size > this.#most && oldest !== undefined) {
      this.#whys.delete(oldest);
      this.#evictions += 1;
    }
    return refusal(why);
  }

  /** Why this code isn't run; undefined if it is. */
  refusalOf(code: string): FilterQuarantined | undefined {
    if (this.#whys.size === 0) return undefined;
    const why = this.#whys.get(hashOf(code));
    return why === undefined ? undefined : refusal(why);
  }
}

function refusal(why: string): FilterQuarantined {
  return new FilterQuarantined(`the filter ${why}: it isn't run again until its code is changed`);
}

function hashOf(code: string): string {
  return createHash("sha256").update(code).digest("base64");
}
