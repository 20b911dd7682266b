import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { isSymbolText } from "../../src/core/mod.ts";
import { keepText, type PageStorage, STORAGE_FULL } from "../shell/storage.ts";
import { isListName, readLists, type Watchlist, writeLists } from "./watchlist-text.ts";

const KEPT_AS = "vyx.watchlists";
/** Before there were several lists, this browser kept one. */
const ONE_KEPT_AS = "vyx.favourites";
const FIRST_NAME = "Favourites";

/** Bounds of what this browser keeps. */
export const MOST_LISTS = 20;
export const MOST_SYMBOLS = 200;

/** The longest text that lists are read from: more than all lists that there can be. */
const MOST_TEXT_CHARACTERS = 500_000;

/** Entries that a message names. */
const MOST_SHOWN = 5;

/** Why a list wasn't changed, in words; undefined if it was. */
export type WatchlistFault = string | undefined;

/** The user's lists of symbols, kept in this browser. There is always one, and one is chosen: the star adds to it. */
export class Watchlists {
  readonly lists: Signal<readonly Watchlist[]>;
  /** The chosen list's name. Names are unique. */
  readonly chosen: Signal<string>;
  /** The symbols of the chosen list. */
  readonly symbols: ReadonlySignal<ReadonlySet<string>>;
  readonly #storage: PageStorage;

  constructor(storage: PageStorage) {
    this.#storage = storage;
    const kept = readKept(storage);
    this.lists = signal(kept.lists);
    this.chosen = signal(kept.chosen);
    this.symbols = computed(() => new Set(this.#find(this.lists.value, this.chosen.value)?.symbols));
  }

  /** Takes over what another tab has kept. */
  reload(): void {
    const kept = readKept(this.#storage);
    this.lists.value = kept.lists;
    this.chosen.value = kept.chosen;
  }

  choose(name: string): void {
    if (this.#find(this.lists.peek(), name) !== undefined) this.#keep(this.lists.peek(), name);
  }

  /** Adds a symbol to a list, or removes it. */
  toggle(symbol: string, name: string = this.chosen.peek()): WatchlistFault {
    const list = this.#find(this.lists.peek(), name);
    if (list === undefined) return `There is no list "${name}".`;
    if (list.symbols.includes(symbol)) {
      return this.#change(name, { symbols: list.symbols.filter((one) => one !== symbol) });
    }
    if (list.symbols.length >= MOST_SYMBOLS) return `"${name}" is full: a list holds at most ${MOST_SYMBOLS} symbols.`;
    return this.#change(name, { symbols: [...list.symbols, symbol] });
  }

  /** Moves a symbol to another list. */
  move(symbol: string, from: string, to: string): WatchlistFault {
    const target = this.#find(this.lists.peek(), to);
    const fault = target?.symbols.includes(symbol) === true ? undefined : this.toggle(symbol, to);
    if (fault === undefined && this.#find(this.lists.peek(), from)?.symbols.includes(symbol) === true)
      this.toggle(symbol, from);
    return fault;
  }

  /** Adds an empty list and chooses it. */
  add(typed: string): WatchlistFault {
    const lists = this.lists.peek();
    const name = typed.trim();
    const fault = this.#nameFault(name);
    if (fault !== undefined) return fault;
    if (lists.length >= MOST_LISTS) return `There can be at most ${MOST_LISTS} lists. Delete one first.`;
    return this.#keep([...lists, { name, symbols: [] }], name);
  }

  rename(name: string, typed: string): WatchlistFault {
    const next = typed.trim();
    if (next === name) return undefined;
    return this.#nameFault(next, name) ?? this.#change(name, { name: next });
  }

  /** Deletes a list with its symbols. The last list is only emptied. */
  remove(name: string): void {
    const rest = this.lists.peek().filter((list) => list.name !== name);
    const lists = rest.length === 0 ? [{ name, symbols: [] }] : rest;
    this.#keep(lists, this.#find(lists, this.chosen.peek())?.name ?? lists[0]?.name ?? FIRST_NAME);
  }

  /** All lists as text, which {@link replace} reads. */
  text(): string {
    return writeLists(this.lists.value);
  }

  /** Replaces all lists by those of a text. */
  replace(text: string): WatchlistFault {
    if (text.length > MOST_TEXT_CHARACTERS)
      return `The text has ${text.length} characters. Expected ${MOST_TEXT_CHARACTERS} at most.`;
    const lists = readLists(text, FIRST_NAME);
    if (lists.length === 0) return 'The text has no lists. Expected "# Name" on a line, then symbols such as BTCUSDT.';
    if (lists.length > MOST_LISTS) return `The text has ${lists.length} lists. There can be at most ${MOST_LISTS}.`;
    const long = lists.find(({ symbols }) => symbols.length > MOST_SYMBOLS);
    if (long !== undefined)
      return `"${long.name}" has ${long.symbols.length} symbols. A list holds at most ${MOST_SYMBOLS}.`;
    const others = lists.flatMap(({ symbols }) => symbols.filter((symbol) => !isSymbolText(symbol)));
    if (others.length > 0) return othersText(others);
    return this.#keep(lists, this.#find(lists, this.chosen.peek())?.name ?? lists[0]?.name ?? FIRST_NAME);
  }

  #nameFault(name: string, before?: string): WatchlistFault {
    if (!isListName(name)) return "A list's name has 1 to 40 characters and doesn't begin with #.";
    const taken = this.lists.peek().find((list) => list.name.toLowerCase() === name.toLowerCase());
    return taken === undefined || taken.name === before ? undefined : `There is already a list "${taken.name}".`;
  }

  #change(name: string, change: Partial<Watchlist>): WatchlistFault {
    const lists = this.lists.peek().map((list) => (list.name === name ? { ...list, ...change } : list));
    return this.#keep(lists, this.chosen.peek() === name ? (change.name ?? name) : this.chosen.peek());
  }

  #keep(lists: readonly Watchlist[], chosen: string): WatchlistFault {
    if (!keepText(this.#storage, KEPT_AS, JSON.stringify({ chosen, lists }))) return STORAGE_FULL;
    this.lists.value = lists;
    this.chosen.value = chosen;
    return undefined;
  }

  #find(lists: readonly Watchlist[], name: string): Watchlist | undefined {
    return lists.find((list) => list.name === name);
  }
}

interface Kept {
  readonly chosen: string;
  readonly lists: readonly Watchlist[];
}

/** What this browser has kept; the one list of before, or an empty one, where it has kept none. */
function readKept(storage: PageStorage): Kept {
  const one = (storage.getItem(ONE_KEPT_AS) ?? "").split(",", MOST_SYMBOLS);
  const first = { chosen: FIRST_NAME, lists: [bounded({ name: FIRST_NAME, symbols: one })] };
  try {
    const kept = JSON.parse(storage.getItem(KEPT_AS) ?? "null") as Partial<Kept> | null;
    const named = Map.groupBy(kept?.lists?.filter(isWatchlist) ?? [], ({ name }) => name.toLowerCase());
    const lists = [...named.values()]
      .flatMap((same) => same.slice(0, 1))
      .slice(0, MOST_LISTS)
      .map(bounded);
    const chosen = lists.find(({ name }) => name === kept?.chosen) ?? lists[0];
    return chosen === undefined ? first : { chosen: chosen.name, lists };
  } catch {
    return first;
  }
}

function isWatchlist(value: unknown): value is Watchlist {
  const { name, symbols } = (value ?? {}) as Partial<Record<keyof Watchlist, unknown>>;
  return (
    typeof name === "string" &&
    isListName(name) &&
    Array.isArray(symbols) &&
    symbols.every((symbol) => typeof symbol === "string")
  );
}

/** The list with as many symbols as it may have, each once. */
function bounded({ name, symbols }: Watchlist): Watchlist {
  return { name, symbols: [...new Set(symbols.filter(isSymbolText))].slice(0, MOST_SYMBOLS) };
}

/** What to say of entries that can't be symbols. */
function othersText(others: readonly string[]): string {
  const more = others.length - MOST_SHOWN;
  const shown = others.slice(0, MOST_SHOWN).join(", ");
  return `These aren't symbols of an exchange that is known here: ${shown}${more > 0 ? ` and ${more} more` : ""}. Remove them.`;
}
