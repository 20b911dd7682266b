import { type Signal, signal } from "@preact/signals";
import { parseRoute, type Route, routeHash } from "./route.ts";

/** The default route. */
const FIRST: Route = { screen: "markets", parts: [], query: {} };

/** How long nothing has changed before the address says so, in milliseconds: browsers allow about three changes of the address a second. */
const NOTE_AFTER_MS = 400;

/** Follows the address, which is the only memory of what is shown: back, forward, reload and bookmarks just work. */
export class Router {
  readonly route: Signal<Route>;
  /** What the page shows instead of what the address asked for, and why; empty if it shows just that. */
  readonly notice: Signal<string> = signal("");
  readonly #isScreen: (name: string) => boolean;
  /** The address as it was when it was last read or written here. */
  #known = "";
  /** Writes what is to be written soon. */
  #pending: (() => void) | undefined;

  constructor(isScreen: (name: string) => boolean) {
    this.#isScreen = isScreen;
    this.route = signal(this.#read());
    addEventListener("hashchange", () => {
      // Of two changes in quick succession, the first event may have read both.
      if (location.hash === this.#known) return;
      this.notice.value = "";
      this.route.value = this.#read();
    });
  }

  go(hash: string): void {
    location.hash = hash;
  }

  /** Without an entry in the history: for what the person didn't choose. */
  replace(hash: string): void {
    history.replaceState(null, "", hash);
    this.route.value = this.#read();
  }

  /**
   * Writes what is shown into the address once nothing has changed for a while; without an entry in the history, and the route that led here
   * stays. `hash` gives undefined while that isn't known. Returns a function that takes it back.
   */
  noteSoon(hash: () => string | undefined): () => void {
    const note = (): void => this.#note(hash());
    const timer = setTimeout(note, NOTE_AFTER_MS);
    this.#pending = note;
    return () => {
      clearTimeout(timer);
      if (this.#pending === note) this.#pending = undefined;
    };
  }

  /** The link to what is shown now. */
  link(): string {
    this.#pending?.();
    return location.href;
  }

  /** An address that the person has changed meanwhile stays. */
  #note(hash: string | undefined): void {
    if (hash === undefined || location.hash !== this.#known) return;
    history.replaceState(null, "", hash);
    this.#known = location.hash;
  }

  #read(): Route {
    const route = this.#readAddress();
    this.#known = location.hash;
    return route;
  }

  #readAddress(): Route {
    const route = parseRoute(location.hash);
    if (route !== undefined && this.#isScreen(route.screen)) return route;
    // "#/" asks for nothing. Other fragments may be a sign-in's, and are secret.
    if (location.hash.startsWith("#/") && location.hash !== "#/")
      this.notice.value = `There is no page ${shortened(location.hash)}, so these are the markets.`;
    history.replaceState(null, "", routeHash(FIRST.screen));
    return FIRST;
  }
}

/** As people read an address, and no longer than a line. */
function shortened(hash: string): string {
  let text = hash;
  try {
    text = decodeURIComponent(hash);
  } catch {
    // Not a URL's encoding: it is shown as it is.
  }
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
