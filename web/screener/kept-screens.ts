import { type Signal, signal } from "@preact/signals";
import type { PageStorage } from "../shell/storage.ts";
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
    this.screens = signal(inOrder(readAll(storage.getItem(KEPT_AS))));
  }

  /** Keeps a screen in place of one of the same name. */
  keep(screen: Screen): void {
    const others = this.screens.peek().filter(({ name }) => name !== screen.name);
    this.#put([...others.slice(0, MOST_KEPT - 1), screen]);
  }

  remove(name: string): void {
    this.#put(this.screens.peek().filter((one) => one.name !== name));
  }

  /** The screen that was looked at last; undefined before there was one. */
  last(): Screen | undefined {
    return readAll(this.#storage.getItem(LAST_AS))[0];
  }

  look(screen: Screen): void {
    this.#storage.setItem(LAST_AS, JSON.stringify([screenQuery(screen)]));
  }

  #put(screens: readonly Screen[]): void {
    this.screens.value = inOrder(screens);
    this.#storage.setItem(KEPT_AS, JSON.stringify(screens.map(screenQuery)));
  }
}

/** What an older or newer page kept is read as far as it can be. */
function readAll(text: string | null): Screen[] {
  try {
    const all: unknown = JSON.parse(text ?? "[]");
    if (!Array.isArray(all)) return [];
    return all.filter(isQuery).map((query) => readScreen(query).screen);
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
