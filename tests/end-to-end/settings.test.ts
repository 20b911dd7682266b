import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { SETTINGS, type SettingName, variableOf } from "../../src/cli/config.ts";

const MAIN = join(import.meta.dir, "../../src/cli/main.ts");

/** For every setting a value other than its default. */
const OTHER: Readonly<Record<SettingName, string>> = {
  port: "1234",
  host: "0.0.0.0",
  exchangeRest: "https://rest.example",
  exchangeWs: "wss://ws.example",
  replay: "frames.jsonl",
  replaySpeed: "60",
  symbols: "BTCUSDT,ETHUSDT",
  quote: "BTC",
  intervals: "1m,1h",
  capacity: "77",
  dataDir: "elsewhere",
  checkpointEvery: "30",
  weightShare: "40",
  auditEvery: "5",
  keepDelisted: "24",
  databaseUrl: "postgres://vyx:secret@db.example/vyx",
  closeWebhook: "https://hooks.example/close",
  closeWebhookKey: "webhook-key",
  functionsUrl: "https://functions.example/v1",
  source: "redis",
  sourceShare: "10",
  logLevel: "debug",
  requestLogRate: "7",
  keysFile: "keys.json",
  apiKeys: `bot:${"0".repeat(64)}:read`,
  insecureNoAuth: "true",
  supabaseUrl: "https://project.example",
  supabaseKey: "sb_publishable_x",
  supabaseJwtSecret: "a-secret-of-the-project",
  userRate: "10/s",
  addressRate: "20/s",
  trustedProxies: "10.0.0.0/8",
  proxyHeaders: "x-forwarded-for",
  corsOrigins: "https://page.example",
  maxSockets: "12",
  socketsPerCaller: "3",
  staleAfter: "20",
};

interface Row {
  readonly setting: string;
  readonly value: string;
  readonly origin: string;
}

const NAMES = Object.keys(SETTINGS) as SettingName[];

/** What `vyx config` says is in force. */
function config(args: readonly string[], environment: Readonly<Record<string, string>>): Row[] {
  const { stdout, stderr } = Bun.spawnSync([process.execPath, MAIN, "config", "--json", ...args], {
    env: { ...process.env, ...environment },
  });
  if (stderr.length > 0) throw new Error(stderr.toString());
  return JSON.parse(stdout.toString()) as Row[];
}

function expected(origin: string): Row[] {
  return NAMES.map((name) => {
    const { flag, secret } = SETTINGS[name];
    return { setting: flag, value: secret ? "(secret)" : OTHER[name], origin };
  });
}

const shown = (rows: readonly Row[]): Row[] => rows.map(({ setting, value, origin }) => ({ setting, value, origin }));

describe("every setting", () => {
  test("has another value in this test than by default", () => {
    expect(NAMES.filter((name) => OTHER[name] === SETTINGS[name].fallback)).toEqual([]);
  });

  test("is set by its flag", () => {
    const flags = NAMES.flatMap((name) => {
      const { flag, value } = SETTINGS[name];
      return value === "" ? [`--${flag}`] : [`--${flag}`, OTHER[name]];
    });
    expect(shown(config(flags, {}))).toEqual(expected("flag"));
  });

  test("is set by its variable", () => {
    const variables = Object.fromEntries(NAMES.map((name) => [variableOf(SETTINGS[name].flag), OTHER[name]]));
    expect(shown(config([], variables))).toEqual(expected("variable"));
  });

  test("that is secret and not set is shown as none", () => {
    const secrets = NAMES.filter((name) => SETTINGS[name].secret).map((name) => SETTINGS[name].flag);
    expect(secrets.length).toBeGreaterThan(2);
    const values = config([], {}).filter(({ setting }) => secrets.includes(setting));
    expect(values.map(({ value }) => value)).toEqual(secrets.map(() => "(none)"));
  });
});
