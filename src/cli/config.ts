import { isIP } from "node:net";
import { closest } from "fastest-levenshtein";
import { type Interval, InvalidInput, isInterval, type Millis, millis, parseInterval } from "../core/mod.ts";
import { BINANCE_REST, BINANCE_WS, parseSelection, type SymbolSelection } from "../feeds/mod.ts";
import { DEFAULT_SHARE, DEFAULT_SOURCE, parseShare, parseSource, SOURCES, type Source } from "../migrate/redis/mod.ts";
import {
  isOrigin,
  type KeyRecord,
  PROXY_HEADERS,
  type ProxyHeader,
  parseKeyList,
  parseProxies,
  parseRate,
  type Rate,
  type TrustedProxies,
} from "../server/mod.ts";
import { LOG_LEVELS, type LogLevel } from "../wire/mod.ts";

/** One setting: how it is named, what it is without being set, and how its text is read. */
export interface Setting<T> {
  /** The flag without its dashes; the variable is VYX_ and the same in capitals. */
  readonly flag: string;
  /** What `--help` shows behind the flag; empty for a switch, which takes nothing. */
  readonly value: string;
  readonly fallback: string;
  /** A sentence, with the unit. */
  readonly says: string;
  /** Never printed. */
  readonly secret: boolean;
  /** Throws InvalidInput that names what would be right. */
  read(text: string): T;
}

/** The fewest klines that a series may keep. */
const MIN_CAPACITY = 1;

/** The most klines that a series may keep: 20,000 are two weeks of minutes or two years of hours, and 1.8 MB a series. */
const MAX_CAPACITY = 20_000;

/** All settings of `vyx serve`, read. */
export interface Settings {
  readonly port: number;
  readonly host: string;
  readonly exchangeRest: string;
  readonly exchangeWs: string;
  /** A recording to play in place of the exchange; undefined for the exchange itself. */
  readonly replay: string | undefined;
  /** Recorded seconds a second. */
  readonly replaySpeed: number;
  readonly symbols: SymbolSelection;
  readonly quote: string;
  readonly intervals: readonly Interval[];
  /** Klines per series. */
  readonly capacity: number;
  /** The folder for checkpoints; undefined keeps nothing on disk. */
  readonly dataDir: string | undefined;
  /** From the end of one checkpoint to the beginning of the next. */
  readonly checkpointEvery: Millis;
  /** The share of the exchange's weight limit that may be spent. */
  readonly weightShare: number;
  /** Between two questions of the audit. */
  readonly auditEvery: Millis;
  /** How long the klines of a delisted symbol stay readable. */
  readonly keepDelisted: Millis;
  /** A PostgreSQL server for traders; undefined for a database of our own in the data folder. */
  readonly databaseUrl: string | undefined;
  /** Where closes are told to, when traders run elsewhere. */
  readonly closeWebhook: string | undefined;
  readonly closeWebhookKey: string | undefined;
  /** Where the page finds traders that run elsewhere. Undefined: where the webhook's address says. */
  readonly functionsUrl: string | undefined;
  /** Where the functions that run here read the market. */
  readonly source: Source;
  /** The share of traders and users for whom that holds, in percent. */
  readonly sourceShare: number;
  readonly logLevel: LogLevel;
  /** Log lines a second for requests that went well; above that one in a hundred is written. */
  readonly requestLogRate: number;
  /** A file of API keys; undefined for none. */
  readonly keysFile: string | undefined;
  readonly apiKeys: readonly KeyRecord[];
  readonly insecureNoAuth: boolean;
  /** A Supabase project whose users may sign in; undefined for none. */
  readonly supabaseUrl: string | undefined;
  /** Its publishable key, which every visitor of the page gets to see. */
  readonly supabaseKey: string | undefined;
  readonly supabaseJwtSecret: string | undefined;
  readonly userRate: Rate;
  /** Undefined: by who can reach the server. */
  readonly addressRate: Rate | undefined;
  readonly trustedProxies: TrustedProxies;
  readonly proxyHeaders: readonly ProxyHeader[];
  readonly corsOrigins: readonly string[];
  readonly maxSockets: number;
  /** Of one key or address. Undefined: by who can reach the server. */
  readonly socketsPerCaller: number | undefined;
  readonly staleAfter: Millis;
}

/** The name of a setting in code: its flag in camel case, as the command line hands flags over. */
export type SettingName = keyof Settings;

/** Every setting: the flags, the variables and `vyx config` come from here. */
export const SETTINGS: { readonly [Name in SettingName]: Setting<Settings[Name]> } = {
  port: setting("port", "N", "8080", "port to listen on; 0 lets the system choose", (text) =>
    wholeNumber(text, 0, 65_535),
  ),
  host: setting("host", "H", "127.0.0.1", "address to listen on; beyond this machine only with API keys", host),
  exchangeRest: setting("exchange-rest", "URL", BINANCE_REST, "the exchange's REST address", (text) =>
    address(text, ["http:", "https:"]),
  ),
  exchangeWs: setting("exchange-ws", "URL", BINANCE_WS, "the exchange's WebSocket address", (text) =>
    address(text, ["ws:", "wss:"]),
  ),
  replay: setting(
    "replay",
    "FILE",
    "",
    "play frames recorded from the exchange's streams, one a line, plain or .gz, in place of the exchange",
    (text) => (text === "" ? undefined : text),
  ),
  replaySpeed: setting("replay-speed", "X", "1", "recorded seconds a second, with --replay", positive),
  symbols: setting(
    "symbols",
    "LIST",
    "top:50",
    "symbols to follow: BTCUSDT,ETHUSDT, or top:N by quote volume, or * for all of the quote asset",
    parseSelection,
  ),
  quote: setting("quote", "ASSET", "USDT", "quote asset that top:N and * choose from", (text) => text.toUpperCase()),
  intervals: setting(
    "intervals",
    "LIST",
    "1m,5m,15m,1h,4h,1d",
    "intervals to serve, of the exchange's 16; all but 1s are rolled up from 1m",
    intervals,
  ),
  capacity: setting("capacity", "N", "500", "closed klines kept per symbol and interval, beside the open one", (text) =>
    wholeNumber(text, MIN_CAPACITY, MAX_CAPACITY),
  ),
  dataDir: setting(
    "data-dir",
    "DIR",
    ".data",
    "folder for checkpoints, from which a restart goes on; none keeps nothing on disk",
    (text) => (text === "" || text === "none" ? undefined : text),
  ),
  checkpointEvery: setting(
    "checkpoint-every",
    "SECONDS",
    "60",
    "seconds between two checkpoints; one more is written at the end",
    (text) => millis(positive(text) * 1_000),
  ),
  weightShare: setting(
    "weight-share",
    "PERCENT",
    "80",
    "share of the exchange's request weight limit that may be spent, in percent; the rest is left to others behind this address",
    (text) => wholeNumber(text, 1, 100) / 100,
  ),
  auditEvery: setting(
    "audit-every",
    "SECONDS",
    "10",
    "seconds between two series that are read again from the exchange and compared; each costs a weight of 2",
    (text) => millis(positive(text) * 1_000),
  ),
  keepDelisted: setting(
    "keep-delisted",
    "HOURS",
    "168",
    "hours for which the klines of a symbol stay readable that the exchange doesn't list any more; 0 drops them at once",
    (text) => millis(wholeNumber(text, 0, 87_600) * 3_600_000),
  ),
  databaseUrl: {
    ...setting(
      "database-url",
      "URL",
      "",
      "PostgreSQL database for traders, postgres://user:password@host:5432/database; none: one of the server's own, in the data folder",
      (text) => (text === "" ? undefined : address(text, ["postgres:", "postgresql:"])),
    ),
    secret: true,
  },
  closeWebhook: setting(
    "close-webhook",
    "URL",
    "",
    "tell each close to this trigger-executions, which runs the traders in place of this server",
    (text) => (text === "" ? undefined : toldAddress(text)),
  ),
  closeWebhookKey: {
    ...setting("close-webhook-key", "KEY", "", "the service key that opens it", (text) =>
      text === "" ? undefined : text,
    ),
    secret: true,
  },
  functionsUrl: setting(
    "functions-url",
    "URL",
    "",
    "where the page finds traders and signals that run elsewhere, such as https://PROJECT.supabase.co/functions/v1; none: beside the trigger-executions of --close-webhook",
    (text) => (text === "" ? undefined : toldAddress(text).replace(/\/+$/, "")),
  ),
  source: setting(
    "source",
    "SOURCE",
    DEFAULT_SOURCE,
    `where the functions read the market while moving over from Redis: ${SOURCES.join(", ")}; Redis is at UPSTASH_REDIS_REST_URL, with UPSTASH_REDIS_REST_TOKEN`,
    parseSource,
  ),
  sourceShare: setting(
    "source-share",
    "PERCENT",
    DEFAULT_SHARE,
    "share of traders and users for whom --source holds; the others are read for from Redis",
    parseShare,
  ),
  logLevel: setting("log-level", "LEVEL", "info", "trace, debug, info, warn or error", logLevel),
  requestLogRate: setting(
    "request-log-rate",
    "N",
    "20",
    "log lines a second for requests that went well; above it one in a hundred is written",
    (text) => wholeNumber(text, 0, 1_000_000),
  ),
  keysFile: setting("keys-file", "FILE", "", "API keys, as `vyx keys` writes them; watched while serving", (text) =>
    text === "" ? undefined : text,
  ),
  apiKeys: {
    ...setting(
      "api-keys",
      "LIST",
      "",
      "API keys for places without a disk: name:hash:scopes or name:hash:scopes:rate, joined by ;",
      (text) => parseKeyList(text),
    ),
    secret: true,
  },
  insecureNoAuth: setting(
    "insecure-no-auth",
    "",
    "false",
    "serve everyone who can reach the address, without keys",
    flag,
  ),
  supabaseUrl: setting(
    "supabase-url",
    "URL",
    "",
    "a Supabase project, such as https://PROJECT.supabase.co, whose users may sign in: they read, follow, screen, and keep traders of their own",
    (text) => (text === "" ? undefined : toldAddress(text).replace(/\/+$/, "")),
  ),
  supabaseKey: setting(
    "supabase-key",
    "KEY",
    "",
    "the project's publishable (anon) key; the page signs in with it, and everyone may know it",
    (text) => (text === "" ? undefined : publishableKey(text)),
  ),
  supabaseJwtSecret: {
    ...setting(
      "supabase-jwt-secret",
      "SECRET",
      "",
      "what users' tokens are signed with, in a project that still signs them with a secret (HS256); others are checked by its public keys",
      (text) => (text === "" ? undefined : text),
    ),
    secret: true,
  },
  userRate: setting("user-rate", "RATE", "600/min", "requests of one user who is signed in", parseRate),
  addressRate: setting(
    "address-rate",
    "RATE",
    "auto",
    "requests of one address without a key, such as 600/min or 20/s; auto: 600/min, and no bound where only this machine can ask and no key is needed",
    (text) => (text === "auto" ? undefined : parseRate(text)),
  ),
  trustedProxies: setting(
    "trusted-proxies",
    "LIST",
    "",
    "addresses and networks of proxies whose forwarding headers are believed, such as 10.0.0.0/8",
    parseProxies,
  ),
  proxyHeaders: setting(
    "proxy-headers",
    "LIST",
    PROXY_HEADERS.join(","),
    "headers in which a trusted proxy tells whom it speaks for; the first that is there counts",
    proxyHeaders,
  ),
  corsOrigins: setting(
    "cors-origins",
    "LIST",
    "",
    "web origins whose pages may read answers, such as https://example.org, or *",
    origins,
  ),
  maxSockets: setting("max-sockets", "N", "10000", "WebSockets that may be open at once", (text) =>
    wholeNumber(text, 1, 1_000_000),
  ),
  socketsPerCaller: setting(
    "sockets-per-caller",
    "N",
    "auto",
    "WebSockets of one key or address; auto: 100, and all there may be where only this machine can ask and no key is needed",
    (text) => (text === "auto" ? undefined : wholeNumber(text, 1, 1_000_000)),
  ),
  staleAfter: setting(
    "stale-after",
    "SECONDS",
    "10",
    "silence of the exchange after which the server is not ready, in seconds",
    (text) => millis(positive(text) * 1_000),
  ),
};

/** Where a value came from. */
export type SettingOrigin = "flag" | "variable" | "default";

/** A setting's variable, for example VYX_EXCHANGE_REST. */
export function variableOf(flag: string): string {
  return `VYX_${flag.toUpperCase().replaceAll("-", "_")}`;
}

/** Variables that other commands read, or the functions: they may lie beside the settings, and aren't any. */
const OTHER_VARIABLES: readonly string[] = ["VYX_URL", "VYX_API_KEY", "VYX_SERVICE_KEY"];

/** Throws InvalidInput for a VYX_ variable that nothing reads, and names the one that was probably meant. */
export function refuseUnknownVariables(environment: Readonly<Record<string, string | undefined>>): void {
  const settings = (Object.keys(SETTINGS) as SettingName[]).map((name) => variableOf(SETTINGS[name].flag));
  const known = [...settings, ...OTHER_VARIABLES];
  const unknown = Object.keys(environment).find((name) => name.startsWith("VYX_") && !known.includes(name));
  if (unknown === undefined) return;
  throw new InvalidInput(
    `unknown variable ${unknown}: did you mean ${closest(unknown, known)}? Known are ${known.join(", ")}`,
  );
}

/** What is in force: the values, and for each its text and where that came from. */
export interface SettingsInForce {
  readonly settings: Settings;
  readonly texts: Readonly<Record<SettingName, { text: string; origin: SettingOrigin }>>;
}

/**
 * Reads the settings: a flag before its variable, that before the default. Throws InvalidInput that names the flag or
 * variable and what would be right; a VYX_ variable that no setting knows is an error too. `fallbacks` come before the
 * settings' own defaults.
 */
export function readSettings(
  flags: Readonly<Record<string, string | true | undefined>>,
  environment: Readonly<Record<string, string | undefined>>,
  fallbacks: Readonly<Partial<Record<SettingName, string>>> = {},
): SettingsInForce {
  refuseUnknownVariables(environment);
  const names = Object.keys(SETTINGS) as SettingName[];
  const settings: Record<string, unknown> = {};
  const texts: Record<string, { text: string; origin: SettingOrigin }> = {};
  for (const name of names) {
    const { flag, read } = SETTINGS[name];
    const fallback = fallbacks[name] ?? SETTINGS[name].fallback;
    const variable = variableOf(flag);
    const given = flags[name] === undefined ? environment[variable] : String(flags[name]);
    const origin = flags[name] !== undefined ? "flag" : environment[variable] !== undefined ? "variable" : "default";
    try {
      settings[name] = read(given ?? fallback);
    } catch (cause) {
      if (!(cause instanceof InvalidInput)) throw cause;
      throw new InvalidInput(`${origin === "variable" ? variable : `--${flag}`}: ${cause.message}`, { cause });
    }
    texts[name] = { text: given ?? fallback, origin };
  }
  return { settings: settings as unknown as Settings, texts: texts as SettingsInForce["texts"] };
}

function setting<T>(
  flag: string,
  value: string,
  fallback: string,
  says: string,
  read: (text: string) => T,
): Setting<T> {
  return { flag, value, fallback, says, secret: false, read };
}

/** Reads a whole number in a range. Throws InvalidInput. */
export function wholeNumber(text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) {
    throw new InvalidInput(`"${text}" is not possible: expected a whole number from ${least} to ${most}`);
  }
  return value;
}

/** Reads a number above 0. Throws InvalidInput. */
function positive(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value > 0 && Number.isFinite(value)) return value;
  throw new InvalidInput(`"${text}" is not possible: expected a number above 0`);
}

function address(text: string, protocols: readonly string[]): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !protocols.includes(url.protocol)) {
    // It may hold a password: only what isn't meant as one is repeated.
    const shown = /^[a-z]+:\/\/[^@]*$/.test(text) ? `"${text}"` : "it";
    throw new InvalidInput(
      `${shown} is not an address: expected ${protocols.map((name) => `${name}//…`).join(" or ")}`,
    );
  }
  return text;
}

/** An address that the page is told, or part of it: it opens for keys, and a password in it would open nothing but be seen by all. */
function toldAddress(text: string): string {
  const { username, password } = new URL(address(text, ["http:", "https:"]));
  if (username === "" && password === "") return text;
  throw new InvalidInput(
    "it holds a user's name or password, which isn't used, and everyone who opens the page would get to see it: expected https://host/… alone",
  );
}

/** Refuses the keys that open everything: this one is shown to whoever opens the page. */
function publishableKey(text: string): string {
  if (!/^[\w.-]+$/.test(text)) throw new InvalidInput("it is not a key: expected one word, sb_publishable_… or eyJ…");
  if (text.startsWith("sb_secret_") || roleOf(text) === "service_role") {
    throw new InvalidInput(
      "it is a key that opens everything, and everyone would get to see it: expected the publishable (anon) key. " +
        "If it was in force anywhere, make a new one",
    );
  }
  return text;
}

/** The role in a key that is a token, as older projects have them; undefined for what isn't one. */
function roleOf(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text.split(".")[1] ?? "", "base64url").toString()).role;
  } catch {
    return undefined;
  }
}

function intervals(text: string): readonly Interval[] {
  const names = text.split(",").map((name) => name.trim());
  const wrong = names.find((name) => !isInterval(name));
  if (wrong !== undefined) parseInterval(wrong);
  return [...new Set(names)] as Interval[];
}

function host(text: string): string {
  if (isIP(text) !== 0 || /^[a-zA-Z0-9]([a-zA-Z0-9.-]{0,251}[a-zA-Z0-9])?$/.test(text)) return text;
  throw new InvalidInput(`"${text}" is not an address to listen on: expected for example 127.0.0.1, 0.0.0.0 or ::`);
}

function flag(text: string): boolean {
  if (text === "true" || text === "false") return text === "true";
  throw new InvalidInput(`"${text}" is not possible: expected true or false`);
}

function proxyHeaders(text: string): ProxyHeader[] {
  const names = text.split(",").map((name) => name.trim().toLowerCase());
  const wrong = names.find((name) => !(PROXY_HEADERS as readonly string[]).includes(name));
  if (wrong !== undefined) {
    throw new InvalidInput(`"${wrong}" is not a header that is known: expected some of ${PROXY_HEADERS.join(", ")}`);
  }
  return names as ProxyHeader[];
}

function origins(text: string): string[] {
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);
  const wrong = names.find((name) => name !== "*" && !isOrigin(name));
  if (wrong !== undefined) {
    throw new InvalidInput(`"${wrong}" is not an origin: expected for example https://example.org, or *`);
  }
  return names;
}

/** Reads a level of logging. Throws InvalidInput that lists the right ones. */
export function logLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((name) => name === text);
  if (level === undefined) throw new InvalidInput(`"${text}" is not a level: expected ${LOG_LEVELS.join(", ")}`);
  return level;
}
