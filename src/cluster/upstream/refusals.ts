import { isObject, type Realness, type Refusal } from "../../feeds/mod.ts";

/** How long to wait where the upstream refuses for its rate and doesn't say how long, in milliseconds. */
const RATE_WAIT_MS = 5_000;

/**
 * Why another Vyx didn't answer, or not for certain: while it isn't sure that it has all of a range (`settled` is false), what its answer
 * lacks may still exist. Such an answer is worth no more than none, and is asked for again. So is one without a label: an upstream that was
 * just started has its own checkpoint's klines, and doesn't know yet whether they are of the market that it follows now.
 */
export function upstreamRefusal(status: number, label: Realness | undefined, body: unknown): Refusal | undefined {
  const members = isObject(body) ? body : {};
  if (status === 200) {
    if (members.settled === false) return { kind: "unsettled", says: "the upstream isn't certain of it yet" };
    // Only /health is about all markets, and has no label.
    if (label !== undefined || "markets" in members) return undefined;
    return { kind: "unsettled", says: "the upstream hasn't said where its data comes from yet" };
  }
  switch (members.code) {
    case "unknown_symbol":
      return { kind: "unknown_symbol" };
    case "not_ready":
      return { kind: "unsettled", says: "the upstream isn't ready to say" };
    case "rate_limited":
      return { kind: "stop", says: "the upstream's rate for this key or address is used up", waitMs: RATE_WAIT_MS };
    default:
  }
  switch (status) {
    case 401:
    case 403:
      return {
        kind: "address",
        says: "the upstream doesn't accept the key: expected one with the scopes read and stream",
      };
    case 429:
      return { kind: "stop", says: "asked too often", waitMs: RATE_WAIT_MS };
    case 400:
    case 404:
      return { kind: "question" };
    default:
      return undefined;
  }
}
