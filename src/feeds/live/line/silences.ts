import type { Random, Stopwatch } from "../../../core/mod.ts";
import { Backoff } from "./backoff.ts";

/** How long a stream that was moved may stay silent before it is moved again, in milliseconds: doubled each time. */
const MOVE_AGAIN = { firstMs: 20_000, longestMs: 1_800_000 } as const;

/** A stream that was subscribed again and hasn't spoken since. */
interface Silence {
  readonly backoff: Backoff;
  /** When it is moved, should it still be silent, by the stopwatch. */
  moveAt: number;
}

/** What to do about streams that should have spoken and didn't: first subscribe again, then move to another connection. */
export class Silences {
  readonly #stopwatch: Stopwatch;
  readonly #random: Random;
  readonly #silences: Map<string, Silence> = new Map();

  constructor(stopwatch: Stopwatch, random: Random) {
    this.#stopwatch = stopwatch;
    this.#random = random;
  }

  /** These are silent now. Returns which of them to subscribe again, and which to move: they are due until they were {@link moved}. */
  note(streams: readonly string[]): { readonly resubscribe: readonly string[]; readonly move: readonly string[] } {
    const now = this.#stopwatch();
    const [resubscribe, move]: [string[], string[]] = [[], []];
    for (const stream of streams) {
      const silence = this.#silences.get(stream);
      if (silence === undefined) {
        this.#silences.set(stream, { backoff: new Backoff(MOVE_AGAIN, this.#random), moveAt: now });
        resubscribe.push(stream);
      } else if (now >= silence.moveAt) move.push(stream);
    }
    return { resubscribe, move };
  }

  /** Another connection was opened for these: they have some time to speak there. */
  moved(streams: readonly string[]): void {
    const now = this.#stopwatch();
    for (const stream of streams) {
      const silence = this.#silences.get(stream);
      if (silence !== undefined) silence.moveAt = now + silence.backoff.next();
    }
  }

  /** A stream spoke, or isn't wanted any more: should it be silent again, that begins anew. */
  end(stream: string): void {
    if (this.#silences.size > 0) this.#silences.delete(stream);
  }
}
