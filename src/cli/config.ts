import { isSymbolText, MARKET_IDS, type MarketId, marketOf, millis, parseSymbol } from "../core/mod.ts";
import { readMailSender, readSmtpUrl, TELEGRAM_URL } from "../deliveries/mod.ts";
import { DEFAULT_DURABILITY, parseDurability } from "../embedded/mod.ts";
import { parseSelection } from "../feeds/mod.ts";
import { DEFAULT_SHARE, DEFAULT_SOURCE, parseShare, parseSource, SOURCES } from "../migrate/redis/mod.ts";
import {
  DEFAULT_CACHE_MB,
  MIN_TICKET_SECRET_BYTES,
  PROXY_HEADERS,
  parseAddressList,
  parseKeyList,
  parseRate,
} from "../server/mod.ts";
import { MAX_SERIES_KLINES } from "../strategy/mod.ts";
import { KEEP_EXECUTIONS_DAYS } from "../traders/mod.ts";
import { readAddress } from "./address.ts";
import { parseMarkets } from "./per-market.ts";
import { byMarket, type Setting, setting } from "./setting.ts";
import {
  flag,
  host,
  intervals,
  logLevel,
  natsServers,
  nodeName,
  origins,
  peerKey,
  positive,
  proxyHeaders,
  publicAddress,
  publishableKey,
  quote,
  role,
  ticketSecret,
  upstreamAddress,
  wholeNumber,
} from "./setting-values.ts";
import type { SettingName, Settings } from "./settings.ts";

/** The fewest klines that a series may keep. */
const MIN_CAPACITY = 1;

/** The most klines that a series may keep: 20,000 are two weeks of minutes or two years of hours, and 1.8 MB a series. */
const MAX_CAPACITY: number = MAX_SERIES_KLINES;

/** Room for some answers, and more than any machine has. In MiB. */
const MIN_CACHE_MB = 8;
const MAX_CACHE_MB = 65_536;

/** The longest drain, in seconds. */
const MAX_DRAIN_SECONDS = 600;

/** The oldest that sockets may be told to become, in seconds: a week. */
const MAX_SOCKET_AGE_SECONDS = 604_800;

/** The most days that rows may be kept, short of for ever: a hundred years. */
const MAX_DAYS = 36_500;

/** Every setting: the flags, the variables and `vyx config` come from here. */
export const SETTINGS: { readonly [Name in SettingName]: Setting<Settings[Name]> } = {
  config: setting(
    "config",
    "FILE",
    "",
    "file of settings by their flags' names, TOML or (FILE.json) JSON; a table gives values by market. A flag or a variable takes precedence",
    (text) => (text === "" ? undefined : text),
  ),
  port: setting("port", "N", "8080", "port to listen on; 0 lets the system choose", (text) =>
    wholeNumber(text, 0, 65_535),
  ),
  host: setting("host", "H", "127.0.0.1", "address to listen on; beyond this machine only with API keys", host),
  markets: setting(
    "markets",
    "LIST",
    "binance",
    `markets to serve, some of ${MARKET_IDS.join(", ")}; the first one is meant by *, by requests that name none, and by values without MARKET=`,
    parseMarkets,
  ),
  role: setting(
    "role",
    "ROLE",
    "auto",
    "what this server does: all (it follows the exchanges itself), follow (it follows another server, with --upstream), or, of a cluster with --nats, ingest (it follows the exchanges, and publishes) or serve (it follows the ingest nodes); auto: follow with --upstream, else all",
    role,
  ),
  upstream: setting(
    "upstream",
    "URL",
    "",
    "another Vyx to follow in place of the exchanges, such as http://10.0.0.5:8080; it must serve the markets, symbols and intervals that this server is to serve",
    upstreamAddress,
  ),
  upstreamKey: {
    ...setting("upstream-key", "KEY", "", "API key for --upstream, with the scopes read and stream", (text) =>
      text === "" ? undefined : text,
    ),
    secret: true,
  },
  nats: setting(
    "nats",
    "URLS",
    "",
    "NATS servers of the cluster that this server is a node of, such as nats://a:4222,nats://b:4222, or tls://; with --role ingest or serve",
    natsServers,
  ),
  natsCredentials: setting("nats-credentials", "FILE", "", "credentials file (JWT and seed) for --nats", (text) =>
    text === "" ? undefined : text,
  ),
  natsToken: {
    ...setting("nats-token", "TOKEN", "", "token for --nats", (text) => (text === "" ? undefined : text)),
    secret: true,
  },
  natsCa: setting(
    "nats-ca",
    "FILE",
    "",
    "PEM file with the certificate authority of the servers of --nats; with it, connections are TLS",
    (text) => (text === "" ? undefined : text),
  ),
  nodeName: setting(
    "node-name",
    "NAME",
    "",
    "name of this node in the cluster, unlike that of any other; none: a random one at each start",
    nodeName,
  ),
  peerUrl: setting(
    "peer-url",
    "URL",
    "",
    "address at which the other nodes of the cluster reach this one, such as http://10.0.0.5:8080; none: where it listens",
    upstreamAddress,
  ),
  peerKey: {
    ...setting(
      "peer-key",
      "KEY",
      "",
      `key with which the nodes of the cluster read each other's history, the same on all; at least ${MIN_TICKET_SECRET_BYTES} bytes`,
      peerKey,
    ),
    secret: true,
  },
  exchangeRest: byMarket(
    "exchange-rest",
    "URL",
    "auto",
    "the exchange's REST address; auto: its own; set --exchange-ws, too",
    (text) => (text === "auto" ? undefined : readAddress(text, ["http:", "https:"])),
  ),
  exchangeWs: byMarket(
    "exchange-ws",
    "URL",
    "auto",
    "the exchange's WebSocket address; auto: its own; set --exchange-rest, too",
    (text) => (text === "auto" ? undefined : readAddress(text, ["ws:", "wss:"])),
  ),
  exchangeSpeed: setting(
    "exchange-speed",
    "X",
    "1",
    "how fast the exchange's clock runs, in its seconds per second: more than 1 for a stand-in that plays faster, as vyx exchange --speed does",
    positive,
  ),
  replay: setting(
    "replay",
    "FILE",
    "",
    "play back frames recorded from the exchange's streams (one per line, plain or .gz) instead of following the exchange: all of its symbols, or a list of them",
    (text) => (text === "" ? undefined : text),
  ),
  replaySpeed: setting("replay-speed", "X", "1", "playback speed of --replay: recorded seconds per second", positive),
  symbols: byMarket(
    "symbols",
    "LIST",
    "top:50",
    "symbols to follow: BTCUSDT,ETHUSDT, or top:N by quote volume, or * for all of the quote asset; with --upstream or --role serve * unless said",
    // Of which market bare names are isn't known before all settings are read.
    (text, market) => parseSelection(text, market ?? marketNamedIn(text)),
  ),
  quote: byMarket(
    "quote",
    "ASSET",
    "USDT",
    "quote asset that top:N and * choose from; any: * takes all symbols that are listed; with --upstream or --role serve any unless said",
    quote,
  ),
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
  cacheMb: setting(
    "cache-mb",
    "MB",
    String(DEFAULT_CACHE_MB),
    "memory for ready answers and rows of klines, in MiB; what doesn't fit is encoded again",
    (text) => wholeNumber(text, MIN_CACHE_MB, MAX_CACHE_MB),
  ),
  historyFill: setting(
    "history-fill",
    "",
    "false",
    "ask the exchange for klines that are older than all that is kept here, when a request wants them; each question costs of its request budget, after the repair",
    flag,
  ),
  dataDir: setting(
    "data-dir",
    "DIR",
    ".data",
    "folder for checkpoints, from which a restart resumes, for the embedded database with the traders, and for lastProcessed of /upstash; none stores nothing on disk",
    (text) => (text === "" || text === "none" ? undefined : text),
  ),
  history: setting(
    "history",
    "DIR",
    "none",
    "folder of Parquet files to which closed 1m klines are appended hour by hour, as vyx history fetch fills it; none keeps no history",
    (text) => (text === "" || text === "none" ? undefined : text),
  ),
  checkpointEvery: setting(
    "checkpoint-every",
    "SECONDS",
    "60",
    "seconds between two checkpoints; another one is written at shutdown",
    (text) => millis(positive(text) * 1_000),
  ),
  weightShare: setting(
    "weight-share",
    "PERCENT",
    "80",
    "share of the exchange's request weight limit that this server may use, in percent; others with the same IP address can use the rest",
    (text) => wholeNumber(text, 1, 100) / 100,
  ),
  auditEvery: setting(
    "audit-every",
    "SECONDS",
    "10",
    "seconds between two series that the audit re-reads from the exchange and compares; each costs a request weight of 2",
    (text) => millis(positive(text) * 1_000),
  ),
  keepDelisted: setting(
    "keep-delisted",
    "HOURS",
    "168",
    "hours for which klines of a delisted symbol stay readable; 0 drops them at once",
    (text) => millis(wholeNumber(text, 0, 87_600) * 3_600_000),
  ),
  databaseUrl: {
    ...setting(
      "database-url",
      "URL",
      "",
      "PostgreSQL database for traders, postgres://user:password@host:5432/database; none: one of the server's own, in the data folder",
      (text) => (text === "" ? undefined : readAddress(text, ["postgres:", "postgresql:"], true)),
    ),
    secret: true,
  },
  databaseDurability: setting(
    "database-durability",
    "WHEN",
    DEFAULT_DURABILITY,
    "when the embedded database's commits are on the disk, safe from a power loss: commit (before each is answered), second (within a second), off (at no certain time)",
    parseDurability,
  ),
  keepSignals: setting(
    "keep-signals",
    "DAYS",
    "90",
    "days for which signals are kept; 0 keeps them for ever. A trader's newest signal of each symbol is always kept",
    (text) => wholeNumber(text, 0, MAX_DAYS),
  ),
  keepExecutions: setting(
    "keep-executions",
    "DAYS",
    String(KEEP_EXECUTIONS_DAYS),
    "days for which traders' executions are kept; 0 keeps them for ever",
    (text) => wholeNumber(text, 0, MAX_DAYS),
  ),
  webhookNetworks: setting(
    "webhook-networks",
    "LIST",
    "",
    "addresses and networks that aren't public to which messages about signals and price alerts may be sent, for example 192.168.1.20,10.0.0.0/8; none: the public internet alone",
    parseAddressList,
  ),
  telegramUrl: setting(
    "telegram-url",
    "URL",
    TELEGRAM_URL,
    "URL of Telegram's bot API, or of a server of your own",
    (text) => readAddress(text, ["https:", "http:"]),
  ),
  smtpUrl: {
    ...setting(
      "smtp-url",
      "URL",
      "",
      "mail server for messages by e-mail, smtps://user:password@host:465 or smtp://user:password@host:587 (STARTTLS); unencrypted only on this machine, or with ?tls=optional behind it. With --smtp-from",
      (text) => (text === "" ? undefined : readSmtpUrl(text)),
    ),
    secret: true,
  },
  smtpFrom: setting("smtp-from", "SENDER", "", "who e-mail comes from, for example Vyx <vyx@example.org>", (text) =>
    text === "" ? undefined : readMailSender(text),
  ),
  publicUrl: setting(
    "public-url",
    "URL",
    "",
    "URL at which people reach this server, for the link in each e-mail that ends the messages, for example https://vyx.example.org; none: they write to the sender",
    (text) => (text === "" ? undefined : publicAddress(text)),
  ),
  closeWebhook: setting(
    "close-webhook",
    "URL",
    "",
    "URL of a trigger-executions function that is called at each close and runs the traders instead of this server",
    (text) => (text === "" ? undefined : publicAddress(text)),
  ),
  closeWebhookKey: {
    ...setting("close-webhook-key", "KEY", "", "service key for --close-webhook", (text) =>
      text === "" ? undefined : text,
    ),
    secret: true,
  },
  functionsUrl: setting(
    "functions-url",
    "URL",
    "",
    "URL of the functions for traders and signals, if another host runs them, such as https://PROJECT.supabase.co/functions/v1; none: derived from --close-webhook",
    (text) => (text === "" ? undefined : publicAddress(text).replace(/\/+$/, "")),
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
    "percentage of traders and users to which --source applies; the others read from Redis",
    parseShare,
  ),
  logLevel: setting("log-level", "LEVEL", "info", "trace, debug, info, warn or error", logLevel),
  requestLogRate: setting(
    "request-log-rate",
    "N",
    "20",
    "log lines per second for successful requests; above this rate, one request in a hundred is logged",
    (text) => wholeNumber(text, 0, 1_000_000),
  ),
  logClientAddresses: setting(
    "log-client-addresses",
    "",
    "false",
    "log each request's client IP address, to trace abuse; personal data in many countries",
    flag,
  ),
  keysFile: setting(
    "keys-file",
    "FILE",
    "",
    "file of API keys, as `vyx keys` writes it; changes apply while the server runs",
    (text) => (text === "" ? undefined : text),
  ),
  apiKeys: {
    ...setting(
      "api-keys",
      "LIST",
      "",
      "API keys for hosts without a disk: name:hash:scopes or name:hash:scopes:rate, separated by ;",
      (text) => parseKeyList(text),
    ),
    secret: true,
  },
  insecureNoAuth: setting(
    "insecure-no-auth",
    "",
    "false",
    "serve everyone who can reach the server, without keys",
    flag,
  ),
  ticketSecret: {
    ...setting(
      "ticket-secret",
      "SECRET",
      "",
      `secret of at least ${MIN_TICKET_SECRET_BYTES} bytes with which servers behind one address accept each other's WebSocket tickets; none: each accepts only its own`,
      ticketSecret,
    ),
    secret: true,
  },
  supabaseUrl: setting(
    "supabase-url",
    "URL",
    "",
    "a Supabase project, such as https://PROJECT.supabase.co, whose users may sign in: they read, follow, screen, and keep traders of their own",
    (text) => (text === "" ? undefined : publicAddress(text).replace(/\/+$/, "")),
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
      "secret of a project that still signs users' tokens with HS256; other projects' tokens are verified with their public keys",
      (text) => (text === "" ? undefined : text),
    ),
    secret: true,
  },
  userRate: setting("user-rate", "RATE", "600/min", "requests of one user who is signed in", parseRate),
  addressRate: setting(
    "address-rate",
    "RATE",
    "auto",
    "requests of one address without a key, such as 600/min or 20/s; auto: 600/min, or no limit if only this machine can connect and no key is required",
    (text) => (text === "auto" ? undefined : parseRate(text)),
  ),
  trustedProxies: setting(
    "trusted-proxies",
    "LIST",
    "",
    "addresses and networks of proxies whose forwarding headers are trusted, such as 10.0.0.0/8",
    parseAddressList,
  ),
  proxyHeaders: setting(
    "proxy-headers",
    "LIST",
    PROXY_HEADERS.join(","),
    "headers in which a trusted proxy names the client; the first one present counts",
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
    "WebSockets of one key or address; auto: 100, or --max-sockets if only this machine can connect and no key is required",
    (text) => (text === "auto" ? undefined : wholeNumber(text, 1, 1_000_000)),
  ),
  socketAge: setting(
    "socket-age",
    "SECONDS",
    "0",
    "seconds after which a WebSocket is closed with 4002, each at between half of this and all of it, so that a proxy can spread sockets again after a restart; 0 keeps them open",
    (text) => {
      const seconds = wholeNumber(text, 0, MAX_SOCKET_AGE_SECONDS);
      return seconds === 0 ? undefined : millis(seconds * 1_000);
    },
  ),
  staleAfter: setting(
    "stale-after",
    "SECONDS",
    "10",
    "seconds without data from the exchange after which the server is not ready",
    (text) => millis(positive(text) * 1_000),
  ),
  drain: setting(
    "drain",
    "SECONDS",
    "0",
    "seconds between SIGTERM and the stop, in which /serving answers 503 so that proxies turn to other servers, and WebSockets are closed in slices; 0 stops at once",
    (text) => millis(wholeNumber(text, 0, MAX_DRAIN_SECONDS) * 1_000),
  ),
};

/** The market of the first symbol of a list that says its own. */
function marketNamedIn(text: string): MarketId | undefined {
  const symbol = text.split(",").find((name) => name.includes(":") && isSymbolText(name.trim()));
  return symbol === undefined ? undefined : marketOf(parseSymbol(symbol.trim()));
}
