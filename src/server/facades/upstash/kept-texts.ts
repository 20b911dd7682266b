/** Texts of one caller, and of all together; the oldest go. */
export const MAX_TEXTS = 5_000;
export const MAX_ALL_TEXTS = 50_000;

/** The longest text, in characters: a moment, or a small object. */
export const MAX_TEXT_CHARACTERS = 256;

/** What callers have written, each for itself: bounded. In memory, unless somebody follows the changes. */
export class KeptTexts {
  /** Told of each change; without a text where one is gone. */
  onChange: ((caller: string, key: string, text?: string) => void) | undefined;
  readonly #callers: Map<string, Map<string, string>> = new Map();
  #all = 0;

  /** How many there are. */
  get size(): number {
    return this.#all;
  }

  /** All of them, those of the caller who wrote nothing for the longest time first. */
  *all(): Iterable<readonly [caller: string, key: string, text: string]> {
    for (const [caller, texts] of this.#callers) for (const [key, text] of texts) yield [caller, key, text];
  }

  get(caller: string, key: string): string | undefined {
    return this.#callers.get(caller)?.get(key);
  }

  keys(caller: string): Iterable<string> {
    return this.#callers.get(caller)?.keys() ?? [];
  }

  set(caller: string, key: string, text: string): void {
    const texts = this.#callers.get(caller) ?? new Map<string, string>();
    this.#drop(caller, key);
    this.#callers.delete(caller);
    this.#callers.set(caller, texts);
    texts.set(key, text);
    this.#all += 1;
    this.onChange?.(caller, key, text);
    if (texts.size > MAX_TEXTS) this.#dropOldest(caller, texts);
    // Of the caller who wrote nothing for the longest time.
    for (const [oldest, theirs] of this.#callers) {
      if (this.#all <= MAX_ALL_TEXTS) return;
      this.#dropOldest(oldest, theirs);
    }
  }

  /** Whether there was one. */
  delete(caller: string, key: string): boolean {
    const isThere = this.#drop(caller, key);
    if (isThere) this.onChange?.(caller, key);
    return isThere;
  }

  #drop(caller: string, key: string): boolean {
    const texts = this.#callers.get(caller);
    if (texts?.delete(key) !== true) return false;
    this.#all -= 1;
    if (texts.size === 0) this.#callers.delete(caller);
    return true;
  }

  #dropOldest(caller: string, texts: ReadonlyMap<string, string>): void {
    const [oldest] = texts.keys();
    if (oldest !== undefined) this.delete(caller, oldest);
  }
}
