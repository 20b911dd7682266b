import { type Signal, signal } from "@preact/signals";
import { keepText, type PageStorage } from "../shell/storage.ts";
import type { MarkedSignals } from "../signals/signal-markers.ts";

const KEPT_AS = "vyx.marks";

/** Traders that may be hidden, at most: a trader that was deleted stays among them until there are too many. */
const MOST_HIDDEN = 500;

/** Which signals the charts mark; kept in this browser. */
export class MarkChoice {
  readonly marked: Signal<MarkedSignals>;
  readonly #storage: PageStorage;

  constructor(storage: PageStorage) {
    this.#storage = storage;
    this.marked = signal(readChoice(storage.getItem(KEPT_AS) ?? ""));
  }

  /** Marks the signals of all intervals, or those of the chart's own alone. Not kept: an address may ask for it. */
  takeEachInterval(isEachInterval: boolean): void {
    this.marked.value = { ...this.marked.peek(), isEachInterval };
  }

  toggleEachInterval(): void {
    this.takeEachInterval(!this.marked.peek().isEachInterval);
    this.#keep();
  }

  toggleTrader(id: string): void {
    const hidden = new Set(this.marked.peek().hidden);
    if (!hidden.delete(id)) hidden.add(id);
    this.marked.value = { ...this.marked.peek(), hidden: new Set([...hidden].slice(-MOST_HIDDEN)) };
    this.#keep();
  }

  #keep(): void {
    const { isEachInterval, hidden } = this.marked.peek();
    keepText(this.#storage, KEPT_AS, [isEachInterval ? "each" : "own", ...hidden].join(" "));
  }
}

/** Reads "own 3f2a 77b1": which intervals, and the traders that are hidden. */
function readChoice(text: string): MarkedSignals {
  const [intervals, ...hidden] = text.split(" ");
  return { isEachInterval: intervals === "each", hidden: new Set(hidden.slice(-MOST_HIDDEN)) };
}
