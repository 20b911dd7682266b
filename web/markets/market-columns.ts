import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { type Interval, isInterval } from "../../src/core/mod.ts";
import { keepText, type PageStorage } from "../shell/storage.ts";

const KEPT_AS = "vyx.columns";

/** Columns that are read from what this browser kept, at most: there are fewer. */
const MOST_COLUMNS = 100;

/** The ready columns that a user adds to the table of symbols. */
export interface ColumnChoice {
  /** The candles of those that don't say by themselves which. */
  readonly interval: Interval;
  readonly keys: readonly string[];
}

/** A ready column's head. */
export interface FactHead {
  readonly key: string;
  readonly title: string;
  readonly says: string;
  /** Which way the first click sorts. */
  readonly first: "highest" | "lowest";
}

/** What stands in a cell, in which colour, and why there is nothing. */
export interface FactCell {
  readonly text: string;
  readonly kind: string;
  readonly says?: string | undefined;
}

/** What computes the columns. It comes when the first one is chosen. */
export interface MarketFacts {
  readonly heads: ReadonlySignal<readonly FactHead[]>;
  /** Why there are no values, in words; empty where there are. */
  readonly fault: ReadonlySignal<string>;
  cell(symbol: string, key: string): FactCell;
  /** By which symbols are sorted; undefined where it isn't known. */
  value(symbol: string, key: string): number | undefined;
  /** Asks now and at each close, until what is given back is called. */
  follow(): () => void;
}

/** The ready columns of the table of symbols, kept in this browser: none at first. */
export class MarketColumns {
  readonly chosen: Signal<ColumnChoice>;
  readonly facts: Signal<MarketFacts | undefined> = signal(undefined);
  readonly heads: ReadonlySignal<readonly FactHead[]>;
  readonly #storage: PageStorage;

  constructor(storage: PageStorage) {
    this.#storage = storage;
    this.chosen = signal(read(storage.getItem(KEPT_AS)));
    this.heads = computed(() => this.facts.value?.heads.value ?? []);
  }

  choose(choice: ColumnChoice): void {
    this.chosen.value = choice;
    keepText(this.#storage, KEPT_AS, [choice.interval, ...choice.keys].join(","));
  }

  /** By which symbols are sorted; undefined where it isn't known. */
  value(symbol: string, key: string): number | undefined {
    return this.facts.value?.value(symbol, key);
  }
}

function read(text: string | null): ColumnChoice {
  const [interval = "", ...keys] = (text ?? "").split(",", MOST_COLUMNS + 1);
  const known = keys.filter((key) => /^\w{1,40}$/.test(key));
  return isInterval(interval) ? { interval, keys: [...new Set(known)] } : { interval: "1h", keys: [] };
}
