import type { Caller } from "./caller.ts";
import { RequestProblem } from "./problem.ts";

/** Takes tokens from a caller's bucket. Throws RequestProblem `rate_limited` when they aren't there. `cost`: the price that is named then. */
export function charge({ bucket }: Caller, due: number, now: number, cost: number = due): void {
  if (due <= 0 || bucket.take(due, now)) return;
  const seconds = Math.max(1, bucket.secondsUntil(due));
  const price = cost === 1 ? "" : ` (this request counts as ${Math.min(cost, bucket.limit)})`;
  const detail = `${bucket.limit} requests are used up${price}: try again in ${seconds} s`;
  throw new RequestProblem("rate_limited", detail, seconds);
}

/** Charges the rest of a price of which a part was charged before. */
export function chargeRest(caller: Caller, price: number, charged: number, now: number): void {
  // A price above what the bucket holds counts as all of it, whether it is charged in one go or in two.
  charge(caller, Math.min(price, caller.bucket.limit) - charged, now, price);
}
