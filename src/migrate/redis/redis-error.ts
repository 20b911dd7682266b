import { oneLine, VyxError } from "../../core/mod.ts";
import type { RedisCommand } from "./commands.ts";

/** What can go wrong between us and Redis. */
export type RedisErrorCode =
  /** It can't be reached, or the answer wasn't all there in time. */
  | "redis_unreachable"
  /** It doesn't take our token or password. */
  | "redis_unauthorized"
  /** A key that a command reads is of another type, for example a hash. */
  | "redis_wrong_type"
  /** It didn't do a command, or answered with something that a command's answer can't be. */
  | "redis_refused"
  /** There is no such series in it. */
  | "unknown_symbol";

/** Every expected failure of reading from Redis. */
export class RedisError extends VyxError {
  readonly code: RedisErrorCode;
  readonly retryable: boolean;

  constructor(code: RedisErrorCode, message: string, options?: ErrorOptions) {
    // Servers' own words are in it.
    super(oneLine(message), options);
    this.code = code;
    // A token may be put right, and a run that waits for it is better than one that is given up.
    this.retryable = code !== "unknown_symbol";
  }
}

/** The error of a command that Redis refused with these words. */
export function refusalOf([name, key = ""]: RedisCommand, words: string, options?: ErrorOptions): RedisError {
  const code = /^WRONGTYPE\b/.test(words) ? "redis_wrong_type" : "redis_refused";
  return new RedisError(code, `${name} ${key}: ${words}`, options);
}
