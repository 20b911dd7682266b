import type { Caller } from "./caller.ts";
import { RequestProblem } from "./problem.ts";

/** Why a request was not done, and when its price can be paid. */
export interface ChargeRefusal {
  readonly detail: string;
  readonly retryAfterSeconds: number;
}

/** Takes tokens from a caller's bucket, or says when they will be there. `price`: what the detail adds about the price. */
export function takeTokens({ bucket }: Caller, due: number, now: number, price: string): ChargeRefusal | undefined {
  if (due <= 0 || bucket.take(due, now)) return undefined;
  const seconds = Math.max(1, bucket.secondsUntil(due));
  const detail = `${bucket.limit} requests are used up${price}: try again in ${seconds} s`;
  return { detail, retryAfterSeconds: seconds };
}

/** Charges an HTTP request. Throws RequestProblem `rate_limited` when the tokens aren't there. `cost`: the price that is named then. */
export function charge(caller: Caller, due: number, now: number, cost: number = due): void {
  const price = cost === 1 ? "" : ` (this request counts as ${Math.min(cost, caller.bucket.limit)})`;
  const refusal = takeTokens(caller, due, now, price);
  if (refusal !== undefined) throw new RequestProblem("rate_limited", refusal.detail, refusal.retryAfterSeconds);
}

/** Charges the rest of a price of which a part was charged before. */
export function chargeRest(caller: Caller, price: number, charged: number, now: number): void {
  // A price above what the bucket holds counts as all of it, whether it is charged in one go or in two.
  charge(caller, Math.min(price, caller.bucket.limit) - charged, now, price);
}
