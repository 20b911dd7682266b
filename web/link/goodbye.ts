import type { CloseCode } from "../../src/wire/mod.ts";

/** What a close code means for the person who looks at the page. */
export interface Goodbye {
  readonly comeBack: boolean;
  readonly says: string;
}

/** By close code; types make sure that none of the contract's is missing, without its checks ending up in the bundle. */
const GOODBYES: Readonly<Record<CloseCode, Goodbye>> = {
  4001: { comeBack: true, says: "the server is shutting down" },
  4008: { comeBack: true, says: "this connection was too slow" },
  4009: { comeBack: true, says: "this page sent too many messages" },
  4500: { comeBack: false, says: "this server wants an API key, and this page has none that it takes" },
  4501: { comeBack: false, says: "the server didn't understand this page: reload it" },
  4502: { comeBack: false, says: "too many channels for one connection" },
};

/** Reads a close code. The standard's own, 1006 for example, and unknown ones below 4500 say: come back. */
export function goodbyeOf(code: number, reason: string): Goodbye {
  const known = (GOODBYES as Readonly<Record<number, Goodbye>>)[code];
  return known ?? { comeBack: code < 4500, says: reason === "" ? "the connection was cut" : reason };
}
