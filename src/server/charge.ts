import { amountOf } from "../core/mod.ts";
import type { Caller } from "./caller.ts";
import { RequestProblem } from "./problem.ts";

/** Why a request was not done, and when its price can be paid. */
export interface ChargeRefusal {
  readonly detail: string;
  readonly retryAfterSeconds: number;
}

/**
 * Takes a price from a caller's bucket, less what was `charged` for the same request before, or says when the whole price will be there:
 * a caller that comes again pays all of it again. `at`: the stopwatch now; `words`: what the detail adds about the price.
 */
export function takeTokens(
  { bucket }: Caller,
  price: number,
  at: number,
  words: string,
  charged: number = 0,
): ChargeRefusal | undefined {
  const due = amountOf(price, "a price in tokens") - amountOf(charged, "a price that was charged");
  if (due <= 0 || bucket.take(due, at)) return undefined;
  const seconds = Math.max(1, bucket.secondsUntil(price));
  const detail = `${bucket.limit} requests are used up${words}: try again in ${seconds} s`;
  return { detail, retryAfterSeconds: seconds };
}

/** Charges an HTTP request, less what was `charged` before. Throws RequestProblem `rate_limited` when the tokens aren't there. */
export function charge(caller: Caller, price: number, at: number, charged: number = 0): void {
  const { limit } = caller.bucket;
  // A price above what the bucket holds counts as all of it, whether it is charged in one go or in two.
  const capped = Math.min(price, limit);
  const words = price === 1 ? "" : ` (this request counts as ${capped})`;
  const refusal = takeTokens(caller, capped, at, words, charged);
  if (refusal !== undefined) throw new RequestProblem("rate_limited", refusal.detail, refusal.retryAfterSeconds);
}
