import { type Signal, signal } from "@preact/signals";
import { type Clock, millis } from "../../src/core/mod.ts";

/** How long a deletion can be undone, in milliseconds. */
export const UNDO_WITHIN_MS = 8_000;

/** A deletion that can be undone for a few seconds before it is carried out. There is one at a time: the next one completes it. */
export class PendingDeletion<T extends { readonly id: string }> {
  /** What is about to be deleted. Lists leave it out. */
  readonly pending: Signal<T | undefined> = signal(undefined);
  readonly #clock: Clock;
  readonly #carryOut: (one: T) => Promise<void>;
  #undoing: AbortController | undefined;

  /** `carryOut` deletes for good, and doesn't reject. */
  constructor(clock: Clock, carryOut: (one: T) => Promise<void>) {
    this.#clock = clock;
    this.#carryOut = carryOut;
  }

  start(one: T): void {
    this.settle();
    const undoing = new AbortController();
    this.#undoing = undoing;
    this.pending.value = one;
    void this.#clock.sleep(millis(UNDO_WITHIN_MS), undoing.signal).then(
      () => this.settle(),
      () => {},
    );
  }

  undo(): void {
    this.#undoing?.abort();
    this.pending.value = undefined;
  }

  /** Deletes now what is about to be deleted. */
  settle(): void {
    const one = this.pending.peek();
    if (one === undefined || this.#undoing?.signal.aborted === true) return;
    this.#undoing?.abort();
    void this.#carryOut(one).finally(() => {
      if (this.pending.peek() === one) this.pending.value = undefined;
    });
  }

  /** A list without what is about to be deleted. */
  without<Listed extends { readonly id: string }>(all: readonly Listed[]): readonly Listed[] {
    const id = this.pending.value?.id;
    return all.filter((one) => one.id !== id);
  }
}
