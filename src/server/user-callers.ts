import type { Scope } from "../wire/mod.ts";
import type { CacheMeter, CacheMeters } from "./caches.ts";
import type { Caller, Credential } from "./caller.ts";
import { CallerTable } from "./caller-table.ts";
import { RequestProblem } from "./problem.ts";
import type { Rate } from "./rate.ts";
import { TokenBucket } from "./token-bucket.ts";

/** What a user whose rate is remembered takes in memory, and what is known of a verified token besides its text; bytes. */
const USER_BYTES = 600;
const TOKEN_BYTES = 600;

/** Tokens that are being checked at once: that waits for the network when the public keys aren't there yet. */
export const MAX_CHECKS = 1_000;

/** Those that are known are checked again only while fewer than these are being checked; else when they are next looked at. */
export const MAX_CHECKS_AGAIN = 100;

/** What a check came to holds for so long, in milliseconds: the key that a token is signed with may have been revoked since. */
const CHECK_AGAIN_AFTER_MS = 600_000;

/** Where it couldn't be checked again, it holds for so much longer, in milliseconds. */
const TRY_AGAIN_AFTER_MS = 10_000;

/** The longest text that is looked at as a token, in characters. Supabase's have about a thousand. */
export const MAX_TOKEN_CHARACTERS = 8_192;

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

/** A user by one of their tokens: once it has expired or is refused, all that was opened with it ends. */
class UserCaller implements Caller {
  readonly token: string;
  /** When the token is checked again, in Unix milliseconds. */
  checkAt: number;
  isRefused = false;
  readonly name: string;
  readonly title = "your account";
  readonly owner: string;
  readonly scopes: ReadonlySet<Scope> = USER_SCOPES;
  readonly origins: readonly string[] = [];
  readonly #user: User;
  readonly #expiresAt: number;
  readonly #checkAgain: (caller: UserCaller, now: number) => void;

  constructor({ id, token, user, expiresAt, checkAt, checkAgain }: UserCallerParts) {
    this.name = `user:${id}`;
    this.owner = id;
    this.token = token;
    this.checkAt = checkAt;
    this.#user = user;
    this.#expiresAt = expiresAt;
    this.#checkAgain = checkAgain;
  }

  get credential(): Credential {
    return { kind: "token", token: this.token };
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

  /** Whether what is known of it holds without a check. */
  isFresh(now: number): boolean {
    return !this.isRefused && now < this.#expiresAt && now < this.checkAt;
  }

  /** Whoever has a socket may ask for nothing for hours: what is due is checked while it still holds. */
  isValid(now: number): boolean {
    if (this.isRefused || now >= this.#expiresAt) return false;
    if (now >= this.checkAt) this.#checkAgain(this, now);
    return true;
  }
}

interface UserCallerParts {
  readonly id: string;
  readonly token: string;
  readonly user: User;
  readonly expiresAt: number;
  readonly checkAt: number;
  readonly checkAgain: (caller: UserCaller, now: number) => void;
}

/**
 * The users who asked lately. A token that was checked is known until it expires, and checked again from time to time; what is known
 * holds on only while that can't be done.
 */
export class UserCallers {
  readonly #tokens: UserTokens;
  readonly #users: CallerTable<User>;
  readonly #meter: CacheMeter;
  /** By the token, in the order in which they were first seen. */
  readonly #known: Map<string, UserCaller> = new Map();
  readonly #checking: Map<string, Promise<Caller | RequestProblem>> = new Map();

  constructor({ tokens, rate }: UserOptions, meters: Pick<CacheMeters, "users" | "tokens">, stopwatch: () => number) {
    this.#tokens = tokens;
    this.#meter = meters.tokens;
    this.#users = new CallerTable(meters.users, USER_BYTES, stopwatch, () => ({
      bucket: new TokenBucket(rate),
      sockets: 0,
    }));
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
    const known = this.#known.get(token);
    if (known?.isFresh(now)) return known;
    // One that has expired is checked again only to be told so in the same words as ever.
    return new UncheckedToken(() => this.#checked(token, known, now));
  }

  /** Requests with the same token, such as a page's first ones, wait for one check. */
  #checked(token: string, known: UserCaller | undefined, now: number): Promise<Caller | RequestProblem> {
    const running = this.#checking.get(token);
    if (running !== undefined) return running;
    if (this.#checking.size >= MAX_CHECKS) {
      const busy = new RequestProblem("not_ready", `${MAX_CHECKS} tokens are being checked already: try again`);
      return Promise.resolve(busy);
    }
    const check = this.#check(token, known, now).finally(() => this.#checking.delete(token));
    this.#checking.set(token, check);
    return check;
  }

  async #check(token: string, known: UserCaller | undefined, now: number): Promise<Caller | RequestProblem> {
    const checked = await this.#tokens.check(token);
    if (!("fault" in checked)) {
      if (known === undefined) return this.#learn(token, checked, now);
      known.checkAt = now + CHECK_AGAIN_AFTER_MS;
      return known;
    }
    if (known !== undefined && checked.fault === "not_ready") {
      known.checkAt = now + TRY_AGAIN_AFTER_MS;
      if (known.isFresh(now)) return known;
    } else if (known !== undefined) this.#forget(known);
    return new RequestProblem(checked.fault, checked.detail);
  }

  #learn(token: string, { user: id, expiresAt }: { user: string; expiresAt: number }, now: number): UserCaller {
    const caller = new UserCaller({
      id,
      token,
      user: this.#users.of(id),
      expiresAt,
      checkAt: now + CHECK_AGAIN_AFTER_MS,
      checkAgain: (known, at) => this.#checkAgain(known, at),
    });
    this.#known.set(token, caller);
    this.#meter.change(bytesOf(token));
    // Most likely the oldest have expired; else they are checked again when they come back.
    for (const oldest of this.#known.keys()) {
      if (!this.#meter.isOver) break;
      this.#known.delete(oldest);
      this.#meter.evict(bytesOf(oldest));
    }
    return caller;
  }

  /** Nobody waits for it. What goes wrong in it is met again by whoever comes with the token next. */
  #checkAgain(known: UserCaller, now: number): void {
    const { token } = known;
    if (this.#checking.has(token) || this.#checking.size >= MAX_CHECKS_AGAIN) return;
    this.#checked(token, known, now).catch(() => this.#forget(known));
  }

  #forget(known: UserCaller): void {
    known.isRefused = true;
    if (this.#known.get(known.token) !== known) return;
    this.#known.delete(known.token);
    this.#meter.change(-bytesOf(known.token));
  }
}

function bytesOf(token: string): number {
  return token.length + TOKEN_BYTES;
}

/** A token that hasn't been verified yet. */
export class UncheckedToken {
  readonly check: () => Promise<Caller | RequestProblem>;

  constructor(check: () => Promise<Caller | RequestProblem>) {
    this.check = check;
  }
}
