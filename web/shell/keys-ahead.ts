/** What the keys come to that were pressed before a field was there. */
export interface TypedAhead {
  readonly text: string;
  /** The key that ended it, if one did. */
  readonly end: "Enter" | "Escape" | undefined;
}

/** Catches the keys that are meant for a field which isn't there yet: its code is being fetched, or it isn't drawn. */
export class KeysAhead {
  #keys: string[] = [];
  #catching: AbortController | undefined;

  /** Catches from now on, until {@link take}. */
  start(): void {
    this.#keys = [];
    this.#catching?.abort();
    this.#catching = new AbortController();
    addEventListener("keydown", (event) => this.#catch(event), { capture: true, signal: this.#catching.signal });
  }

  /** Ends the catching. */
  take(): TypedAhead {
    this.#catching?.abort();
    const typed = typedAhead(this.#keys);
    this.#keys = [];
    return typed;
  }

  #catch(event: KeyboardEvent): void {
    const { key, ctrlKey, metaKey, altKey, isComposing } = event;
    // What a key with Ctrl does is the browser's or another shortcut's.
    if (ctrlKey || metaKey || altKey || isComposing) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.#keys.push(key);
  }
}

/** The text of keys as a field takes them, up to the one that ends it. */
export function typedAhead(keys: readonly string[]): TypedAhead {
  const text: string[] = [];
  for (const key of keys) {
    if (key === "Enter" || key === "Escape") return { text: text.join(""), end: key };
    if (key === "Backspace") text.pop();
    // The names of other keys have several letters: ArrowDown.
    else if ([...key].length === 1) text.push(key);
  }
  return { text: text.join(""), end: undefined };
}
