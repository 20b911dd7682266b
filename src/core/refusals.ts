import { oneLine } from "./errors.ts";

/** The border that refused something. */
export type Border = "stream" | "rest" | "import" | "checkpoint";

/** What one border refused for one reason. */
export interface Refused {
  readonly border: Border;
  readonly reason: string;
  readonly count: number;
  /** The first of them as it came, shortened to one line. */
  readonly first: string;
}

/** Longest sample that is kept, in characters. */
const SAMPLE_CHARACTERS = 500;

/**
 * Counts what the borders refuse, by border and reason, and keeps the first sample of each. Reasons come from closed unions,
 * never from foreign text, so the table can't grow.
 */
export class Refusals {
  readonly #refused: Map<string, { -readonly [Member in keyof Refused]: Refused[Member] }> = new Map();
  readonly #onFirst: (refused: Refused) => void;

  /** `onFirst` is called with the first refusal of each border and reason: for a log. */
  constructor(onFirst: (refused: Refused) => void = () => {}) {
    this.#onFirst = onFirst;
  }

  /** `sample` is called for the first of its kind only. */
  note(border: Border, reason: string, sample: () => string): void {
    const key = `${border} ${reason}`;
    const had = this.#refused.get(key);
    if (had !== undefined) {
      had.count += 1;
      return;
    }
    const refused = { border, reason, count: 1, first: oneLine(sample(), SAMPLE_CHARACTERS) };
    this.#refused.set(key, refused);
    this.#onFirst(refused);
  }

  all(): readonly Refused[] {
    return [...this.#refused.values()];
  }
}
