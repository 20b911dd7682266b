import { type Signal, signal } from "@preact/signals";
import { parseRoute, type Route, routeHash } from "./route.ts";

/** The default route. */
const FIRST: Route = { screen: "markets", parts: [], query: {} };

/** Follows the address, which is the only memory of what is shown: back, forward, reload and bookmarks just work. */
export class Router {
  readonly route: Signal<Route>;
  readonly #isScreen: (name: string) => boolean;

  constructor(isScreen: (name: string) => boolean) {
    this.#isScreen = isScreen;
    this.route = signal(this.#read());
    addEventListener("hashchange", () => {
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

  #read(): Route {
    const route = parseRoute(location.hash);
    if (route !== undefined && this.#isScreen(route.screen)) return route;
    history.replaceState(null, "", routeHash(FIRST.screen));
    return FIRST;
  }
}
