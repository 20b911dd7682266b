import { InvalidInput } from "../../../src/core/mod.ts";
import { type AuthorizeOptions, parseTradeKeys, type UserTokenOptions } from "../../../src/traders/mod.ts";

/** A variable's text, undefined when it is absent or empty. */
export type Variable = (name: string) => string | undefined;

/**
 * Settings with two names; the first one that is set counts. Supabase reserves names that begin with `SUPABASE_`: its host sets
 * some of them, and `supabase secrets set` skips the rest. The `VYX_` names can be set anywhere.
 */
const NAMES = {
  databaseUrl: ["VYX_DATABASE_URL", "SUPABASE_DB_URL"],
  jwtSecret: ["VYX_SUPABASE_JWT_SECRET", "SUPABASE_JWT_SECRET"],
  jwksUrl: ["VYX_SUPABASE_JWKS_URL", "SUPABASE_JWKS_URL"],
} as const;

/** What the environment of the functions says, apart from the market's source. */
export interface FunctionSettings {
  readonly databaseUrl: string;
  readonly serviceKeys: AuthorizeOptions["serviceKeys"];
  readonly userTokens: Omit<UserTokenOptions, "now">;
  readonly tradeKeys: AuthorizeOptions["tradeKeys"];
  /** Web origins that may call; `*` for all. */
  readonly origins: readonly string[];
}

/** Reads the settings. Throws {@link InvalidInput} that names the variable. */
export function readSettings(variable: Variable): FunctionSettings {
  const issuerOfProject = variable("SUPABASE_URL")?.replace(/\/?$/, "/auth/v1");
  const jwksOfProject = issuerOfProject === undefined ? undefined : `${issuerOfProject}/.well-known/jwks.json`;
  const jwksUrl = firstOf(variable, NAMES.jwksUrl);
  return {
    databaseUrl: needed(variable, NAMES.databaseUrl),
    serviceKeys: [
      ...[variable("SUPABASE_SERVICE_ROLE_KEY"), variable("VYX_SERVICE_KEY")].flatMap((key) => key ?? []),
      ...secretKeys(variable("SUPABASE_SECRET_KEYS")),
    ],
    userTokens: {
      jwtSecret: firstOf(variable, NAMES.jwtSecret),
      jwksUrl: jwksUrl ?? jwksOfProject,
      // Public keys from elsewhere are another issuer's.
      issuer: variable("VYX_TOKEN_ISSUER") ?? (jwksUrl === undefined ? issuerOfProject : undefined),
    },
    tradeKeys: parseTradeKeys(variable("VYX_TRADE_KEYS") ?? ""),
    origins: (variable("VYX_ALLOWED_ORIGINS") ?? "")
      .split(",")
      .map((origin) => origin.trim())
      .filter(Boolean),
  };
}

/** The server's URL, for functions that read from it. Throws {@link InvalidInput}. */
export function serverUrl(variable: Variable): string {
  return needed(variable, ["VYX_URL"]);
}

function firstOf(variable: Variable, names: readonly string[]): string | undefined {
  for (const name of names) {
    const text = variable(name);
    if (text !== undefined) return text;
  }
  return undefined;
}

function needed(variable: Variable, names: readonly string[]): string {
  const text = firstOf(variable, names);
  if (text !== undefined) return text;
  throw new InvalidInput(
    `the variable ${names.join(" or ")} isn't set: docs/functions.md lists the variables that the functions need`,
  );
}

/** The project's secret keys: Supabase's host sets them as a JSON object of names and keys. Throws {@link InvalidInput}. */
function secretKeys(text: string | undefined): string[] {
  if (text === undefined) return [];
  try {
    const keys: unknown = JSON.parse(text);
    const values = typeof keys === "object" && keys !== null ? Object.values(keys) : [];
    if (values.length > 0 && values.every((key) => typeof key === "string" && key !== "")) return values as string[];
  } catch {
    // Said below, without the text.
  }
  throw new InvalidInput('SUPABASE_SECRET_KEYS is not valid: expected JSON such as {"default": "sb_secret_…"}');
}
