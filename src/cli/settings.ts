import type { Interval, MarketId, Millis } from "../core/mod.ts";
import type { MailSender, SmtpServer } from "../deliveries/mod.ts";
import type { DatabaseDurability } from "../embedded/mod.ts";
import type { SymbolSelection } from "../feeds/mod.ts";
import type { Source } from "../migrate/redis/mod.ts";
import type { AddressList, KeyRecord, ProxyHeader, Rate } from "../server/mod.ts";
import type { LogLevel } from "../wire/mod.ts";
import type { PerMarket } from "./per-market.ts";

/**
 * What a server does: all by itself, or follow another one; or, of a cluster over NATS, follow the exchanges and publish, or follow those that
 * publish.
 */
export const ROLES = ["all", "follow", "ingest", "serve"] as const;

/** One of {@link ROLES}. */
export type Role = (typeof ROLES)[number];

/** All settings of `vyx serve`, read. */
export interface Settings {
  /** A file of settings; undefined for none. */
  readonly config: string | undefined;
  readonly port: number;
  readonly host: string;
  /** What this server does: `follow` takes the market from another server; undefined: `follow` where an upstream is set, else all. */
  readonly role: Role | undefined;
  /** Another Vyx to follow in place of exchanges; undefined for none. */
  readonly upstream: string | undefined;
  /** The API key for it. */
  readonly upstreamKey: string | undefined;
  /** The NATS servers of the cluster; undefined for none. */
  readonly nats: readonly string[] | undefined;
  /** A file with credentials for NATS; undefined for none. */
  readonly natsCredentials: string | undefined;
  readonly natsToken: string | undefined;
  /** A PEM file with the certificate authority of the NATS servers; undefined for the machine's own. */
  readonly natsCa: string | undefined;
  /** This node's name in the cluster; undefined: another one at each start. */
  readonly nodeName: string | undefined;
  /** Where the other nodes reach this one; undefined: where it listens. */
  readonly peerUrl: string | undefined;
  /** The API key that all nodes share; undefined for none. */
  readonly peerKey: string | undefined;
  /** The markets to serve, of which `*` means the first one. */
  readonly markets: readonly MarketId[];
  /** Undefined: the exchange's own. */
  readonly exchangeRest: PerMarket<string | undefined>;
  readonly exchangeWs: PerMarket<string | undefined>;
  readonly exchangeSpeed: number;
  /** A recording to play in place of the exchange; undefined for the exchange itself. */
  readonly replay: string | undefined;
  /** Recorded seconds a second. */
  readonly replaySpeed: number;
  readonly symbols: PerMarket<SymbolSelection>;
  /** The quote asset that `top:N` and `*` choose from; undefined means any. */
  readonly quote: PerMarket<string | undefined>;
  readonly intervals: readonly Interval[];
  /** Klines per series. */
  readonly capacity: number;
  /** What ready answers and rows of klines may take, in MiB. */
  readonly cacheMb: number;
  readonly historyFill: boolean;
  /** The folder for checkpoints; undefined keeps nothing on disk. */
  readonly dataDir: string | undefined;
  /** The folder of the history, which is appended to; undefined keeps none. */
  readonly history: string | undefined;
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
  /** When commits of the database of our own reach the disk. */
  readonly databaseDurability: DatabaseDurability;
  /** Days that signals are kept; 0 for ever. */
  readonly keepSignals: number;
  /** Days that executions are kept; 0 for ever. */
  readonly keepExecutions: number;
  /** Addresses that aren't public to which messages about signals and price alerts may be sent. */
  readonly webhookNetworks: AddressList;
  /** Where Telegram's bots are reached. */
  readonly telegramUrl: string;
  /** The mail server; undefined: no e-mail is sent. */
  readonly smtpUrl: SmtpServer | undefined;
  /** Who e-mail comes from. */
  readonly smtpFrom: MailSender | undefined;
  /** Where people reach this server. */
  readonly publicUrl: string | undefined;
  /** The URL that closes are sent to, if the traders run elsewhere. */
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
  /** Whether the log has the IP address of each request's client. */
  readonly logClientAddresses: boolean;
  /** A file of API keys; undefined for none. */
  readonly keysFile: string | undefined;
  readonly apiKeys: readonly KeyRecord[];
  readonly insecureNoAuth: boolean;
  /** What servers share to accept each other's WebSocket tickets. Undefined: each accepts only its own. */
  readonly ticketSecret: string | undefined;
  /** A Supabase project whose users may sign in; undefined for none. */
  readonly supabaseUrl: string | undefined;
  /** Its publishable key, which every visitor of the page gets to see. */
  readonly supabaseKey: string | undefined;
  readonly supabaseJwtSecret: string | undefined;
  readonly userRate: Rate;
  /** Undefined: by who can reach the server. */
  readonly addressRate: Rate | undefined;
  readonly trustedProxies: AddressList;
  readonly proxyHeaders: readonly ProxyHeader[];
  readonly corsOrigins: readonly string[];
  readonly maxSockets: number;
  /** Of one key or address. Undefined: by who can reach the server. */
  readonly socketsPerCaller: number | undefined;
  /** The age at which a socket is closed; undefined for never. */
  readonly socketAge: Millis | undefined;
  readonly staleAfter: Millis;
  /** From the signal to stop until the stop begins. */
  readonly drain: Millis;
}

/** The name of a setting in code: its flag in camel case, as the command line hands flags over. */
export type SettingName = keyof Settings;
