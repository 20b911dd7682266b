import { oneLine, VyxError } from "../../core/mod.ts";

/** What can go wrong between us and Redis. */
export type RedisErrorCode =
  /** It can't be reached, or the answer wasn't all there in time. */
  | "redis_unreachable"
  /** It doesn't take our token or password. */
  | "redis_unauthorized"
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
