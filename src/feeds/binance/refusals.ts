import type { Refusal } from "../exchange.ts";

/** How long to stay away when a 429 or 418 doesn't say, in milliseconds. */
const STOPPED_FOR_MS = 60_000;

/** The exchange's code for a symbol that it doesn't have. */
const INVALID_SYMBOL = -1121;

/** Why Binance didn't answer. Source: Binance spot API, 2026-07; USDⓈ-M says the same with the same statuses and codes. */
export function binanceRefusal(status: number, body: unknown): Refusal | undefined {
  switch (status) {
    case 429:
      return { kind: "stop", says: "too much request weight", waitMs: STOPPED_FOR_MS };
    case 418:
      return { kind: "stop", says: "this address is banned for a while", waitMs: STOPPED_FOR_MS };
    case 451:
      return { kind: "address", says: "the exchange doesn't serve this place (451)" };
    case 403:
      return { kind: "address", says: "the exchange's firewall refuses this address (403)" };
    default:
      return status >= 400 && codeIn(body) === INVALID_SYMBOL ? { kind: "unknown_symbol" } : undefined;
  }
}

/** The `code` of an error answer such as {"code":-1121,"msg":"Invalid symbol."}. */
function codeIn(body: unknown): number | undefined {
  const code = typeof body === "object" && body !== null ? (body as { code?: unknown }).code : undefined;
  return typeof code === "number" ? code : undefined;
}
