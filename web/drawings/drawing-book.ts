import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { keepText, type PageStorage, STORAGE_FULL } from "../shell/storage.ts";
import type { ChartDrawing } from "./drawing.ts";
import { drawingsOf, MOST_DRAWINGS, storedText } from "./stored-drawings.ts";

/** How many changes of a symbol's drawings can be undone. */
const MOST_UNDONE = 100;

const PREFIX = "vyx.drawings.";

/** What happens to one drawing: without `before` it is new, without `after` it goes. */
export interface DrawingChange {
  readonly before: ChartDrawing | undefined;
  readonly after: ChartDrawing | undefined;
}

/** Changes that this tab made at once. */
interface Step {
  readonly changes: readonly DrawingChange[];
  /** The ids before, so that what comes back is where it was. */
  readonly order: readonly string[];
}

/** What this tab did to a symbol's drawings, and took back. */
interface History {
  readonly done: Step[];
  readonly undone: Step[];
}

/**
 * The drawings of all symbols, as this browser keeps them. A change touches the drawings that it names and no other: tabs that change
 * different ones keep each other's. What one tab undoes is its own.
 */
export class DrawingBook {
  readonly #storage: PageStorage;
  readonly #shown: Map<string, Signal<readonly ChartDrawing[]>> = new Map();
  readonly #histories: Map<string, History> = new Map();
  /** Rises with each change that this tab makes, undoes or does again. */
  readonly #changes: Signal<number> = signal(0);

  constructor(storage: PageStorage) {
    this.#storage = storage;
  }

  /** A symbol's drawings, oldest first. */
  of(symbol: string): ReadonlySignal<readonly ChartDrawing[]> {
    let shown = this.#shown.get(symbol);
    if (shown === undefined) {
      shown = signal(this.#read(symbol));
      this.#shown.set(symbol, shown);
    }
    return shown;
  }

  /** Changes some of a symbol's drawings, all or none. Gives back why it can't, in words. */
  change(symbol: string, changes: readonly DrawingChange[]): string | undefined {
    const order = this.#read(symbol).map(({ id }) => id);
    const fault = this.#apply(symbol, changes, order);
    if (fault !== undefined) return fault;
    const { done, undone } = this.#historyOf(symbol);
    done.push({ changes, order });
    if (done.length > MOST_UNDONE) done.shift();
    undone.length = 0;
    this.#changes.value += 1;
    return undefined;
  }

  /** Whether there is something to undo, and to do again. */
  able(symbol: string): { readonly undo: boolean; readonly redo: boolean } {
    this.#changes.value;
    const { done, undone } = this.#historyOf(symbol);
    return { undo: done.length > 0, redo: undone.length > 0 };
  }

  /** Takes this tab's last change back. Gives back why it can't, in words. */
  undo(symbol: string): string | undefined {
    const { done, undone } = this.#historyOf(symbol);
    return this.#move(symbol, done, undone, (changes) =>
      changes.map(({ before, after }) => ({ before: after, after: before })),
    );
  }

  /** Makes the change again that was taken back last. */
  redo(symbol: string): string | undefined {
    const { done, undone } = this.#historyOf(symbol);
    return this.#move(symbol, undone, done, (changes) => changes);
  }

  /** Another tab has stored something; null stands for everything. */
  heard(key: string | null): void {
    for (const [symbol, shown] of this.#shown) {
      if (key === null || key === PREFIX + symbol) shown.value = this.#read(symbol);
    }
  }

  #move(
    symbol: string,
    from: Step[],
    to: Step[],
    turned: (changes: readonly DrawingChange[]) => readonly DrawingChange[],
  ): string | undefined {
    const step = from.at(-1);
    if (step === undefined) return undefined;
    const fault = this.#apply(symbol, turned(step.changes), step.order);
    if (fault !== undefined) return fault;
    from.pop();
    to.push(step);
    this.#changes.value += 1;
    return undefined;
  }

  /** The stored drawings are read first: another tab may have changed them since. */
  #apply(symbol: string, changes: readonly DrawingChange[], order: readonly string[]): string | undefined {
    const byId = new Map(this.#read(symbol).map((drawing) => [drawing.id, drawing]));
    const before = byId.size;
    for (const change of changes) {
      if (change.after !== undefined) byId.set(change.after.id, change.after);
      else if (change.before !== undefined) byId.delete(change.before.id);
    }
    if (byId.size > Math.max(before, MOST_DRAWINGS)) {
      return `${symbol} has ${before} drawings. A symbol can have ${MOST_DRAWINGS}: remove one first.`;
    }
    const placeOf = ({ id }: ChartDrawing): number => (order.includes(id) ? order.indexOf(id) : order.length);
    const drawings = [...byId.values()].toSorted((a, b) => placeOf(a) - placeOf(b));
    if (drawings.length === 0) this.#storage.removeItem(PREFIX + symbol);
    else if (!keepText(this.#storage, PREFIX + symbol, storedText(drawings))) return STORAGE_FULL;
    (this.of(symbol) as Signal<readonly ChartDrawing[]>).value = drawings;
    return undefined;
  }

  #read(symbol: string): readonly ChartDrawing[] {
    return drawingsOf(this.#storage.getItem(PREFIX + symbol));
  }

  #historyOf(symbol: string): History {
    let history = this.#histories.get(symbol);
    if (history === undefined) {
      history = { done: [], undone: [] };
      this.#histories.set(symbol, history);
    }
    return history;
  }
}
