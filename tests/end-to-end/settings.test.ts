import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { SETTINGS } from "../../src/cli/config.ts";
import { readSettings } from "../../src/cli/read-settings.ts";
import { variableOf } from "../../src/cli/setting.ts";
import { idleSettings, NEEDS, settingNotes } from "../../src/cli/setting-notes.ts";
import type { SettingName } from "../../src/cli/settings.ts";
import { runVyx } from "../helpers/vyx-command.ts";

/** An empty file of settings. */
const CONFIG = join(mkdtempSync(join(tmpdir(), "vyx-settings-")), "vyx.toml");
writeFileSync(CONFIG, "");
afterAll(() => rmSync(dirname(CONFIG), { recursive: true }));

/** For every setting a value other than its default. */
const OTHER: Readonly<Record<SettingName, string>> = {
  config: CONFIG,
  port: "1234",
  host: "0.0.0.0",
  markets: "bybit,binance",
  role: "ingest",
  upstream: "http://other.example:8080",
  upstreamKey: "upstream-key",
  nats: "nats://a.example:4222,tls://b.example:4222",
  natsCredentials: "nats.creds",
  natsToken: "nats-token",
  natsCa: "nats-ca.pem",
  nodeName: "node-1",
  peerUrl: "http://10.0.0.5:8080",
  peerKey: "a-key-of-at-least-thirty-two-bytes",
  exchangeRest: "https://rest.example",
  exchangeWs: "wss://ws.example",
  exchangeSpeed: "60",
  replay: "frames.jsonl",
  replaySpeed: "60",
  symbols: "BTCUSDT,ETHUSDT",
  quote: "BTC",
  intervals: "1m,1h",
  capacity: "77",
  cacheMb: "64",
  historyFill: "true",
  dataDir: "elsewhere",
  history: "years",
  checkpointEvery: "30",
  weightShare: "40",
  auditEvery: "5",
  keepDelisted: "24",
  databaseUrl: "postgres://vyx:secret@db.example/vyx",
  databaseDurability: "commit",
  keepSignals: "30",
  keepExecutions: "7",
  webhookNetworks: "10.1.0.0/16",
  telegramUrl: "https://bots.example",
  smtpUrl: "smtps://vyx:secret@mail.example",
  smtpFrom: "Vyx <vyx@mail.example>",
  publicUrl: "https://vyx.example",
  closeWebhook: "https://hooks.example/close",
  closeWebhookKey: "webhook-key",
  functionsUrl: "https://functions.example/v1",
  source: "redis",
  sourceShare: "10",
  logLevel: "debug",
  requestLogRate: "7",
  logClientAddresses: "true",
  keysFile: "keys.json",
  apiKeys: `bot:${"0".repeat(64)}:read`,
  insecureNoAuth: "true",
  ticketSecret: "a-secret-of-at-least-thirty-two-bytes",
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
  socketAge: "3600",
  staleAfter: "20",
  drain: "5",
};

/** Settings that have no effect alone, each with those that it needs beside it. */
const BESIDE: Readonly<Partial<Record<SettingName, readonly SettingName[]>>> = {
  upstreamKey: ["upstream"],
  nats: ["role"],
  natsCredentials: ["nats"],
  natsToken: ["nats"],
  natsCa: ["nats"],
  nodeName: ["role"],
  peerUrl: ["role"],
  peerKey: ["role"],
  exchangeRest: [],
  exchangeWs: [],
  exchangeSpeed: [],
  replaySpeed: ["replay"],
  symbols: [],
  quote: [],
  checkpointEvery: [],
  weightShare: [],
  auditEvery: [],
  historyFill: [],
  keepDelisted: [],
  databaseUrl: [],
  databaseDurability: [],
  keepSignals: [],
  keepExecutions: [],
  webhookNetworks: [],
  telegramUrl: [],
  smtpUrl: ["smtpFrom"],
  smtpFrom: ["smtpUrl"],
  publicUrl: ["smtpUrl"],
  closeWebhook: ["closeWebhookKey"],
  closeWebhookKey: ["closeWebhook"],
  functionsUrl: ["closeWebhook"],
  source: [],
  sourceShare: [],
  ticketSecret: ["apiKeys"],
  supabaseUrl: ["supabaseKey"],
  supabaseKey: ["supabaseUrl"],
  supabaseJwtSecret: ["supabaseUrl"],
  userRate: ["supabaseUrl"],
  proxyHeaders: ["trustedProxies"],
};

/** What takes a setting's effect away, for those that have one alone. */
const AGAINST: Readonly<Partial<Record<SettingName, SettingName>>> = {
  exchangeRest: "replay",
  exchangeWs: "replay",
  exchangeSpeed: "replay",
  symbols: "replay",
  quote: "symbols",
  checkpointEvery: "replay",
  weightShare: "replay",
  auditEvery: "replay",
  historyFill: "replay",
  keepDelisted: "replay",
  databaseUrl: "closeWebhook",
  databaseDurability: "databaseUrl",
  keepSignals: "closeWebhook",
  keepExecutions: "closeWebhook",
  webhookNetworks: "closeWebhook",
  telegramUrl: "closeWebhook",
  ticketSecret: "insecureNoAuth",
  source: "closeWebhook",
  sourceShare: "closeWebhook",
};

interface Row {
  readonly setting: string;
  readonly value: string;
  readonly origin: string;
  readonly note?: string;
}

const NAMES = Object.keys(SETTINGS) as SettingName[];

/** What `vyx config` says is in force, whether or not a server would start with all of it. */
async function config(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<Row[]> {
  const { out, err } = await runVyx(["config", "--json", ...args], { environment });
  if (out.length === 0) throw new Error(err);
  return JSON.parse(out) as Row[];
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

  test("is set by its flag", async () => {
    const flags = NAMES.flatMap((name) => {
      const { flag, value } = SETTINGS[name];
      return value === "" ? [`--${flag}`] : [`--${flag}`, OTHER[name]];
    });
    expect(shown(await config(flags, {}))).toEqual(expected("flag"));
  });

  test("is set by its variable", async () => {
    const variables = Object.fromEntries(NAMES.map((name) => [variableOf(SETTINGS[name].flag), OTHER[name]]));
    expect(shown(await config([], variables))).toEqual(expected("variable"));
  });

  test("that is secret and not set is shown as none", async () => {
    const secrets = NAMES.filter((name) => SETTINGS[name].secret).map((name) => SETTINGS[name].flag);
    expect(secrets.length).toBeGreaterThan(2);
    const values = (await config([], {})).filter(({ setting }) => secrets.includes(setting));
    expect(values.map(({ value }) => value)).toEqual(secrets.map(() => "(none)"));
  });

  test("that has no effect alone says so, and what it needs", async () => {
    expect(Object.keys(BESIDE).sort()).toEqual(Object.keys(NEEDS).sort());
    const noteOf = (name: SettingName, ...names: readonly SettingName[]): string | undefined => {
      const variables = Object.fromEntries(
        [name, ...names].map((one) => [variableOf(SETTINGS[one].flag), OTHER[one]] as const),
      );
      return settingNotes(readSettings({}, variables))[name];
    };
    for (const [name, beside] of Object.entries(BESIDE) as [SettingName, readonly SettingName[]][]) {
      const against = AGAINST[name];
      const idle = against === undefined ? noteOf(name) : noteOf(name, against);
      expect([name, /^(has no effect|the server doesn't start) (with|unless)/.test(idle ?? "")]).toEqual([name, true]);
      expect([name, noteOf(name, ...beside)]).toEqual([name, undefined]);
    }
    const [row] = (await config(["--replay-speed", "60"], {})).filter(({ setting }) => setting === "replay-speed");
    expect(row?.note).toBe("has no effect without --replay");
    expect(idleSettings(readSettings({ replaySpeed: "60" }, {}))).toEqual([
      "--replay-speed is set and has no effect without --replay",
    ]);
  });

  test("that is derived from others says what that comes to", async () => {
    const derived = async (...args: string[]): Promise<(string | undefined)[]> =>
      (await config(args, {})).flatMap(({ setting, note }) =>
        /^(address-rate|sockets-per)/.test(setting) ? [note] : [],
      );
    expect(await derived()).toEqual(["here no bound", "here 10000"]);
    expect(await derived("--host", "0.0.0.0")).toEqual(["here 600/min", "here 100"]);
    expect(await derived("--api-keys", OTHER.apiKeys)).toEqual(["here 600/min", "here 100"]);
    expect(await derived("--address-rate", "20/s", "--sockets-per-caller", "3")).toEqual([undefined, undefined]);
  });

  test("whose default is shown as none takes none", () => {
    const unset = NAMES.filter((name) => SETTINGS[name].fallback === "");
    expect(unset.length).toBeGreaterThan(8);
    const read = (...given: Parameters<typeof readSettings>): string[] => {
      const { settings } = readSettings(...given);
      return unset.map((name) => `${name} ${Bun.inspect(settings[name])}`);
    };
    const asIs = read({}, {});
    expect(read(Object.fromEntries(unset.map((name) => [name, "none"])), {})).toEqual(asIs);
    const variables = unset.map((name) => [variableOf(SETTINGS[name].flag), "none"]);
    expect(read({}, Object.fromEntries(variables))).toEqual(asIs);
  });

  test("has the same default in every help text as in force", async () => {
    const help = async (command: string): Promise<string> =>
      (await runVyx([command, "--help"])).out.replace(/\s+/g, " ");
    const inForce = await config([], {});
    for (const command of ["serve", "config"]) {
      const text = await help(command);
      for (const { setting, value } of inForce) {
        const stated = new RegExp(`--${setting} .*?\\(default: (.*?)\\)(?= -|$| Each)`).exec(text)?.[1];
        expect([setting, stated]).toEqual([setting, value === "(none)" ? "none" : value]);
      }
    }
    expect(await help("demo")).toMatch(/--data-dir <DIR> [^-]*\(default: none\)/);
  });
});
