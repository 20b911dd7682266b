import { createHash } from "node:crypto";
import type { Scope } from "../wire/mod.ts";
import type { Caller } from "./caller.ts";
import { CallerTable } from "./caller-table.ts";
import { RequestProblem } from "./problem.ts";
import type { Rate } from "./rate.ts";
import { TokenBucket } from "./token-bucket.ts";

/** Users whose rate is remembered, and tokens that needn't be checked again, about 500 bytes each. */
export const MAX_USERS = 20_000;
export const MAX_TOKENS = 20_000;

/** Tokens that are being checked at once: that waits for the network when the public keys aren't there yet. */
export const MAX_CHECKS = 1_000;

/** The longest text that is looked at as a token, in characters. Supabase's have about a thousand. */
const MAX_TOKEN_CHARACTERS = 8_192;

/** What a user may do who is signed in. The operator's scopes, `admin` and `metrics`, are for keys. */
const USER_SCOPES: ReadonlySet<Scope> = new Set(["read", "stream", "screen", "trade"]);

/** What a check of a token came to: whose it is and until when, in Unix milliseconds, or why that can't be said. */
export type CheckedToken =
  | { readonly user: string; readonly expiresAt: number }
  | { readonly fault: "unauthorized" | "not_ready"; readonly detail: string };

/** Knows users by the tokens that somebody else gave them. */
export interface UserTokens {
  /** Whether a text is built like a token, whatever it is worth; an API key isn't. */
  isLikeToken(text: string): boolean;
  /** Never rejects for what a token is, or for keys that can't be had. */
  check(token: string): Promise<CheckedToken>;
}

/** Users who may use the server. */
export interface UserOptions {
  readonly tokens: UserTokens;
  /** How often each may ask. */
  readonly rate: Rate;
}

/** What all tokens of one user share. */
interface User {
  readonly bucket: TokenBucket;
  sockets: number;
}

/** A user by one of their tokens: once it has expired, so has all that was opened with it. */
class UserCaller implements Caller {
  readonly name: string;
  readonly title = "your account";
  readonly owner: string;
  readonly scopes: ReadonlySet<Scope> = USER_SCOPES;
  readonly origins: readonly string[] = [];
  readonly #user: User;
  readonly #expiresAt: number;

  constructor(id: string, user: User, expiresAt: number) {
    this.name = `user:${id}`;
    this.owner = id;
    this.#user = user;
    this.#expiresAt = expiresAt;
  }

  get bucket(): TokenBucket {
    return this.#user.bucket;
  }

  get sockets(): number {
    return this.#user.sockets;
  }

  set sockets(count: number) {
    this.#user.sockets = count;
  }

  isValid(now: number): boolean {
    return now < this.#expiresAt;
  }
}

/** The users who asked lately. A token that was checked is known by its hash until it expires. */
export class UserCallers {
  readonly #tokens: UserTokens;
  readonly #users: CallerTable<User>;
  /** By the token's hash, so that no token stays in memory; in the order in which they were first seen. */
  readonly #known: Map<string, UserCaller> = new Map();
  readonly #checking: Map<string, Promise<Caller | RequestProblem>> = new Map();

  constructor({ tokens, rate }: UserOptions) {
    this.#tokens = tokens;
    this.#users = new CallerTable(MAX_USERS, (_, now) => ({ bucket: new TokenBucket(rate, now), sockets: 0 }));
  }

  /** Users whose rate is remembered. */
  get size(): number {
    return this.#users.size;
  }

  isLikeToken(text: string): boolean {
    return this.#tokens.isLikeToken(text);
  }

  /** Whose a token is that was checked before; else how it is found out. */
  find(token: string, now: number): Caller | RequestProblem | UncheckedToken {
    if (token.length > MAX_TOKEN_CHARACTERS) {
      return new RequestProblem("unauthorized", `the token is longer than ${MAX_TOKEN_CHARACTERS} characters`);
    }
    const hash = createHash("sha256").update(token).digest("base64");
    const known = this.#known.get(hash);
    if (known?.isValid(now)) return known;
    // An old one is checked again only to be told so in the same words as ever.
    this.#known.delete(hash);
    return new UncheckedToken(() => this.#checked(token, hash, now));
  }

  /** Requests with the same token, such as a page's first ones, wait for one check. */
  #checked(token: string, hash: string, now: number): Promise<Caller | RequestProblem> {
    const running = this.#checking.get(hash);
    if (running !== undefined) return running;
    if (this.#checking.size >= MAX_CHECKS) {
      const busy = new RequestProblem("not_ready", `${MAX_CHECKS} tokens are being checked already: try again`);
      return Promise.resolve(busy);
    }
    const check = this.#check(token, hash, now).finally(() => this.#checking.delete(hash));
    this.#checking.set(hash, check);
    return check;
  }

  async #check(token: string, hash: string, now: number): Promise<Caller | RequestProblem> {
    const checked = await this.#tokens.check(token);
    if ("fault" in checked) return new RequestProblem(checked.fault, checked.detail);
    const { user, expiresAt } = checked;
    const caller = new UserCaller(user, this.#users.of(user, now), expiresAt);
    const [oldest] = this.#known.keys();
    // Most likely it has expired; else it is checked again when it comes back.
    if (oldest !== undefined && this.#known.size >= MAX_TOKENS) this.#known.delete(oldest);
    this.#known.set(hash, caller);
    return caller;
  }
}

/** A token of which isn't known yet whose it is. */
export class UncheckedToken {
  readonly check: () => Promise<Caller | RequestProblem>;

  constructor(check: () => Promise<Caller | RequestProblem>) {
    this.check = check;
  }
}
