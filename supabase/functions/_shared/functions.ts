import { createClient, systemClock } from "../../../src/client/mod.ts";
import { InvalidInput } from "../../../src/core/mod.ts";
import { chooseMarket, readSourceChoice } from "../../../src/migrate/redis/mod.ts";
import { createSandbox } from "../../../src/sandbox/mod.ts";
import {
  authorizeBy,
  ClientMarket,
  createTraders,
  type Functions,
  openDatabase,
  parseTradeKeys,
  StrategyScreener,
  userTokens,
} from "../../../src/traders/mod.ts";
import type { FunctionName } from "../../../src/wire/mod.ts";
import { serve, variable } from "./host.ts";

/** Connections of one instance; Supabase starts many instances. */
const CONNECTIONS = 2;

/** Serves one of the functions, made of what the environment says. A setting that is missing is told at each request. */
export function serveFunction(name: FunctionName): void {
  let functions: Promise<Functions> | undefined;
  serve(async (request) => {
    try {
      functions ??= functionsOf();
      return await (await functions)(name, request);
    } catch (cause) {
      functions = undefined;
      const detail = cause instanceof InvalidInput ? cause.message : "the function can't be set up: see its log";
      console.error(cause instanceof Error ? cause.message : cause);
      return Response.json({ error: detail, fallback: true, code: "not_ready" }, { status: 503 });
    }
  });
}

async function functionsOf(): Promise<Functions> {
  const stopwatch = (): number => performance.now();
  const supabase = variable("SUPABASE_URL")?.replace(/\/$/, "");
  const issuerOfProject = supabase === undefined ? undefined : `${supabase}/auth/v1`;
  const jwksOfProject = issuerOfProject === undefined ? undefined : `${issuerOfProject}/.well-known/jwks.json`;
  const jwksUrl = variable("SUPABASE_JWKS_URL");
  const { functions } = createTraders({
    sql: openDatabase({ url: needed("SUPABASE_DB_URL"), connections: CONNECTIONS }),
    connections: CONNECTIONS,
    market: chooseMarket({
      choice: readSourceChoice(variable),
      variable,
      vyx: (patience) =>
        new ClientMarket(createClient({ url: needed("VYX_URL"), apiKey: variable("VYX_API_KEY"), ...patience })),
      clock: systemClock,
      warn: (message) => console.warn(message),
    }),
    screener: new StrategyScreener(await createSandbox({ stopwatch }), stopwatch),
    clock: systemClock,
    log: { info: (message) => console.log(message), warn: (message) => console.warn(message) },
    origins: (variable("VYX_ALLOWED_ORIGINS") ?? "")
      .split(",")
      .map((origin) => origin.trim())
      .filter(Boolean),
    authorize: authorizeBy({
      serviceKeys: [variable("SUPABASE_SERVICE_ROLE_KEY"), variable("VYX_SERVICE_KEY")].flatMap((key) => key ?? []),
      readToken: userTokens({
        jwtSecret: variable("SUPABASE_JWT_SECRET"),
        jwksUrl: jwksUrl ?? jwksOfProject,
        // Public keys from elsewhere are another issuer's.
        issuer: variable("VYX_TOKEN_ISSUER") ?? (jwksUrl === undefined ? issuerOfProject : undefined),
        now: () => systemClock.now(),
      }),
      tradeKeys: parseTradeKeys(variable("VYX_TRADE_KEYS") ?? ""),
    }),
    onError: (requestId, cause) => console.error(requestId, cause),
  });
  return functions;
}

function needed(name: string): string {
  const text = variable(name);
  if (text === undefined)
    throw new InvalidInput(`the variable ${name} isn't set: docs/functions.md lists those that are needed`);
  return text;
}
