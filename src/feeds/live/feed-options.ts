import type { Clock, MarketGaps, Random, Stopwatch, SymbolInfo, WarmUp } from "../../core/mod.ts";
import type { Exchange } from "../exchange.ts";
import type { BanMemory } from "./asking/ban-file.ts";
import type { Sharing } from "./asking/shared-history.ts";
import type { SocketFactory } from "./line/session.ts";
import type { PoolLimits } from "./line/stream-pool.ts";
import type { SymbolSelection } from "./selection.ts";

/** How long the exchange may send no market data before the feed counts as silent, unless set, in milliseconds. */
export const STALE_AFTER_MS = 10_000;

/** Between two questions of the audit, unless set, in milliseconds: a hundredth of any exchange's budget at most. */
export const AUDIT_EVERY_MS = 10_000;

/** Where the feed logs what it does. */
export interface FeedLog {
  info(message: string): void;
  warn(message: string): void;
}

/** How a live feed is set up. */
export interface LiveFeedOptions {
  readonly exchange: Exchange;
  /** The exchange's addresses, or those of a stand-in. */
  readonly restUrl: string;
  readonly wsUrl: string;
  readonly selection: SymbolSelection;
  /** The quote asset that `top:N` and `*` choose from, for example USDT; undefined for any, and then `*` takes what is halted, too. */
  readonly quote: string | undefined;
  readonly gaps: MarketGaps;
  /** The symbols that are held from an earlier run: what is delisted of them stays readable. None unless given. */
  readonly remembered?: () => readonly SymbolInfo[];
  readonly clock: Clock;
  readonly stopwatch: Stopwatch;
  readonly random: Random;
  readonly log: FeedLog;
  /** Called as the start proceeds, and when it has to wait. */
  readonly onWarmUp?: (warmUp: WarmUp) => void;
  /** The share of the exchange's request budget that may be spent, 0 to 1. */
  readonly weightShare?: number;
  /** Other servers with which the request budget is shared. None unless given: this server spends alone. */
  readonly sharing?: Sharing;
  /** Remembers bans across restarts. */
  readonly bans?: BanMemory;
  /** Between two questions of the audit, in local milliseconds. */
  readonly auditEveryMs?: number;
  /** How long the klines of a delisted symbol stay readable, in local milliseconds. */
  readonly keepDelistedMs?: number;
  /** How long the exchange may send no market data before the feed counts as silent, in milliseconds. */
  readonly staleAfterMs?: number;
  readonly pool?: PoolLimits;
  readonly fetch?: typeof fetch;
  readonly openSocket?: SocketFactory;
  /** Host and port of the proxies that `fetch` and `openSocket` use, for messages. */
  readonly proxies?: { readonly rest: string | undefined; readonly streams: string | undefined };
  /** Market seconds per second: more than 1 where a stand-in exchange plays faster. Default: 1. */
  readonly marketSpeed?: number;
}
