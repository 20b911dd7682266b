import { type Client, ClientError, createClient } from "../../src/client/mod.ts";
import type { PageStorage } from "../shell/storage.ts";
import type { Holder } from "./permissions.ts";
import type { UserSession } from "./user-session.ts";

const KEPT_AS = "vyx.key";

/** Characters of a key that are sent: servers refuse headers that are longer. */
const MOST_KEY_CHARACTERS = 4_000;

/** The time of the last renewal of a refused token. */
const RENEWED_AS = "vyx.renewed";

/** Minimum interval between renewals of refused tokens, in milliseconds. */
const RENEW_AGAIN_MS = 300_000;

/** Creates a client with a key or token. */
type ClientWith = (key: string) => Pick<Client, "symbols">;

/** Dependencies of the access control. */
export interface AccessParts {
  /** What the browser keeps until the tab is closed. */
  readonly storage: PageStorage;
  /** What the browser keeps for the next visit. */
  readonly deviceStorage: PageStorage;
  /** Where the server is. */
  readonly url: string;
  /** The users' sign-in; undefined if the server accepts only keys. */
  readonly session: UserSession | undefined;
  /** Local time in Unix milliseconds. */
  readonly now: () => number;
  /** Reloads the page, because all its data was requested with the former key. */
  readonly reloadPage: () => void;
  readonly clientWith?: ClientWith;
  /** Called at the sign-out, to forget what the browser keeps of the user. */
  readonly onSignOut?: () => void;
}

/** The key or token that the page sends to the server; none if the server requires none. */
export class Access {
  /** The API key that is in use. */
  readonly key: string | undefined;
  /** The users' sign-in; undefined if the server accepts only keys. */
  readonly session: UserSession | undefined;
  /** Who is signed in. */
  readonly user: string | undefined;
  /** Whether the key is kept after the tab is closed. */
  readonly isRemembered: boolean;
  readonly #storage: PageStorage;
  readonly #deviceStorage: PageStorage;
  readonly #clientWith: ClientWith;
  readonly #reloadPage: () => void;
  readonly #now: () => number;
  readonly #onSignOut: (() => void) | undefined;

  constructor(parts: AccessParts) {
    const { storage, deviceStorage, url, session, now, reloadPage, clientWith = client(url), onSignOut } = parts;
    this.#onSignOut = onSignOut;
    this.#storage = storage;
    this.#deviceStorage = deviceStorage;
    this.#reloadPage = reloadPage;
    this.#now = now;
    this.#clientWith = clientWith;
    this.session = session;
    const ofTab = keptKey(storage);
    // A tab's own key comes first, and a user who has signed in to this tab comes before the device's key.
    const ofDevice = session?.user === undefined ? keptKey(deviceStorage) : undefined;
    this.key = ofTab ?? ofDevice;
    this.isRemembered = ofTab === undefined && ofDevice !== undefined;
    this.user = this.key === undefined ? session?.user : undefined;
  }

  /** The credential of the page's client. */
  get credential(): string | (() => Promise<string | undefined>) | undefined {
    const { session } = this;
    return session === undefined || this.user === undefined ? this.key : () => session.token();
  }

  /** What the scopes belong to that the server tells the page. */
  get holder(): Holder {
    if (this.key !== undefined) return "key";
    return this.user === undefined ? "visitor" : "account";
  }

  /**
   * Tries a key and stores it if it is valid, then reloads the page. `isRemembered`: on this device, otherwise until the tab is closed.
   * Resolves with the error, in words.
   */
  async use(typed: string, isRemembered: boolean): Promise<string | undefined> {
    const key = typed.trim();
    if (!isKeyText(key))
      return "This isn't an API key: a key has no spaces and only ASCII characters. Copy it as `vyx keys create` printed it.";
    const fault = await this.#faultWith(key, "key");
    if (fault !== undefined) return fault;
    await this.session?.signOut();
    this.#forgetKey();
    (isRemembered ? this.#deviceStorage : this.#storage).setItem(KEPT_AS, key);
    this.#reloadPage();
    return undefined;
  }

  /** Reloads the page for the signed-in user if the server accepts the token. Resolves with the error, in words. */
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
   * Renews a token that the server has refused, then reloads the page. The machine's clock may be slow, so that an expired token
   * looked valid. Does nothing if the last renewal was a moment ago.
   */
  async renew(): Promise<void> {
    const [now, before] = [this.#now(), Number(this.#storage.getItem(RENEWED_AS) ?? Number.NEGATIVE_INFINITY)];
    if (this.user === undefined || Math.abs(now - before) < RENEW_AGAIN_MS) return;
    this.#storage.setItem(RENEWED_AS, String(now));
    const isRenewed = await this.session?.renew().catch(() => false);
    if (isRenewed === true) this.#reloadPage();
  }

  /** Removes the key from the tab and the device, and signs the user out. */
  async signOut(): Promise<void> {
    this.#forgetKey();
    this.#storage.removeItem(RENEWED_AS);
    this.#onSignOut?.();
    if (this.user !== undefined) await this.session?.signOut();
    this.#reloadPage();
  }

  #forgetKey(): void {
    this.#storage.removeItem(KEPT_AS);
    this.#deviceStorage.removeItem(KEPT_AS);
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

/** The key that a storage has; undefined where there is none, or something that no request can carry. */
function keptKey(storage: PageStorage): string | undefined {
  const text = storage.getItem(KEPT_AS) ?? "";
  return isKeyText(text) ? text : undefined;
}

function isKeyText(text: string): boolean {
  return text.length <= MOST_KEY_CHARACTERS && /^[\x21-\x7e]+$/.test(text);
}
