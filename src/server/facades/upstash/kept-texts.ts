/** Callers whose texts are kept, and texts of each; the oldest go. */
export const MAX_CALLERS = 1_000;
export const MAX_TEXTS = 5_000;

/** The longest text, in characters: a moment, or a small object. */
export const MAX_TEXT_CHARACTERS = 256;

/** What callers have written, each for itself, in memory: bounded, and gone when the server ends. */
export class KeptTexts {
  readonly #callers: Map<string, Map<string, string>> = new Map();

  get(caller: string, key: string): string | undefined {
    return this.#callers.get(caller)?.get(key);
  }

  keys(caller: string): Iterable<string> {
    return this.#callers.get(caller)?.keys() ?? [];
  }

  set(caller: string, key: string, text: string): void {
    const texts = this.#callers.get(caller) ?? new Map<string, string>();
    this.#callers.delete(caller);
    this.#callers.set(caller, texts);
    texts.delete(key);
    texts.set(key, text);
    shrink(texts, MAX_TEXTS);
    shrink(this.#callers, MAX_CALLERS);
  }

  /** Whether there was one. */
  delete(caller: string, key: string): boolean {
    return this.#callers.get(caller)?.delete(key) ?? false;
  }
}

/** Takes out the oldest until so many are left. */
function shrink(map: Map<string, unknown>, most: number): void {
  for (const oldest of map.keys()) {
    if (map.size <= most) return;
    map.delete(oldest);
  }
}
