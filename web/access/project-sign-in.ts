import { AuthClient, type AuthError, isAuthRetryableFetchError } from "@supabase/auth-js";
import type { SignInSettings } from "../../src/wire/mod.ts";
import type { PageStorage } from "../shell/storage.ts";
import { byLocalClock } from "./kept-session.ts";
import type { RecoveryLink } from "./mail-link.ts";

/** The error of an attempt, in words; undefined on success. */
export type Fault = string | undefined;

/** Dependencies of the sign-in. */
export interface ProjectSignInParts {
  readonly settings: SignInSettings;
  readonly storage: PageStorage;
  /** The name that the session is kept under. */
  readonly keptAs: string;
  /** Called when the session has ended, for any reason. */
  readonly onEnd: () => void;
}

/** The sign-in of a Supabase project, by its own library. It renews the session before it ends, and when the page is seen again. */
export class ProjectSignIn {
  readonly #parts: ProjectSignInParts;
  readonly #auth: Auth;
  /** The user of an e-mail link, who is signed in to this tab only after choosing a password. */
  #ofMail: { readonly auth: Auth; readonly session: () => string | undefined } | undefined;

  constructor(parts: ProjectSignInParts) {
    const { settings, storage, keptAs, onEnd } = parts;
    this.#parts = parts;
    // The library notifies other tabs under this name, but each tab has its own session.
    const storageKey = `${keptAs} ${performance.timeOrigin}`;
    const nameOf = (key: string): string => key.replace(storageKey, keptAs);
    this.#auth = new AuthClient({
      ...optionsFor(settings, storageKey),
      storage: {
        getItem: (key) => storage.getItem(nameOf(key)),
        setItem: (key, value) => (key === storageKey ? this.#keep(value) : storage.setItem(nameOf(key), value)),
        removeItem: (key) => storage.removeItem(nameOf(key)),
      },
    });
    this.#auth.onAuthStateChange((event) => {
      if (event === "SIGNED_OUT") onEnd();
    });
  }

  /** A token that is good for a while, renewed if need be. Undefined once the session is over; rejects while that can't be known. */
  async token(): Promise<string | undefined> {
    const { data, error } = await this.#auth.getSession();
    if (isAuthRetryableFetchError(error)) throw new Error(wordsFor(error));
    return data.session?.access_token;
  }

  /** A new token, however good the one at hand looks. Resolves with whether there is one. */
  async renew(): Promise<boolean> {
    const { error } = await this.#auth.refreshSession();
    return error === null;
  }

  async signIn(email: string, password: string): Promise<Fault> {
    const { error } = await this.#auth.signInWithPassword({ email, password });
    return faultOf(error);
  }

  /** Creates an account. Without a session in the answer, the user has to confirm it by e-mail first. */
  async signUp(email: string, password: string): Promise<{ readonly fault: Fault; readonly isSignedIn: boolean }> {
    const { data, error } = await this.#auth.signUp({ email, password });
    return { fault: faultOf(error), isSignedIn: data.session !== null };
  }

  /** Requests an e-mail whose link leads to a URL, if the project allows that URL, otherwise to the project's own default. */
  async recover(email: string, address: string): Promise<Fault> {
    const { error } = await this.#auth.resetPasswordForEmail(email, { redirectTo: address });
    return faultOf(error);
  }

  /** Changes the password of the user of an e-mail link, then signs the user in. */
  async choosePassword(link: RecoveryLink, password: string): Promise<Fault> {
    if (this.#ofMail === undefined) {
      const fault = await this.#open(link);
      if (fault !== undefined) return fault;
    }
    const { error } = (await this.#ofMail?.auth.updateUser({ password })) ?? { error: null };
    if (error !== null) return faultOf(error);
    const session = this.#ofMail?.session();
    if (session !== undefined) this.#keep(session);
    return undefined;
  }

  /** Ends this tab's session; others of the same user go on. */
  async signOut(): Promise<void> {
    await this.#auth.signOut({ scope: "local" });
  }

  /** Anybody may have made the link: it changes nothing in this tab, and has to be of whom it says it is. */
  async #open({ email, accessToken, refreshToken }: RecoveryLink): Promise<Fault> {
    const { settings, keptAs } = this.#parts;
    const kept = new Map<string, string>();
    const storageKey = `${keptAs} of a mail ${performance.timeOrigin}`;
    const auth = new AuthClient({
      ...optionsFor(settings, storageKey),
      autoRefreshToken: false,
      storage: {
        getItem: (key) => kept.get(key) ?? null,
        setItem: (key, value) => void kept.set(key, value),
        removeItem: (key) => void kept.delete(key),
      },
    });
    const { data, error } = await auth.setSession({ access_token: accessToken, refresh_token: refreshToken });
    if (error !== null) return faultOf(error);
    if (data.user?.email !== email) return `The link in the e-mail isn't for ${email}. Request another one.`;
    this.#ofMail = { auth, session: () => kept.get(storageKey) };
    return undefined;
  }

  #keep(session: string): void {
    const { storage, keptAs } = this.#parts;
    storage.setItem(keptAs, byLocalClock(session, storage.getItem(keptAs), Date.now()));
  }
}

type Auth = InstanceType<typeof AuthClient>;

function optionsFor(
  { url, publishableKey }: SignInSettings,
  storageKey: string,
): { url: string; headers: { apikey: string }; storageKey: string; detectSessionInUrl: false } {
  return { url: `${url}/auth/v1`, headers: { apikey: publishableKey }, storageKey, detectSessionInUrl: false };
}

/** Errors that users can fix, in our own words. */
const FAULTS: Readonly<Record<string, string>> = {
  invalid_credentials: "The e-mail address or the password is wrong.",
  email_not_confirmed: "This e-mail address isn't confirmed yet. Open the link in the e-mail that was sent to it.",
  user_already_exists: "An account with this e-mail address already exists. Sign in.",
  signup_disabled: "Sign-ups are disabled.",
  over_request_rate_limit: "Too many tries. Wait a minute.",
  over_email_send_rate_limit: "Too many e-mails requested. Try again later.",
};

function faultOf(error: AuthError | null): Fault {
  return error === null ? undefined : wordsFor(error);
}

function wordsFor(error: AuthError): string {
  const words = FAULTS[error.code ?? ""];
  if (words !== undefined) return words;
  return isAuthRetryableFetchError(error) ? `The sign-in service can't be reached: ${error.message}` : error.message;
}
