import { createClient, systemClock } from "../../../src/client/mod.ts";
import { InvalidInput } from "../../../src/core/mod.ts";
import { chooseMarket, readSourceChoice } from "../../../src/migrate/redis/mod.ts";
import { createSandbox } from "../../../src/sandbox/mod.ts";
import {
  authorizeBy,
  ClientMarket,
  ClientOutcomes,
  ClientPerformances,
  createTraders,
  type Functions,
  openDatabase,
  ServerScreener,
  StrategyScreener,
  userTokens,
} from "../../../src/traders/mod.ts";
import type { FunctionName } from "../../../src/wire/mod.ts";
import { serve, variable } from "./host.ts";
import { readSettings, serverUrl } from "./settings.ts";

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
  const settings = readSettings(variable);
  const apiKey = variable("VYX_API_KEY");
  const { functions } = createTraders({
    sql: openDatabase({ url: settings.databaseUrl, connections: CONNECTIONS }),
    connections: CONNECTIONS,
    market: chooseMarket({
      choice: readSourceChoice(variable),
      variable,
      vyx: (patience) => new ClientMarket(createClient({ url: serverUrl(variable), apiKey, ...patience })),
      clock: systemClock,
      warn: (message) => console.warn(message),
    }),
    screener: new ServerScreener({
      here: async () => new StrategyScreener(await createSandbox({ stopwatch }), stopwatch),
      warn: (message) => console.warn(message),
    }),
    ...outcomeSources(),
    clock: systemClock,
    stopwatch,
    log: { info: (message) => console.log(message), warn: (message) => console.warn(message) },
    origins: settings.origins,
    authorize: authorizeBy({
      serviceKeys: settings.serviceKeys,
      readToken: userTokens({ ...settings.userTokens, now: () => systemClock.now() }),
      tradeKeys: settings.tradeKeys,
    }),
    onError: (requestId, cause) => console.error(requestId, cause),
  });
  return functions;
}

/** Who tells outcomes. Functions that read from Redis alone have no server to ask: then none are stored. */
function outcomeSources(): Pick<Parameters<typeof createTraders>[0], "outcomes" | "performances"> {
  if (variable("VYX_URL") === undefined) return {};
  const options = { url: serverUrl(variable), apiKey: variable("VYX_API_KEY") };
  return {
    outcomes: new ClientOutcomes(options),
    performances: new ClientPerformances(createClient(options), options),
  };
}
