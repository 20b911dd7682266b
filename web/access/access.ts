import { type Client, ClientError, createClient } from "../../src/client/mod.ts";
import type { PageStorage } from "../shell/storage.ts";

const KEPT_AS = "vyx.key";

/** Makes a client that shows a key. */
type ClientWith = (key: string) => Pick<Client, "symbols">;

/** The key that the page shows to the server, for as long as the tab is open; none where the server wants none. */
export class Access {
  readonly key: string | undefined;
  readonly #storage: PageStorage;
  readonly #clientWith: ClientWith;
  readonly #startAnew: () => void;

  /** `startAnew` loads the page again: everything on it was asked for with the former key. */
  constructor(storage: PageStorage, url: string, startAnew: () => void, clientWith: ClientWith = client(url)) {
    this.#storage = storage;
    this.#startAnew = startAnew;
    this.#clientWith = clientWith;
    this.key = storage.getItem(KEPT_AS) ?? undefined;
  }

  /** Tries a key, and keeps it if it is good. Resolves with what is wrong with it, in words, or starts anew. */
  async use(typed: string): Promise<string | undefined> {
    const key = typed.trim();
    if (!/^[\x21-\x7e]+$/.test(key))
      return "A key is one word of letters, digits and signs, as vyx keys create printed it.";
    try {
      await this.#clientWith(key).symbols();
    } catch (cause) {
      if (cause instanceof ClientError && cause.code === "unauthorized") return "The server doesn't take this key.";
      if (cause instanceof ClientError && cause.code === "forbidden") return "This key may not read the market.";
      return `The server couldn't be asked: ${cause instanceof Error ? cause.message : cause}`;
    }
    this.#storage.setItem(KEPT_AS, key);
    this.#startAnew();
    return undefined;
  }

  forget(): void {
    this.#storage.removeItem(KEPT_AS);
    this.#startAnew();
  }
}

function client(url: string): ClientWith {
  return (apiKey) => createClient({ url, apiKey, maxTries: 2 });
}
