import type { Clock } from "../../../core/mod.ts";
import type { Budget, SentAway, Verdict } from "../../dialect.ts";

/** Requests that an address may make within a rolling window, and how long it is sent away for one more. */
const MOST = 600;
const WINDOW_MS = 5_000;
const BANNED_FOR_MS = 10 * 60_000;

/** Calls that come so soon after a ban began were on their way when it did: their sender couldn't know. */
const ON_THE_WAY_MS = 2_000;

interface Account {
  /** Local times of the requests of the last window, at most {@link MOST}. */
  asked: number[];
  bannedAt: number;
  bannedUntil: number;
}

/** Counts requests per address, all with the same weight, and bans an address at once that makes too many. */
export class RequestWindow implements Budget {
  readonly #clock: Clock;
  readonly #accounts: Map<string, Account> = new Map();
  #callsWhileBanned = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get callsWhileBanned(): number {
    return this.#callsWhileBanned;
  }

  spend(address: string): Verdict {
    const now = this.#clock.now();
    const account = this.#account(address);
    if (account.bannedUntil > now) {
      if (now - account.bannedAt > ON_THE_WAY_MS) this.#callsWhileBanned += 1;
      return sentAway(account, now);
    }
    account.asked = account.asked.filter((at) => now - at < WINDOW_MS);
    if (account.asked.length === MOST) {
      this.ban(address, BANNED_FOR_MS);
      return sentAway(account, now);
    }
    account.asked.push(now);
    return { allowed: true, used: account.asked.length };
  }

  isBanned(address: string): boolean {
    return this.#account(address).bannedUntil > this.#clock.now();
  }

  ban(address: string, spanMs: number): void {
    const now = this.#clock.now();
    const account = this.#account(address);
    if (account.bannedUntil >= now + spanMs) return;
    if (account.bannedUntil <= now) account.bannedAt = now;
    account.bannedUntil = now + spanMs;
    account.asked = [];
  }

  #account(address: string): Account {
    let account = this.#accounts.get(address);
    if (account === undefined) {
      account = { asked: [], bannedAt: 0, bannedUntil: 0 };
      this.#accounts.set(address, account);
    }
    return account;
  }
}

function sentAway({ asked, bannedUntil }: Account, now: number): SentAway {
  const retryAfterSeconds = Math.ceil((bannedUntil - now) / 1_000);
  return { allowed: false, used: asked.length, banned: true, retryAfterSeconds, until: bannedUntil };
}
