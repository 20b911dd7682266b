import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/cli/clock.ts";
import { stopwatch } from "../../src/cli/stopwatch.ts";
import { createClient } from "../../src/client/mod.ts";
import { chooseMarket, readSourceChoice } from "../../src/migrate/redis/mod.ts";
import { authorizeBy, ClientMarket, createTraders, type Functions, openDatabase } from "../../src/traders/mod.ts";

/** The functions as a host serves them, and the programs that set their variables. */
export interface HostedFunctions {
  /** As Supabase's: …/functions/v1. */
  readonly url: string;
  /** A folder with the programs `supabase` and `fly`: `secrets set NAME=VALUE …` of either counts from the next request on. */
  readonly programs: string;
  /** The variables that were set. */
  variables(): Record<string, string>;
  /** Forgets what was set, and sets these. */
  reset(variables: Readonly<Record<string, string>>): void;
  stop(): Promise<void>;
}

/** Starts functions that know the server and their service key, and whose other variables the programs set. */
export function startHostedFunctions(serverUrl: string, serviceKey: string): HostedFunctions {
  const programs = mkdtempSync(join(tmpdir(), "vyx-programs-"));
  const secrets = join(programs, ".secrets");
  for (const [name, flag] of [
    ["supabase", "--project-ref"],
    ["fly", "--app"],
  ] as const) {
    const takes = `[ "$1 $2 $3" = "secrets set ${flag}" ] || exit 2; shift 4`;
    const path = join(programs, name);
    writeFileSync(path, `#!/bin/sh\n${takes}\nfor word in "$@"; do printf '%s\\0' "$word"; done >> '${secrets}'\n`);
    chmodSync(path, 0o755);
  }
  const variables = (): Record<string, string> => {
    const words = existsSync(secrets) ? readFileSync(secrets, "utf8").split("\0").filter(Boolean) : [];
    return Object.fromEntries(
      words.map((word) => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]),
    );
  };
  let [known, functions] = ["", undefined as Functions | undefined];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    development: false,
    fetch: async (request) => {
      const set = variables();
      if (functions === undefined || known !== JSON.stringify(set)) {
        known = JSON.stringify(set);
        functions = undefined;
        try {
          functions = functionsOf(set, serverUrl, serviceKey);
        } catch (cause) {
          return Response.json({ error: String(cause), fallback: true }, { status: 503 });
        }
      }
      return await functions("get-klines", request);
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}/functions/v1`,
    programs,
    variables,
    reset: (those) => {
      const words = Object.entries(those).map(([name, value]) => `${name}=${value}\0`);
      writeFileSync(secrets, words.join(""));
    },
    stop: async () => {
      await server.stop(true);
      rmSync(programs, { recursive: true, force: true });
    },
  };
}

function functionsOf(variables: Readonly<Record<string, string>>, serverUrl: string, serviceKey: string): Functions {
  const variable = (name: string): string | undefined => variables[name] || undefined;
  return createTraders({
    // get-klines needs no database.
    sql: openDatabase({ url: "postgres://nobody@127.0.0.1:9/none", connections: 1 }),
    connections: 1,
    market: chooseMarket({
      choice: readSourceChoice(variable),
      variable,
      vyx: (patience) => new ClientMarket(createClient({ url: serverUrl, ...patience })),
      clock: systemClock,
      warn: () => {},
    }),
    screener: undefined as never,
    clock: systemClock,
    stopwatch,
    log: { info: () => {}, warn: () => {} },
    origins: [],
    authorize: authorizeBy({ serviceKeys: [serviceKey], readToken: undefined, tradeKeys: new Map() }),
    onError: (_, cause) => console.error(cause),
  }).functions;
}
