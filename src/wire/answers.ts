import type { Interval, MarketId, MarketSource, OpenTimeRange, SymbolInfo, UnixMs } from "../core/mod.ts";
import type { WireKline, WireTicker } from "./kline.ts";

/** `GET /health`. Ages and uptime in the units that their names end with. */
export interface HealthAnswer {
  /** `starting` until warm-up is done, `degraded` while something said in `reasons` is wrong. */
  readonly status: "ok" | "starting" | "degraded";
  /** In words, what `status` means when it isn't `ok`. */
  readonly reasons: readonly string[];
  readonly version: string;
  /** The commit that the program was built from; `unknown` where nobody said, and from an older server. */
  readonly commit: string;
  readonly uptimeSeconds: number;
  /** Of the server's first market. */
  readonly source: MarketSource;
  /** Of all markets. */
  readonly symbols: number;
  readonly intervals: readonly Interval[];
  readonly series: number;
  /** The most klines of a series that are kept, and that an answer holds. */
  readonly capacity: number;
  /** The feed of the server's first market. */
  readonly feed: FeedHealth;
  /** Of all markets. */
  readonly coverage: { readonly complete: number; readonly total: number };
  /** The newest checkpoint of the first market on disk; null where none are kept. */
  readonly checkpoint: CheckpointHealth | null;
  /** The traders' database; null where none is used, and from an older server. */
  readonly database: {
    /** Why traders can't use it now, which is also in `reasons`; null when they can. */
    readonly fault: string | null;
    /** Local milliseconds since it last answered; null before it did. */
    readonly answerAgeMs: number | null;
    /** Looks at it that failed since the start. */
    readonly errors: number;
  } | null;
  /** Each market, the first one first. Empty from an older server. */
  readonly markets: readonly MarketHealth[];
  /** Names this run of the server, so that one finds out that it follows itself; empty from an older server. */
  readonly node: string;
  /** Which server this one follows; null where it follows exchanges, and from an older server. */
  readonly following: FollowingHealth | null;
  /** How it is as a node of a cluster over NATS; null where it is none, and from an older server. */
  readonly cluster: ClusterHealth | null;
}

/** What `/health` says of a node of a cluster. Figures that aren't of its role are null. */
export interface ClusterHealth {
  readonly role: "ingest" | "serve";
  /** Its name in the cluster. */
  readonly node: string;
  /** Whether it reaches NATS now. */
  readonly nats: boolean;
  /** Other nodes that are there. */
  readonly others: number;
  readonly markets: readonly ClusterMarketHealth[];
}

/** One market of a node of a cluster. */
export interface ClusterMarketHealth {
  readonly market: MarketId;
  /** Whether this node asks the exchange for history; the other ingest nodes ask their peers first. */
  readonly spends: boolean | null;
  /** Final klines that NATS hasn't acknowledged yet. */
  readonly waiting: number | null;
  /** Messages of the stream that haven't come yet. */
  readonly behind: number | null;
  /** Whether the stream of final klines is there. */
  readonly stream: boolean | null;
  /** Whether the last close didn't come whole through the stream within five seconds. */
  readonly late: boolean | null;
}

/** What `/health` says of a server that follows another one. */
export interface FollowingHealth {
  /** Host and port of the server that is followed; null for callers without the scope `metrics` or `admin`. */
  readonly upstream: string | null;
  /** The nodes that the data passed: the one that is followed, then the one that it follows, and so on. Empty until it answered. */
  readonly path: readonly string[];
  /** How far the newest event lies behind the exchange's clock, of the market that is furthest behind; null where it isn't known. */
  readonly behindMs: number | null;
}

/** What `/health` says of one market. */
export interface MarketHealth {
  readonly market: MarketId;
  readonly status: "ok" | "starting" | "degraded";
  readonly reasons: readonly string[];
  readonly source: MarketSource;
  /** Names the market: another one when it was replaced. Empty while it isn't known, and from an older server. */
  readonly epoch: string;
  /** The market's time, Unix milliseconds; null while it isn't known, and from an older server. */
  readonly marketTime: UnixMs | null;
  /** The exchange's clock when this was answered, Unix milliseconds: it goes on while nothing comes. Null while it isn't known, and from an older server. */
  readonly exchangeTime: UnixMs | null;
  /** Those that readers may ask for. */
  readonly intervals: readonly Interval[];
  readonly symbols: number;
  readonly coverage: { readonly complete: number; readonly total: number };
  readonly feed: FeedHealth;
  readonly checkpoint: CheckpointHealth | null;
}

/** What `/health` says of a feed. */
export interface FeedHealth {
  readonly state: string;
  readonly connections: number;
  /** Local milliseconds since a kline or ticker was last accepted; null before one was. */
  readonly lastEventAgeMs: number | null;
  /** The same, counted from the connect or the start where nothing was accepted yet. Null from an older server. */
  readonly silentForMs: number | null;
  /** How old the newest event is by the exchange's own clock; null where the local clock can't be trusted to tell. */
  readonly marketLagMs: number | null;
  /** The server's clock less the exchange's; null while it wasn't measured. */
  readonly clockOffsetMs: number | null;
}

/** What `/health` says of checkpoints. */
export interface CheckpointHealth {
  /** Local milliseconds since the newest was whole; null before the first one. */
  readonly ageMs: number | null;
  /** Of the newest that this run wrote; 0 before. */
  readonly bytes: number;
  readonly writtenInMs: number;
  /** Writings that failed since the start. */
  readonly failures: number;
}

/** `GET /ready`: 200 when ready, else 503 with the reasons. */
export type ReadyAnswer = { readonly ready: true } | { readonly ready: false; readonly reasons: readonly string[] };

/** `GET /live`: the process answers. */
export interface LiveAnswer {
  readonly live: true;
}

/**
 * `GET /serving`: 200 while the server has data to serve, else 503 with the reasons. `staleSeconds` is null while data is current; else
 * it says for how long none has arrived, and answers say so, too, in the header `Vyx-Stale`.
 */
export type ServingAnswer =
  | { readonly serving: true; readonly staleSeconds: number | null }
  | { readonly serving: false; readonly reasons: readonly string[] };

/** `GET /tickers`, sorted by symbol. */
export interface TickersAnswer {
  readonly count: number;
  readonly tickers: readonly WireTicker[];
}

/**
 * One series of klines, oldest first. `settled`: nothing of the asked range is in doubt, so a candle that isn't here doesn't
 * exist on the exchange. `complete`: settled, and no candle of it is missing.
 */
export interface KlinesAnswer {
  readonly symbol: string;
  readonly interval: Interval;
  readonly count: number;
  readonly complete: boolean;
  readonly settled: boolean;
  /** Where the klines come from, oldest first; only in answers that reach beyond the server's memory. */
  readonly stretches?: readonly KlineStretch[];
  /** The address of the rest of what was asked; absent where this is all. */
  readonly next?: string;
  readonly klines: readonly WireKline[];
}

/** Klines of an answer that come from one place, by the open times of the first and the last. */
export interface KlineStretch {
  /** `vault`: the server's history of years. `memory`: its memory. `exchange`: the exchange, asked for this answer. Servers may come to have more. */
  readonly source: string;
  readonly from: UnixMs;
  readonly to: UnixMs;
}

/** A file of the history of years. */
export interface HistoryFile {
  readonly path: string;
  readonly symbol: string;
  readonly span: { readonly from: UnixMs; readonly to: UnixMs };
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** `GET /history/files`. */
export interface HistoryFilesAnswer {
  readonly count: number;
  /** Whether there are more, after the last one's path. */
  readonly hasMore: boolean;
  readonly files: readonly HistoryFile[];
}

/** `GET /klines`. */
export interface SeriesAnswer {
  readonly count: number;
  readonly series: readonly KlinesAnswer[];
}

/** `GET /closes`: per interval the last close that the market reached; `pending` are the symbols still without it. */
export interface ClosesAnswer {
  readonly intervals: Partial<
    Record<Interval, { closeTime: UnixMs; closed: number; total: number; pending: readonly string[] }>
  >;
}

/** `GET /symbols`. */
export interface SymbolsAnswer {
  readonly count: number;
  readonly symbols: readonly SymbolInfo[];
}

/** `GET /coverage/{symbol}/{interval}`. Holes by the open times of their first and last missing kline. */
export interface CoverageAnswer {
  readonly symbol: string;
  readonly interval: Interval;
  readonly first: UnixMs | null;
  readonly last: UnixMs | null;
  readonly count: number;
  readonly holes: readonly OpenTimeRange[];
  /** Where it isn't certain that all is held that the exchange has: these ranges are asked for again. Empty while all is well. */
  readonly uncertain: readonly OpenTimeRange[];
  /** Whether the feed is live. While it isn't, the newest klines may be older than the exchange's. */
  readonly fresh: boolean;
  readonly sources: { stream: number; rest: number; rollup: number; checkpoint: number };
  /** How many of the klines the exchange told otherwise after their close; what is held is what it said last. */
  readonly restated: number;
}

/** What `POST /screen` takes: a filter's code, and which symbols; all when left out. */
export interface ScreenRequest {
  readonly code: string;
  /** The intervals that the filter reads; those that its code names when left out. */
  readonly timeframes?: readonly Interval[] | undefined;
  readonly symbols?: readonly string[] | undefined;
  /** Whose close it is; the shortest of the timeframes when left out. */
  readonly interval?: Interval | undefined;
  /** The last millisecond of a candle of that interval; of the last one that closed when left out. */
  readonly closeTime?: number | undefined;
  /** Whether each match comes with the facts that the filter gave. */
  readonly facts?: boolean | undefined;
}

/** A symbol for which a filter is true. */
export interface ScreenMatch {
  readonly symbol: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** `POST /screen`. `skipped` lacked klines, `errors` are symbols for which the filter threw. */
export interface ScreenAnswer {
  /** Whose close it was. */
  readonly interval: Interval;
  /** The last millisecond of the candle that closed. */
  readonly closeTime: number;
  /** `price` is the close of the candle that closed; null for a symbol in `pending`. */
  readonly matches: readonly (ScreenMatch & { readonly price: number | null })[];
  readonly checked: number;
  /** With `wanted`, too few klines have closed; without it, klines are missing or uncertain that may still come. */
  readonly skipped: readonly {
    readonly symbol: string;
    readonly reason: string;
    readonly wanted?: number | undefined;
  }[];
  readonly errors: readonly { readonly symbol: string; readonly message: string }[];
  /** Symbols without a closed candle of the interval that ends at the close. */
  readonly pending: readonly string[];
  readonly milliseconds: number;
  /** In sentences: indicators for which the server keeps too few klines. */
  readonly notes: readonly string[];
}

/** What `POST /preview` takes: a screen, at each of the last `closes` closes, 1 to 500. */
export interface PreviewRequest extends ScreenRequest {
  readonly closes: number;
  /** Candles after a match for which the same symbol gives no other one, as with a trader: 0 to 1,000, 0 when left out. */
  readonly cooldownCandles?: number | undefined;
}

/** `POST /preview`. */
export interface PreviewAnswer {
  readonly interval: Interval;
  /** Oldest first. `skipped` and `errors` count symbols, `cooling` matches that the cooldown leaves out. */
  readonly closes: readonly {
    readonly closeTime: UnixMs;
    readonly matches: readonly ScreenMatch[];
    readonly checked: number;
    readonly skipped: number;
    readonly errors: number;
    readonly cooling: number;
  }[];
  /** Whether all closes that were asked for are there; if not, `notes` say why the oldest ones aren't. */
  readonly finished: boolean;
  /** Whether each close shows what a live run saw; if not, `notes` say why. */
  readonly exact: boolean;
  /** In sentences: which closes are missing or not exact, and indicators for which the server keeps too few klines. */
  readonly notes: readonly string[];
  /** The first of the failures. */
  readonly errors: readonly { readonly closeTime: UnixMs; readonly symbol: string; readonly message: string }[];
  readonly milliseconds: number;
  /** What ran the filter, and why that. */
  readonly engine: string;
  readonly why: string;
}

/** `POST /tickets`: opens a WebSocket until `expiresAt`, once at each server. */
export interface TicketAnswer {
  readonly ticket: string;
  readonly expiresAt: UnixMs;
}

/** `GET /page-settings`: what the page knows before it asks for anything else. */
export interface PageSettings {
  /** Where users sign in; null where there are API keys alone. */
  readonly signIn: SignInSettings | null;
  /** Where traders and signals are; null where this server has them itself, or wasn't told who does. */
  readonly functionsUrl: string | null;
  /** The server's markets, the first one first. */
  readonly markets: readonly MarketId[];
  /** Whether messages about signals and price alerts can go to e-mail addresses. */
  readonly sendsMail: boolean;
  /** What the caller may do; left out by an older server. A newer one may have scopes that aren't known here. */
  readonly scopes?: readonly string[] | undefined;
}

/** A Supabase project whose users may use the server, with the key that everyone may know. */
export interface SignInSettings {
  readonly kind: "supabase";
  readonly url: string;
  readonly publishableKey: string;
}
