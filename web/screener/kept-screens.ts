import { type Signal, signal } from "@preact/signals";
import { keepText, type PageStorage } from "../shell/storage.ts";
import type { Screen } from "./screen.ts";
import { readScreen, screenQuery } from "./screen-link.ts";

const KEPT_AS = "vyx.screens";
const LAST_AS = "vyx.screen.last";

/** Screens that are kept in this browser. With one more, the oldest goes. */
export const MOST_KEPT = 100;

/** The screens that a user keeps by name in this browser, and the one that was looked at last. */
export class KeptScreens {
  /** In alphabetical order. */
  readonly screens: Signal<readonly Screen[]>;
  readonly #storage: PageStorage;

  constructor(storage: PageStorage) {
    this.#storage = storage;
    this.screens = signal(inOrder(this.#read()));
  }

  /** Keeps a screen in place of one of the same name. False where the browser's storage is full. */
  keep(screen: Screen): boolean {
    const others = this.#read().filter(({ name }) => name !== screen.name);
    return this.#put([...others, screen].slice(-MOST_KEPT));
  }

  remove(name: string): void {
    this.#put(this.#read().filter((one) => one.name !== name));
  }

  /** The screen that was looked at last; undefined before there was one. */
  last(): Screen | undefined {
    return readAll(this.#storage.getItem(LAST_AS))[0];
  }

  look(screen: Screen): void {
    keepText(this.#storage, LAST_AS, JSON.stringify([screenQuery(screen)]));
  }

  /** In the order in which they were kept. Another tab may have kept some since. */
  #read(): Screen[] {
    return readAll(this.#storage.getItem(KEPT_AS));
  }

  #put(screens: readonly Screen[]): boolean {
    if (!keepText(this.#storage, KEPT_AS, JSON.stringify(screens.map(screenQuery)))) return false;
    this.screens.value = inOrder(screens);
    return true;
  }
}

/** What an older or newer page kept is read as far as it can be. */
function readAll(text: string | null): Screen[] {
  try {
    const all: unknown = JSON.parse(text ?? "[]");
    if (!Array.isArray(all)) return [];
    return all
      .filter(isQuery)
      .slice(-MOST_KEPT)
      .map((query) => readScreen(query).screen);
  } catch {
    return []; // not JSON
  }
}

function isQuery(value: unknown): value is Record<string, string> {
  return (
    typeof value === "object" && value !== null && Object.values(value).every((member) => typeof member === "string")
  );
}

function inOrder(screens: readonly Screen[]): readonly Screen[] {
  return screens.toSorted((a, b) => a.name.localeCompare(b.name, "en"));
}
