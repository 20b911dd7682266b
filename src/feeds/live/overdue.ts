import type { Symbol } from "../../core/mod.ts";

/**
 * Symbols whose close is due by our stopwatch while the market's clock stands still. REST's rows are called final by the
 * market's clock, so asking for them waits until that clock has passed the close too, be it by REST's time or by an event.
 */
export class Overdue {
  readonly #symbols: Set<Symbol> = new Set();
  #dueAt = 0;

  /** A symbol waits for the market's clock to reach this moment. At most as many wait as are followed. */
  add(symbol: Symbol, dueAt: number): void {
    this.#symbols.add(symbol);
    this.#dueAt = Math.max(this.#dueAt, dueAt);
  }

  /** Those that wait no longer at this market time. Cheap while none waits. */
  take(marketTime: number): readonly Symbol[] {
    if (this.#symbols.size === 0 || marketTime < this.#dueAt) return [];
    const taken = [...this.#symbols];
    this.clear();
    return taken;
  }

  /** The market's clock was set back: what was due by the later time isn't any more. */
  clear(): void {
    this.#symbols.clear();
    this.#dueAt = 0;
  }
}
