import { reasonOf } from "../../../core/mod.ts";

/** What the system's codes mean, in words that name the likely cause. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused: does the exchange listen there?",
  ENOTFOUND: "no such host is known: is the address right, and does this machine's name resolution work?",
  EAI_AGAIN: "the host's name couldn't be resolved: does this machine's name resolution work?",
  ETIMEDOUT: "the connection timed out",
  ECONNRESET: "the connection was closed before an answer came",
};

/** Why a connection failed, in words: the system's code and what it means. TLS errors get a sentence of their own. */
export function connectionFault(cause: unknown): string {
  const code = codeOf(cause);
  if (/CERT|TLS|SSL/i.test(code)) {
    return `its TLS certificate isn't accepted (${code}: ${reasonOf(cause)}): is the address right, and this machine's clock?`;
  }
  const words = WORDS[code];
  if (words !== undefined) return `${words} (${code})`;
  // A WebSocket's error repeats its address, which names all streams.
  return reasonOf(cause).replace(/^WebSocket connection to '.*?' failed: /, "");
}

/** An address as a message names it: without path, user and password, and with the proxy through which it is reached. */
export function placeOf(address: string, proxy: string | undefined): string {
  const { protocol, host } = new URL(address);
  return `${protocol}//${host}${proxy === undefined ? "" : ` through the proxy ${proxy}`}`;
}

function codeOf(cause: unknown): string {
  return typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : "";
}
