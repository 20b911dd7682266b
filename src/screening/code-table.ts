import { createHash } from "node:crypto";

/** What is known of filters' codes, by the SHA-256 of each. Bounded: one more, and the one that was set longest ago is forgotten. */
export class CodeTable<Known> {
  /** Oldest first. */
  readonly #known: Map<string, Known> = new Map();
  readonly #most: number;
  #evictions = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#known.size;
  }

  /** Codes that were forgotten to make room for others. */
  get evictions(): number {
    return this.#evictions;
  }

  set(code: string, known: Known): void {
    const hash = hashOf(code);
    this.#known.delete(hash);
    this.#known.set(hash, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size <= this.#most || oldest === undefined) return;
    this.#known.delete(oldest);
    this.#evictions += 1;
  }

  get(code: string): Known | undefined {
    return this.#known.size === 0 ? undefined : this.#known.get(hashOf(code));
  }
}

function hashOf(code: string): string {
  return createHash("sha256").update(code).digest("base64");
}
