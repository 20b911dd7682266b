import { InvalidInput } from "../../core/mod.ts";
import { isLikeToken, type ReadUserToken } from "../user-tokens.ts";
import { type Authorize, FunctionProblem } from "./caller.ts";

/** By what callers are known. At least one must be given. */
export interface AuthorizeOptions {
  /** Opens everything: Supabase's service key, or a secret key. */
  readonly serviceKeys: readonly string[];
  /** How users' tokens are read; undefined where there are none. */
  readonly readToken: ReadUserToken | undefined;
  /** API keys with the scope trade, by the SHA-256 of the key in hex: the owner's name. */
  readonly tradeKeys: ReadonlyMap<string, string>;
}

/** Knows callers by a service key, an API key, or a user's token. Throws {@link InvalidInput} when nobody could be known. */
export function authorizeBy(options: AuthorizeOptions): Authorize {
  const { readToken } = options;
  if (options.serviceKeys.length === 0) {
    throw new InvalidInput("no service key is set: execute-trader and trigger-executions could never be called");
  }
  return async (request) => {
    const key = credentialOf(request.headers);
    const hash = await sha256(key);
    for (const service of options.serviceKeys) {
      // Hashes are compared, so that how long it takes says nothing about the key.
      if (hash === (await sha256(service))) return { owner: "service", isService: true };
    }
    const name = options.tradeKeys.get(hash);
    if (name !== undefined) return { owner: `key:${name}`, isService: false };
    if (readToken === undefined || !isLikeToken(key)) {
      throw new FunctionProblem(
        "unauthorized",
        "the key opens nothing here: expected the service key, an API key or a user's token",
      );
    }
    const { owner, isService } = await readToken(key);
    return { owner, isService };
  };
}

/** Reads `name:sha256` pairs, comma between them. Throws {@link InvalidInput} that doesn't repeat them. */
export function parseTradeKeys(text: string): Map<string, string> {
  const keys = new Map<string, string>();
  for (const [index, entry] of text
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean)
    .entries()) {
    const [, name, hash] = /^([\w.-]{1,64}):([0-9a-f]{64})$/i.exec(entry) ?? [];
    if (name === undefined || hash === undefined) {
      throw new InvalidInput(`key ${index + 1} is not name:hash, where hash is the key's SHA-256 in hex`);
    }
    keys.set(hash.toLowerCase(), name);
  }
  return keys;
}

function credentialOf(headers: Headers): string {
  const key = headers.get("x-api-key") ?? /^bearer +(\S+) *$/i.exec(headers.get("authorization") ?? "")?.[1];
  if (key !== undefined && key !== null && key !== "") return key;
  throw new FunctionProblem(
    "unauthorized",
    "this needs a key or a token: send it as Authorization: Bearer …, or a key in X-API-Key",
  );
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
