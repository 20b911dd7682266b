import { type Signal as Live, signal } from "@preact/signals";
import { keepText, type PageStorage } from "../shell/storage.ts";

const KEPT_AS = "vyx.fact-columns";

/** Traders whose columns are kept, the ones that were chosen last. */
const MOST_TRADERS = 50;

/** Columns of one trader, at most: more are none that a person has chosen. */
const MOST_COLUMNS = 100;

/** Stands for the list of all traders. */
const ALL = "";

/** Which facts are columns, by trader, as the user chose them in this browser. */
export class ChosenColumns {
  readonly #chosen: Live<ReadonlyMap<string, readonly string[]>>;
  readonly #storage: PageStorage;

  constructor(storage: PageStorage) {
    this.#storage = storage;
    this.#chosen = signal(read(storage.getItem(KEPT_AS)));
  }

  /** Undefined where nothing was chosen. */
  of(traderId: string | undefined): readonly string[] | undefined {
    return this.#chosen.value.get(traderId ?? ALL);
  }

  choose(traderId: string | undefined, keys: readonly string[]): void {
    const all = new Map(this.#chosen.peek());
    all.delete(traderId ?? ALL);
    all.set(traderId ?? ALL, keys);
    const entries = [...all].slice(-MOST_TRADERS);
    this.#chosen.value = new Map(entries);
    // Where it can't be kept, the choice holds until the page is left.
    keepText(this.#storage, KEPT_AS, JSON.stringify(entries));
  }
}

function read(text: string | null): ReadonlyMap<string, readonly string[]> {
  try {
    const entries: unknown = JSON.parse(text ?? "[]");
    return new Map(Array.isArray(entries) ? entries.filter(isEntry).slice(-MOST_TRADERS) : []);
  } catch {
    return new Map();
  }
}

function isEntry(value: unknown): value is [string, string[]] {
  return (
    Array.isArray(value) &&
    typeof value[0] === "string" &&
    Array.isArray(value[1]) &&
    value[1].length <= MOST_COLUMNS &&
    value[1].every((one) => typeof one === "string")
  );
}
