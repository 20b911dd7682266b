import { type Signal, signal } from "@preact/signals";
import type { PageStorage } from "../shell/storage.ts";

const KEPT_AS = "vyx.favourites";

/** The symbols that a person wants to find again, kept in this browser. */
export class Favourites {
  readonly symbols: Signal<ReadonlySet<string>>;
  readonly #storage: PageStorage;

  constructor(storage: PageStorage) {
    this.#storage = storage;
    this.symbols = signal(new Set((storage.getItem(KEPT_AS) ?? "").split(",").filter(Boolean)));
  }

  toggle(symbol: string): void {
    const next = new Set(this.symbols.peek());
    if (!next.delete(symbol)) next.add(symbol);
    this.symbols.value = next;
    this.#storage.setItem(KEPT_AS, [...next].join(","));
  }
}
