import type { Refusal } from "../exchange.ts";

/** How long an address is banned that asked for more than 600 answers in 5 seconds, in milliseconds. */
const BANNED_FOR_MS = 600_000;

/** How long to wait where an interface is asked too often, in milliseconds: its limits are of a second. */
const TOO_OFTEN_FOR_MS = 5_000;

const TOO_OFTEN: Refusal = { kind: "stop", says: "asked too often", waitMs: TOO_OFTEN_FOR_MS };
const BANNED: Refusal = { kind: "stop", says: "this address is banned for a while", waitMs: BANNED_FOR_MS };
const NOT_SERVED: Refusal = { kind: "address", says: "the exchange doesn't serve this place" };

/** What a code in an answer means, whatever the status is. */
const BY_CODE: Readonly<Record<number, Refusal>> = {
  10000: { kind: "trouble", says: "the exchange's server took too long" },
  10006: TOO_OFTEN,
  10009: BANNED,
  10016: { kind: "trouble", says: "the exchange's server failed" },
  10018: BANNED,
  10024: NOT_SERVED,
  10029: { kind: "unknown_symbol" },
  10429: TOO_OFTEN,
};

/** The code of wrong parameters, also of a symbol that there isn't: "Not supported symbols", "params error: Symbol Invalid". */
const WRONG_PARAMETERS = 10001;

/**
 * Why Bybit didn't answer. Most refusals come with status 200 and a `retCode` other than 0. Source: Bybit v5 documentation, error
 * codes and rate limits, 2026-11; what it says of unknown symbols: clients' tests.
 */
export function bybitRefusal(status: number, body: unknown): Refusal | undefined {
  const { code, message } = saidIn(body);
  if (code !== undefined && code !== 0) {
    if (code === WRONG_PARAMETERS && /symbol/i.test(message)) return { kind: "unknown_symbol" };
    return BY_CODE[code] ?? { kind: "question", says: `refused with ${code}` };
  }
  switch (status) {
    case 403:
      // Asked too much, or asked from a country that isn't served, as its front says in HTML.
      return /country|region|cloudfront|restricted/i.test(message) ? NOT_SERVED : BANNED;
    case 429:
      return TOO_OFTEN;
    case 451:
      return NOT_SERVED;
    default:
      return undefined;
  }
}

function saidIn(body: unknown): { readonly code: number | undefined; readonly message: string } {
  if (typeof body === "string") return { code: undefined, message: body };
  if (typeof body !== "object" || body === null) return { code: undefined, message: "" };
  const { retCode, retMsg } = body as { retCode?: unknown; retMsg?: unknown };
  return {
    code: typeof retCode === "number" ? retCode : undefined,
    message: typeof retMsg === "string" ? retMsg : "",
  };
}
