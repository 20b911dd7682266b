import type { Clock } from "../../../core/mod.ts";
import type { Budget, SentAway, Verdict } from "../../dialect.ts";

const MINUTE_MS = 60_000;

/** Requests within the wait of one refusal that are still answered with 429: several are on their way when it begins. The next is a ban. */
const FORGIVEN_AFTER_429 = 10;

/** The first ban; each further one is twice as long, up to three days (Binance spot API, 2026-07). */
const FIRST_BAN_MS = 2 * MINUTE_MS;
const LONGEST_BAN_MS = 3 * 24 * 60 * MINUTE_MS;

/** Calls that come so soon after a ban began were on their way when it did: their sender couldn't know. */
const ON_THE_WAY_MS = 2_000;

interface Account {
  minute: number;
  used: number;
  refused: number;
  /** Until then every call is one too many, whatever its weight. */
  refusedUntil: number;
  bans: number;
  bannedAt: number;
  bannedUntil: number;
}

/** Counts request weight per address and clock minute, refuses with 429 past the limit, and bans those who go on. */
export class Weights implements Budget {
  readonly #clock: Clock;
  readonly #perMinute: number;
  readonly #accounts: Map<string, Account> = new Map();
  #callsWhileBanned = 0;

  /** `perMinute`: the weight that an address may use in a clock minute. */
  constructor(clock: Clock, perMinute: number) {
    this.#clock = clock;
    this.#perMinute = perMinute;
  }

  /** Calls by addresses that were banned and had been told so. */
  get callsWhileBanned(): number {
    return this.#callsWhileBanned;
  }

  spend(address: string, weight: number): Verdict {
    const now = this.#clock.now();
    const account = this.#account(address, now);
    if (account.bannedUntil > now) {
      if (now - account.bannedAt > ON_THE_WAY_MS) this.#callsWhileBanned += 1;
      return refusal(account, true, account.bannedUntil, now);
    }
    account.used += weight;
    const isOver = account.used > this.#perMinute;
    if (!isOver && account.refusedUntil <= now) return { allowed: true, used: account.used };
    account.refused += 1;
    const until = Math.max(account.refusedUntil, isOver ? (account.minute + 1) * MINUTE_MS : 0);
    if (account.refused <= FORGIVEN_AFTER_429) return refusal(account, false, until, now);
    this.#ban(account, now, Math.min(LONGEST_BAN_MS, FIRST_BAN_MS * 2 ** account.bans));
    return refusal(account, true, account.bannedUntil, now);
  }

  isBanned(address: string): boolean {
    return (this.#accounts.get(address)?.bannedUntil ?? 0) > this.#clock.now();
  }

  /** Refuses an address for a while, as if it had used too much. A client that observed the wait of an earlier refusal isn't counted as breaking this one. */
  refuse(address: string, spanMs: number): void {
    const now = this.#clock.now();
    const account = this.#account(address, now);
    if (account.refusedUntil <= now) account.refused = 0;
    account.refusedUntil = now + spanMs;
  }

  /** Bans an address for a while. A longer ban that it already has stays. */
  ban(address: string, spanMs: number): void {
    const now = this.#clock.now();
    const account = this.#account(address, now);
    if (account.bannedUntil < now + spanMs) this.#ban(account, now, spanMs);
  }

  #ban(account: Account, now: number, spanMs: number): void {
    if (account.bannedUntil <= now) account.bannedAt = now;
    account.bannedUntil = now + spanMs;
    account.bans += 1;
    account.refused = 0;
    account.refusedUntil = 0;
  }

  #account(address: string, now: number): Account {
    const minute = Math.floor(now / MINUTE_MS);
    let account = this.#accounts.get(address);
    if (account === undefined) {
      account = { minute, used: 0, refused: 0, refusedUntil: 0, bans: 0, bannedAt: 0, bannedUntil: 0 };
      this.#accounts.set(address, account);
    }
    if (account.minute !== minute) Object.assign(account, { minute, used: 0, refused: 0 });
    return account;
  }
}

function refusal(account: Account, banned: boolean, until: number, now: number): SentAway {
  return {
    allowed: false,
    used: account.used,
    banned,
    retryAfterSeconds: Math.max(1, Math.ceil((until - now) / 1_000)),
    until,
  };
}
