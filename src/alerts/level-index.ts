/** Something at a price. */
interface AtLevel {
  readonly level: number;
}

/** Things sorted by their level, so that a move of the price looks only at those that it passes. */
export class LevelIndex<Item extends AtLevel> {
  #items: Item[] = [];

  get size(): number {
    return this.#items.length;
  }

  add(item: Item): void {
    this.#items.splice(this.#first(item.level), 0, item);
  }

  /** The items from one level to another, both included, in the order of their levels. */
  between(low: number, high: number): readonly Item[] {
    const from = this.#first(low);
    let to = from;
    while (to < this.#items.length && (this.#items[to] as Item).level <= high) to += 1;
    return from === to ? NONE : this.#items.slice(from, to);
  }

  delete(gone: ReadonlySet<Item>): void {
    if (gone.size > 0) this.#items = this.#items.filter((item) => !gone.has(item));
  }

  /** The position of the first item at or above a level. */
  #first(level: number): number {
    let [low, high] = [0, this.#items.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#items[middle] as Item).level < level) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const NONE: readonly never[] = [];
