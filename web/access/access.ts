import { type Client, ClientError, createClient } from "../../src/client/mod.ts";
import type { PageStorage } from "../shell/storage.ts";
import type { UserSession } from "./user-session.ts";

const KEPT_AS = "vyx.key";

/** When the server last refused a token that looked good. */
const RENEWED_AS = "vyx.renewed";

/** A token that the server refuses is renewed out of turn, but no more often than this, in milliseconds. */
const RENEW_AGAIN_MS = 300_000;

/** Makes a client that shows a key or token. */
type ClientWith = (key: string) => Pick<Client, "symbols">;

/** What access is made of. */
export interface AccessParts {
  readonly storage: PageStorage;
  /** Where the server is. */
  readonly url: string;
  /** Where users sign in; undefined where the server takes keys alone. */
  readonly session: UserSession | undefined;
  /** Local time in Unix milliseconds. */
  readonly now: () => number;
  /** Loads the page again: everything on it was asked for with the former key. */
  readonly reloadPage: () => void;
  readonly clientWith?: ClientWith;
}

/** The key or token that the page shows to the server, for as long as the tab is open; none where the server wants none. */
export class Access {
  /** The API key that is in use. */
  readonly key: string | undefined;
  /** Where users sign in; undefined where the server takes keys alone. */
  readonly session: UserSession | undefined;
  /** Who is signed in. */
  readonly user: string | undefined;
  readonly #storage: PageStorage;
  readonly #clientWith: ClientWith;
  readonly #reloadPage: () => void;
  readonly #now: () => number;

  constructor({ storage, url, session, now, reloadPage, clientWith = client(url) }: AccessParts) {
    this.#storage = storage;
    this.#reloadPage = reloadPage;
    this.#now = now;
    this.#clientWith = clientWith;
    this.session = session;
    this.key = storage.getItem(KEPT_AS) ?? undefined;
    this.user = this.key === undefined ? session?.user : undefined;
  }

  /** What the page's client shows. */
  get credential(): string | (() => Promise<string | undefined>) | undefined {
    const { session } = this;
    return session === undefined || this.user === undefined ? this.key : () => session.token();
  }

  /** Tries a key, and keeps it if it is good. Resolves with what is wrong with it, in words, or starts anew. */
  async use(typed: string): Promise<string | undefined> {
    const key = typed.trim();
    if (!/^[\x21-\x7e]+$/.test(key))
      return "An API key has ASCII characters only and no spaces. Copy it as `vyx keys create` printed it.";
    const fault = await this.#faultWith(key, "key");
    if (fault !== undefined) return fault;
    await this.session?.signOut();
    this.#storage.setItem(KEPT_AS, key);
    this.#reloadPage();
    return undefined;
  }

  /** Starts anew as who has just signed in, if the server takes their token. Resolves with what is wrong, in words. */
  async enter(): Promise<string | undefined> {
    let token: string | undefined;
    try {
      token = await this.session?.token();
    } catch (cause) {
      return cause instanceof Error ? cause.message : String(cause);
    }
    const fault = token === undefined ? "You are not signed in." : await this.#faultWith(token, "account");
    if (fault === undefined) {
      this.#storage.removeItem(KEPT_AS);
      this.#reloadPage();
    } else await this.session?.signOut();
    return fault;
  }

  /**
   * The server has refused the token: this machine's clock may be behind, so that it took an old one for good. It is renewed, and all
   * begins anew; where that was done a moment ago, it is no help.
   */
  async renew(): Promise<void> {
    const [now, before] = [this.#now(), Number(this.#storage.getItem(RENEWED_AS) ?? Number.NEGATIVE_INFINITY)];
    if (this.user === undefined || Math.abs(now - before) < RENEW_AGAIN_MS) return;
    this.#storage.setItem(RENEWED_AS, String(now));
    const isRenewed = await this.session?.renew().catch(() => false);
    if (isRenewed === true) this.#reloadPage();
  }

  /** Forgets the key, and signs out whoever is signed in. */
  async signOut(): Promise<void> {
    this.#storage.removeItem(KEPT_AS);
    this.#storage.removeItem(RENEWED_AS);
    if (this.user !== undefined) await this.session?.signOut();
    this.#reloadPage();
  }

  async #faultWith(key: string, name: "key" | "account"): Promise<string | undefined> {
    try {
      await this.#clientWith(key).symbols();
      return undefined;
    } catch (cause) {
      if (cause instanceof ClientError && cause.code === "unauthorized")
        return `The server doesn't accept this ${name}.`;
      if (cause instanceof ClientError && cause.code === "forbidden")
        return `This ${name} has no permission to read the market.`;
      return `The server couldn't be reached: ${cause instanceof Error ? cause.message : cause}`;
    }
  }
}

function client(url: string): ClientWith {
  return (apiKey) => createClient({ url, apiKey, maxTries: 2 });
}
