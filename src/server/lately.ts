import type { Stopwatch } from "../core/mod.ts";

/** A value that is found out anew once the last one is this old, in milliseconds. */
export class Lately<Value> {
  readonly #stopwatch: Stopwatch;
  readonly #find: () => Value;
  readonly #forMs: number;
  #known: { readonly value: Value; readonly at: number } | undefined;

  constructor(stopwatch: Stopwatch, find: () => Value, forMs: number) {
    this.#stopwatch = stopwatch;
    this.#find = find;
    this.#forMs = forMs;
  }

  get value(): Value {
    const at = this.#stopwatch();
    if (this.#known === undefined || at - this.#known.at >= this.#forMs) this.#known = { value: this.#find(), at };
    return this.#known.value;
  }
}
