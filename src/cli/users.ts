import type { Logger } from "pino";
import { assert, InvalidInput } from "../core/mod.ts";
import type { CheckedToken, UserOptions } from "../server/mod.ts";
import { FunctionProblem, isLikeToken, type ReadUserToken, userTokens } from "../traders/mod.ts";
import { systemClock } from "./clock.ts";
import type { Settings } from "./settings.ts";

/** The users of a Supabase project, where there is one. Throws InvalidInput when only half of it is set. */
export function configuredUsers(
  settings: Settings,
  log: Pick<Logger, "info" | "warn">,
  now: () => number = () => systemClock.now(),
): UserOptions | undefined {
  const { supabaseUrl: url, supabaseKey: key, supabaseJwtSecret: jwtSecret, userRate: rate } = settings;
  if (url === undefined) {
    if (key !== undefined) throw new InvalidInput("--supabase-url is missing: expected the project of --supabase-key");
    if (jwtSecret !== undefined) {
      throw new InvalidInput("--supabase-url is missing: expected the project of --supabase-jwt-secret");
    }
    return undefined;
  }
  if (key === undefined) {
    throw new InvalidInput("--supabase-key is missing: expected the publishable key of the project at --supabase-url");
  }
  const issuer = `${url}/auth/v1`;
  const read = userTokens({ jwtSecret, jwksUrl: `${issuer}/.well-known/jwks.json`, issuer, now });
  assert(read !== undefined, "the public keys need a URL");
  let isComplaining = false;
  const check = async (token: string): Promise<CheckedToken> => {
    const result = await checked(token, read);
    // Logged once, not for each waiting user. A refused token proves nothing: the refusal may not have needed a key.
    if ("fault" in result && result.fault === "not_ready" && !isComplaining) {
      isComplaining = true;
      log.warn(result.detail);
    } else if ("user" in result && isComplaining) {
      isComplaining = false;
      log.info("users' tokens can be verified again");
    }
    return result;
  };
  return { tokens: { isLikeToken, check }, rate };
}

/** The project's own token is no user's: its operator has keys. */
async function checked(token: string, read: ReadUserToken): Promise<CheckedToken> {
  try {
    const { owner, isService, expiresAt } = await read(token);
    if (!isService) return { user: owner, expiresAt };
    return {
      fault: "unauthorized",
      detail: "the service key is for functions: expected a user's token, or an API key",
    };
  } catch (cause) {
    if (!(cause instanceof FunctionProblem)) throw cause;
    return { fault: cause.code === "not_ready" ? "not_ready" : "unauthorized", detail: cause.message };
  }
}
