import { AuthClient, type AuthError, isAuthRetryableFetchError } from "@supabase/auth-js";
import type { SignInSettings } from "../../src/wire/mod.ts";
import type { PageStorage } from "../shell/storage.ts";

/** What came of an attempt: in words what is wrong, or nothing. */
export type Fault = string | undefined;

/** What a mail's link brings. */
export interface MailTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** What this sign-in is made of. */
export interface ProjectSignInParts {
  readonly settings: SignInSettings;
  readonly storage: PageStorage;
  /** The name that the session is kept under. */
  readonly keptAs: string;
  /** Told when the session is over, whoever ended it. */
  readonly onEnd: () => void;
}

/** The sign-in of a Supabase project, by its own library. It renews the session before it ends, and when the page is seen again. */
export class ProjectSignIn {
  readonly #auth: InstanceType<typeof AuthClient>;

  constructor({ settings, storage, keptAs, onEnd }: ProjectSignInParts) {
    // The library tells other tabs by this name, and each tab has a session of its own.
    const storageKey = `${keptAs} ${performance.timeOrigin}`;
    const nameOf = (key: string): string => key.replace(storageKey, keptAs);
    this.#auth = new AuthClient({
      url: `${settings.url}/auth/v1`,
      headers: { apikey: settings.publishableKey },
      storageKey,
      storage: {
        getItem: (key) => storage.getItem(nameOf(key)),
        setItem: (key, value) => storage.setItem(nameOf(key), value),
        removeItem: (key) => storage.removeItem(nameOf(key)),
      },
      detectSessionInUrl: false,
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

  /** Makes an account. Without a session it has to be confirmed first, by a mail. */
  async signUp(email: string, password: string): Promise<{ readonly fault: Fault; readonly isSignedIn: boolean }> {
    const { data, error } = await this.#auth.signUp({ email, password });
    return { fault: faultOf(error), isSignedIn: data.session !== null };
  }

  /** Has a mail sent whose link leads to an address, if the project knows that as its own, and else to where it says itself. */
  async recover(email: string, address: string): Promise<Fault> {
    const { error } = await this.#auth.resetPasswordForEmail(email, { redirectTo: address });
    return faultOf(error);
  }

  /** Signs in by the tokens of a mail's link, and changes the password. */
  async choosePassword(tokens: MailTokens, password: string): Promise<Fault> {
    const { accessToken: access_token, refreshToken: refresh_token } = tokens;
    const { error: notIn } = await this.#auth.setSession({ access_token, refresh_token });
    if (notIn !== null) return faultOf(notIn);
    const { error } = await this.#auth.updateUser({ password });
    return faultOf(error);
  }

  /** Ends this tab's session; others of the same user go on. */
  async signOut(): Promise<void> {
    await this.#auth.signOut({ scope: "local" });
  }
}

/** What people can do something about, in our own words. */
const FAULTS: Readonly<Record<string, string>> = {
  invalid_credentials: "E-mail or password are not right.",
  email_not_confirmed: "This e-mail address isn't confirmed yet: open the link in the mail that was sent to it.",
  user_already_exists: "There is an account with this e-mail address already: sign in.",
  signup_disabled: "Nobody can make an account here by themselves.",
  over_request_rate_limit: "Too many tries: wait a minute.",
  over_email_send_rate_limit: "Too many mails were asked for: wait a while.",
};

function faultOf(error: AuthError | null): Fault {
  return error === null ? undefined : wordsFor(error);
}

function wordsFor(error: AuthError): string {
  const words = FAULTS[error.code ?? ""];
  if (words !== undefined) return words;
  return isAuthRetryableFetchError(error) ? `The sign-in can't be reached: ${error.message}` : error.message;
}
