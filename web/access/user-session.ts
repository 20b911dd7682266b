import { type Signal, signal } from "@preact/signals";
import type { Clock } from "../../src/core/mod.ts";
import type { SignInSettings } from "../../src/wire/mod.ts";
import type { PageStorage } from "../shell/storage.ts";
import { type KeptSession, readKeptSession } from "./kept-session.ts";
import { type MailLink, readMailLink } from "./mail-link.ts";
import type { Fault, ProjectSignIn } from "./project-sign-in.ts";

const KEPT_AS = "vyx.session";

/** A token with less left than this is renewed before it is used, in milliseconds. The library renews what has less than 90 s. */
const RENEW_WITHIN_MS = 60_000;

/** Time limit of the sign-out request to the project, in milliseconds. */
const SIGN_OUT_WITHIN_MS = 3_000;

/** Dependencies of a session. */
export interface UserSessionParts {
  readonly settings: SignInSettings;
  readonly storage: PageStorage;
  readonly clock: Clock;
  /** Where the page is. */
  readonly address: Pick<Location, "origin" | "pathname" | "hash">;
}

/**
 * Who is signed in with a Supabase project, for as long as the tab is open. The library that signs in and renews is fetched when it
 * is first needed, so that a page whose token is good shows its prices before.
 */
export class UserSession {
  /** Why there is none any more, in words; empty until it is over. */
  readonly ended: Signal<string> = signal("");
  /** The e-mail link that opened the page. */
  readonly link: MailLink | undefined;
  readonly #parts: UserSessionParts;
  #library: Promise<ProjectSignIn> | undefined;
  #isLeaving = false;

  constructor(parts: UserSessionParts) {
    this.#parts = parts;
    // Read once: the page's own address takes its place at once.
    this.link = readMailLink(parts.address.hash);
  }

  /** The e-mail address of who is signed in; undefined when nobody is. */
  get user(): string | undefined {
    const kept = this.#kept();
    return kept === undefined ? undefined : (kept.user?.email ?? "a user");
  }

  /** The project, as people know it. */
  get project(): string {
    return new URL(this.#parts.settings.url).host;
  }

  /** A token that is good now. Undefined once nobody is signed in any more; rejects while that can't be known. */
  async token(): Promise<string | undefined> {
    const kept = this.#kept();
    if (kept === undefined) return undefined;
    if (kept.expires_at * 1_000 - this.#parts.clock.now() > RENEW_WITHIN_MS) return kept.access_token;
    return await (await this.#project()).token();
  }

  /** Has a new token given out, however good the one at hand looks. Resolves with whether there is one. */
  async renew(): Promise<boolean> {
    return await (await this.#project()).renew();
  }

  /** Has the session renewed before it ends, from now on. */
  keep(): void {
    if (this.#kept() !== undefined) void this.#project().catch(() => {});
  }

  async signIn(email: string, password: string): Promise<Fault> {
    return await this.#try((project) => project.signIn(email, password));
  }

  /** Creates an account. Resolves with an error, or with the next step for the user; with neither if the user is signed in. */
  async signUp(email: string, password: string): Promise<{ readonly fault?: Fault; readonly note?: string }> {
    let note: string | undefined;
    const fault = await this.#try(async (project) => {
      const made = await project.signUp(email, password);
      if (!made.isSignedIn) note = `We have sent an e-mail to ${email}. Open the link in it, then sign in.`;
      return made.fault;
    });
    return fault === undefined && note !== undefined ? { note } : { fault };
  }

  /** Requests an e-mail to reset the password. */
  async recover(email: string): Promise<Fault> {
    const { origin, pathname } = this.#parts.address;
    return await this.#try((project) => project.recover(email, `${origin}${pathname}`));
  }

  /** Sets a new password for the user of the e-mail link, and signs the user in. */
  async choosePassword(password: string): Promise<Fault> {
    const { link } = this;
    if (link?.kind !== "recovery") return "This page was not opened from a link in an e-mail.";
    return await this.#try((project) => project.choosePassword(link, password));
  }

  /** Removes the session from the tab, even if the project's answer is an error. */
  async signOut(): Promise<void> {
    if (this.#kept() === undefined) return;
    this.#isLeaving = true;
    const signal = AbortSignal.timeout(SIGN_OUT_WITHIN_MS);
    const isLate = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    const told = this.#project().then((project) => project.signOut());
    await Promise.race([told.catch(() => {}), isLate]);
    this.#parts.storage.removeItem(KEPT_AS);
    this.#isLeaving = false;
  }

  #kept(): KeptSession | undefined {
    return readKeptSession(this.#parts.storage.getItem(KEPT_AS));
  }

  async #try(work: (project: ProjectSignIn) => Promise<Fault>): Promise<Fault> {
    let project: ProjectSignIn;
    try {
      project = await this.#project();
    } catch {
      return "A part of the page couldn't be loaded. Reload the page.";
    }
    return await work(project);
  }

  #project(): Promise<ProjectSignIn> {
    this.#library ??= this.#load();
    this.#library.catch(() => {
      this.#library = undefined;
    });
    return this.#library;
  }

  async #load(): Promise<ProjectSignIn> {
    const { settings, storage } = this.#parts;
    const { ProjectSignIn } = await import("./project-sign-in.ts");
    const onEnd = (): void => {
      if (!this.#isLeaving) this.ended.value = "Your session has expired. Sign in again.";
    };
    return new ProjectSignIn({ settings, storage, keptAs: KEPT_AS, onEnd });
  }
}
