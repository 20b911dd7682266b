import type { Clock } from "../core/mod.ts";
import { WEIGHT_PER_MINUTE } from "./encode.ts";

const MINUTE_MS = 60_000;

/** Requests that come after a 429 within its wait and are still answered with 429; the next is a ban. */
const FORGIVEN_AFTER_429 = 10;

/** The first ban; each further one is twice as long, up to three days (Binance spot API, 2026-07). */
const FIRST_BAN_MS = 2 * MINUTE_MS;
const LONGEST_BAN_MS = 3 * 24 * 60 * MINUTE_MS;

interface Account {
  minute: number;
  used: number;
  refused: number;
  bans: number;
  bannedUntil: number;
}

/** What became of a request's weight. */
export type WeightVerdict =
  | { readonly allowed: true; readonly used: number }
  | {
      readonly allowed: false;
      readonly used: number;
      readonly status: 429 | 418;
      readonly retryAfterSeconds: number;
      readonly until: number;
    };

/** Counts request weight per address and clock minute, refuses with 429 past the limit, and bans those who go on. */
export class Weights {
  readonly #clock: Clock;
  readonly #accounts: Map<string, Account> = new Map();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  spend(address: string, weight: number): WeightVerdict {
    const now = this.#clock.now();
    const account = this.#account(address, Math.floor(now / MINUTE_MS));
    if (account.bannedUntil > now) return refusal(account, 418, account.bannedUntil, now);
    account.used += weight;
    if (account.used <= WEIGHT_PER_MINUTE) return { allowed: true, used: account.used };
    account.refused += 1;
    const nextMinute = (account.minute + 1) * MINUTE_MS;
    if (account.refused <= FORGIVEN_AFTER_429) return refusal(account, 429, nextMinute, now);
    account.bannedUntil = now + Math.min(LONGEST_BAN_MS, FIRST_BAN_MS * 2 ** account.bans);
    account.bans += 1;
    return refusal(account, 418, account.bannedUntil, now);
  }

  #account(address: string, minute: number): Account {
    let account = this.#accounts.get(address);
    if (account === undefined) {
      account = { minute, used: 0, refused: 0, bans: 0, bannedUntil: 0 };
      this.#accounts.set(address, account);
    }
    if (account.minute !== minute) Object.assign(account, { minute, used: 0, refused: 0 });
    return account;
  }
}

function refusal(account: Account, status: 429 | 418, until: number, now: number): WeightVerdict {
  return {
    allowed: false,
    used: account.used,
    status,
    retryAfterSeconds: Math.max(1, Math.ceil((until - now) / 1_000)),
    until,
  };
}
