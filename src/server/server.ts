import { availableParallelism } from "node:os";
import type { Server } from "bun";
import {
  assert,
  CantListen,
  type Clock,
  type MarketId,
  type MarketSource,
  type Millis,
  millis,
  type PastKlines,
  type Random,
} from "../core/mod.ts";
import { readerOf } from "../store/mod.ts";
import type { TraderFigures } from "../traders/mod.ts";
import type { PageSettings } from "../wire/mod.ts";
import { Access, type AccessOptions, EVERY_SCOPE } from "./access.ts";
import { parseAddressList } from "./addresses.ts";
import { AnswerCache } from "./answer-cache.ts";
import { cacheMeters } from "./caches.ts";
import type { Caller } from "./caller.ts";
import { checkpointRoute } from "./checkpoint-route.ts";
import type { ClusterFigures } from "./cluster-figures.ts";
import { Compressor } from "./compression.ts";
import { Cors } from "./cors.ts";
import { deliveryRate } from "./delivery-allowance.ts";
import { EventLoop } from "./event-loop.ts";
import { binanceRoutes } from "./facades/binance/routes.ts";
import { OlderKlines } from "./facades/older-klines.ts";
import { udfRoutes } from "./facades/udf/routes.ts";
import { KeptFile } from "./facades/upstash/kept-file.ts";
import { KeptTexts } from "./facades/upstash/kept-texts.ts";
import { upstashRoutes } from "./facades/upstash/routes.ts";
import type { HistoryFigures } from "./history-figures.ts";
import { Hub } from "./hub.ts";
import { llmsRoute } from "./llms.ts";
import { LoopTurns } from "./loop-turns.ts";
import { marketRoutes } from "./market-routes.ts";
import type { ServedMarket } from "./market-status.ts";
import { marketsAbout } from "./markets-asked.ts";
import { memoryFigures } from "./memory.ts";
import { metricsRoute } from "./metrics-route.ts";
import { OpenAnswers } from "./open-answers.ts";
import { type PageAsset, pageRoutes } from "./page-routes.ts";
import { ExchangeBlocks } from "./past/exchange-blocks.ts";
import { filesRoutes } from "./past/files-route.ts";
import { LongRanges } from "./past/long-ranges.ts";
import { Pipeline } from "./pipeline.ts";
import type { Rate } from "./rate.ts";
import { RecentFigures } from "./recent-figures.ts";
import { RequestFigures } from "./request-figures.ts";
import { type RequestLine, RequestLog } from "./request-log.ts";
import type { Route } from "./route.ts";
import { Router } from "./router.ts";
import type { ScreenFigures } from "./screen-figures.ts";
import { SeriesTags } from "./series-tags.ts";
import { contractRoute, type LogSwitch, serviceRoutes } from "./service-routes.ts";
import type { SocketData } from "./socket.ts";
import { type SocketLimits, Sockets } from "./sockets.ts";
import { DEFAULT_STALE_AFTER_MS, type FollowedServer, ServerStatus } from "./status.ts";
import { WaitingBytes } from "./waiting-bytes.ts";

/**
 * A request must be here whole within this, and an answer that its reader leaves standing is given up; seconds. Bytes of a
 * request that drip in don't lengthen it, and what never becomes a request holds its place no longer.
 */
export const REQUEST_IDLE_SECONDS = 10;

/** A larger body is refused by the runtime, without a word; four times what a hosted function takes, the most of all routes. */
export const WORDS_UP_TO_BYTES: number = 1024 * 1024;

/** An answer that isn't ready at once, a screening for example, may take this long; seconds. */
export const ANSWER_WITHIN_SECONDS = 120;

/** Bodies that are compressed at once: all processors but the one that answers. */
const COMPRESSED_AT_ONCE: number = Math.max(1, availableParallelism() - 1);

/** Sockets that a stopping server has told to go get this long to do so, in milliseconds. */
const GOODBYE_MS = 1_000;

/** Lines of the request log a second, above which they are sampled, unless said otherwise. */
const REQUEST_LINES_PER_SECOND = 20;

/** A rate that no program on this machine meets, for servers that nobody else can reach. */
export const LOOPBACK_RATE: Rate = { amount: 100_000_000, perMs: 60_000 };

/** The limits of a server that nobody but its own machine can reach. */
const LOOPBACK_SOCKETS: SocketLimits = { total: 20_000, perCaller: 20_000 };

/** What a server is made of. It reads the store, never the environment. What may be left out is as for loopback alone. */
export interface ServerDependencies {
  /** The markets that it serves, of which `*` means the first one. */
  readonly markets: readonly ServedMarket[];
  /** Closed klines of years; none unless said. */
  readonly past?: PastKlines | undefined;
  readonly clock: Clock;
  readonly version: string;
  /** The commit that the program was built from; unknown unless said. */
  readonly commit?: string;
  readonly hostname: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** By path: `/` and what it loads. */
  readonly page: ReadonlyMap<string, PageAsset>;
  /** What the page is told first; API keys and the server's own traders unless said. */
  readonly pageSettings?: PageSettings;
  /** Told what went wrong inside while a request was answered. */
  readonly onError: (requestId: string, cause: unknown) => void;
  /** Routes that others bring: screening, traders, façades. */
  readonly routes?: readonly Route[];
  /** Whether the hub will be told of signals. */
  readonly tellsSignals?: boolean;
  /** Who may do what; without it everyone may do everything, as fits a server that only this machine can reach. */
  readonly access?: AccessOptions;
  readonly sockets?: SocketLimits;
  /** Web origins whose pages may read answers, or `*`; none unless said. */
  readonly corsOrigins?: readonly string[];
  /** Milliseconds on a clock that only goes forward; local time where there is none. */
  readonly stopwatch?: () => number;
  /** Spreads the ages at which sockets are closed; the middle unless said. */
  readonly random?: Random;
  /** One line for each request that gets one. */
  readonly onRequest?: (line: RequestLine) => void;
  readonly requestLinesPerSecond?: number;
  /** Whether those lines have the client's IP address; no unless said. */
  readonly logsClientAddresses?: boolean;
  readonly log?: LogSwitch;
  /** What became of closes, where this server runs traders or tells them. */
  readonly traderFigures?: () => TraderFigures | undefined;
  /** How filters are run, where this server runs any. */
  readonly screenFigures?: () => ScreenFigures | undefined;
  /** When a backup was last written, in Unix milliseconds; undefined where none is known. */
  readonly lastBackupAt?: () => number | undefined;
  /** How its history is recorded; none is kept unless said. */
  readonly historyFigures?: () => HistoryFigures | undefined;
  /** The file that keeps what callers write under `lastProcessed:…` of `/upstash`; in memory only unless said. `warn` is told what is wrong with it. */
  readonly keptTexts?: { readonly path: string; readonly warn: (message: string) => void } | undefined;
  /** In words, what else is wrong though the server goes on: `degraded` says so. */
  readonly faults?: () => readonly string[];
  /** Names this run of the server. */
  readonly node?: string;
  /** The server that this one follows; none unless said. */
  readonly followed?: FollowedServer | undefined;
  /** How it is as a node of a cluster; none unless said. */
  readonly cluster?: (() => ClusterFigures | undefined) | undefined;
  /** How long the exchange may be silent before the server isn't ready any more. */
  readonly staleAfter?: Millis;
  /** What answers and rows of klines may take together, in MiB; {@link DEFAULT_CACHE_MB} unless given. */
  readonly cacheMb?: number;
}

/** A running server. */
export interface RunningServer {
  /** Where it listens, for example http://127.0.0.1:8080. */
  readonly url: string;
  readonly hub: Hub;
  /** Answers a request that a route makes for its own caller, with the same rights and at the same prices. */
  serveFor(caller: Caller, request: Request): Promise<Response>;
  /**
   * Prepares a stop without a failed request. From now on `/ready` and `/serving` answer 503, and each HTTP answer ends its connection. For
   * half of the span, proxies have time to notice; in the other half, the sockets are closed in slices (4001), and new ones are
   * refused (503). Everything else is served meanwhile. Resolves after the span.
   */
  drain(span: Millis): Promise<void>;
  /** Stops accepting, says goodbye to the sockets (4001), lets running answers end. Resolves within about a second. */
  stop(): Promise<void>;
}

/** Starts the server. Throws {@link CantListen} when the address can't be had. */
export function createServer(dependencies: ServerDependencies): RunningServer {
  const { clock, version, commit = "unknown" } = dependencies;
  const markets = readerOf(dependencies.markets.map(({ store }) => store));
  const now = (): number => clock.now();
  const stopwatch = dependencies.stopwatch ?? now;
  const meters = cacheMeters(dependencies.cacheMb);
  const access = new Access(dependencies.access ?? openToAll(), stopwatch, meters);
  const cors = new Cors(dependencies.corsOrigins ?? [], () => access.keyOrigins(now()));
  const kept = new KeptTexts();
  const { keptTexts } = dependencies;
  const keptFile = keptTexts === undefined ? undefined : new KeptFile(kept, { ...keptTexts, clock });
  const status = new ServerStatus({
    markets: dependencies.markets,
    now: () => clock.now(),
    stopwatch,
    version,
    commit,
    staleAfterMs: dependencies.staleAfter ?? DEFAULT_STALE_AFTER_MS,
    database: () => dependencies.traderFigures?.()?.databaseHealth,
    faults: () => [...(dependencies.faults?.() ?? []), ...(keptFile?.fault === undefined ? [] : [keptFile.fault])],
    ...(dependencies.node === undefined ? {} : { node: dependencies.node }),
    followed: dependencies.followed,
    cluster: dependencies.cluster,
  });
  const figures = new RequestFigures();
  const waiting = new WaitingBytes();
  const turns = new LoopTurns(stopwatch);
  const tags = new SeriesTags();
  const answers = new AnswerCache(tags, meters);
  const limits = dependencies.sockets ?? LOOPBACK_SOCKETS;
  const hub = new Hub({
    markets,
    rows: answers.rows,
    turns,
    waiting,
    deliveryRate: deliveryRate(limits.perCaller),
    stopwatch,
    onError: dependencies.onError,
    tellsSignals: dependencies.tellsSignals ?? false,
  });
  const sockets = new Sockets({
    hub,
    markets,
    access,
    turns,
    onError: dependencies.onError,
    limits,
    now,
    stopwatch,
    random: dependencies.random ?? (() => 0.5),
    hello: () => ({ version, source: sourceOf(dependencies.markets), epoch: epochOf(dependencies.markets) }),
    allowsOrigin: (origin) => cors.allows(origin),
  });
  const pageSettings = dependencies.pageSettings ?? {
    ...{ signIn: null, functionsUrl: null, sendsMail: false },
    markets: markets.stores.map(({ market }) => market),
  };
  const eventLoop = new EventLoop(stopwatch);
  const openAnswers = new OpenAnswers(waiting, stopwatch);
  const compressor = new Compressor(COMPRESSED_AT_ONCE);
  const sources: Parameters<typeof metricsRoute>[0] = {
    now,
    startedAt: now(),
    version,
    commit,
    requests: figures,
    hub,
    sockets,
    access,
    markets: dependencies.markets.map(({ store, feed, checkpoint, counterpart }) => ({
      now,
      startedAt: now(),
      store,
      feedStatus: () => feed.status(),
      feed: () => feed.figures?.(),
      coverage: () => status.coverage(store.market),
      isReady: () => status.ready(store.market).ready,
      checkpoint: checkpoint ?? (() => undefined),
      isFollowed: counterpart !== undefined,
    })),
    isReady: () => status.ready().ready,
    isServing: () => status.serving().serving,
    lastBackupAt: dependencies.lastBackupAt ?? (() => undefined),
    history: dependencies.historyFigures ?? (() => undefined),
    cluster: dependencies.cluster ?? (() => undefined),
    traders: dependencies.traderFigures ?? (() => undefined),
    screens: dependencies.screenFigures ?? (() => undefined),
    openAnswers,
    waiting,
    caches: meters,
    eventLoop,
    memory: memoryFigures,
  };
  const metrics = metricsRoute(sources, turns);
  const recent = new RecentFigures({
    ...sources,
    // Not the count that /health keeps for a moment: the next to ask for that is to learn what is so then.
    markets: sources.markets.map((market) => ({ ...market, coverage: () => market.store.coverage() })),
  });
  const ranges = new LongRanges({
    markets,
    past: dependencies.past,
    exchanges: exchangeBlocks(dependencies.markets, clock),
    now,
    stopwatch,
  });
  const isStale = (market: MarketId): boolean => status.staleSeconds(new Set([market])) !== undefined;
  const routes: Route[] = [
    ...marketRoutes({ markets, isFresh: (market) => status.isFresh(market), tags, answers, turns, compressor, ranges }),
    ...filesRoutes(dependencies.past),
    ...binanceRoutes({ markets, clock, compressor, older: new OlderKlines({ ranges, turns }), isStale }),
    ...upstashRoutes({ markets, clock, kept, isStale }),
    ...udfRoutes({ markets, clock }),
    checkpointRoute({ markets, turns, sourceOf: (market) => status.source(market) }),
    ...serviceRoutes({ markets, status, access, log: dependencies.log, pageSettings }),
    contractRoute(() => routes, version, compressor),
    llmsRoute(() => routes, dependencies.page, compressor),
    metrics,
    recent.route,
    sockets.route,
    ...sockets.facadeRoutes,
    ...(dependencies.routes ?? []),
  ];
  let server: Server<SocketData>;
  const peerOf = (request: Request): string => server.requestIP(request)?.address ?? "";
  const pipeline = new Pipeline({
    router: new Router([...routes, ...pageRoutes(dependencies.page, pageSettings, compressor)], meters.requests),
    access,
    cors,
    figures,
    openAnswers,
    turns,
    log: new RequestLog(
      dependencies.onRequest ?? (() => {}),
      dependencies.requestLinesPerSecond ?? REQUEST_LINES_PER_SECOND,
    ),
    now,
    stopwatch,
    peerOf,
    addressForLog: dependencies.logsClientAddresses
      ? (request) => access.addressOf(peerOf(request), request.headers)
      : undefined,
    connectionOf: (request) => {
      const peer = server.requestIP(request);
      return `${peer?.address} ${peer?.port}`;
    },
    refuseSocket: (request, requestId, caller, problem) => sockets.refuse(request, requestId, caller, problem),
    staleSeconds: (asked) => status.staleSeconds(marketsAbout(asked, markets)),
    sourceOf: (asked) => {
      const about = marketsAbout(asked, markets) ?? new Set(markets.stores.map(({ market }) => market));
      const [market] = about;
      return market === undefined || about.size > 1 ? undefined : status.source(market);
    },
    timeOf: (asked) => {
      const [market, ...others] = marketsAbout(asked, markets) ?? [];
      const store = market === undefined || others.length > 0 ? undefined : markets.of(market);
      return store?.isTimeConfirmed === true ? store.marketTime : undefined;
    },
    isDraining: () => status.isStopping,
    allowTime: (request) => server.timeout(request, ANSWER_WITHIN_SECONDS),
    endTime: (request) => server.timeout(request, REQUEST_IDLE_SECONDS),
    onError: dependencies.onError,
  });
  try {
    server = Bun.serve<SocketData>({
      hostname: dependencies.hostname,
      port: dependencies.port,
      idleTimeout: REQUEST_IDLE_SECONDS,
      // The routes' own bounds are lower: up to here a body that is too large gets an answer in words.
      maxRequestBodySize: WORDS_UP_TO_BYTES,
      development: false,
      // Outside of development the runtime shares a port between servers, unless told otherwise.
      reusePort: false,
      // Bun answers itself once it has taken a socket over; what is returned then is not looked at.
      fetch: (request) => pipeline.serve(request) as Response | Promise<Response>,
      error: (cause) => pipeline.broken(cause),
      websocket: sockets.handlers,
    });
  } catch (cause) {
    keptFile?.release();
    throw new CantListen(dependencies.hostname, dependencies.port, "choose another with --port or --host", cause);
  }
  hub.start(server);
  sockets.start(server);
  eventLoop.start();
  openAnswers.start();
  recent.start();
  return {
    url: urlOf(server),
    hub,
    serveFor: (caller, request) => pipeline.serveFor(caller, request),
    drain: async (span) => {
      status.stopping();
      await clock.sleep(millis(span / 2));
      await sockets.drain(millis(span / 2), clock);
    },
    stop: async () => {
      status.stopping();
      sockets.stop();
      eventLoop.stop();
      openAnswers.stop();
      recent.stop();
      const goodbye = new Promise((resolve) => setTimeout(resolve, GOODBYE_MS));
      await Promise.race([server.stop(false), goodbye]);
      await server.stop(true);
      await keptFile?.close();
    },
  };
}

/** The histories of the exchanges that may be asked. */
function exchangeBlocks(markets: readonly ServedMarket[], clock: Clock): ReadonlyMap<MarketId, ExchangeBlocks> {
  return new Map(
    markets.flatMap(({ store, exchangePast: exchange }) =>
      exchange === undefined ? [] : [[store.market, new ExchangeBlocks({ exchange, clock })] as const],
    ),
  );
}

/** Where the first market's data comes from. */
function sourceOf([first]: readonly ServedMarket[]): MarketSource {
  assert(first !== undefined, "a server has a market");
  return first.feed.status().source;
}

/** Names the markets of the server together; undefined while one of them isn't known. */
function epochOf(markets: readonly ServedMarket[]): string | undefined {
  const epochs = markets.map(({ epoch }) => epoch?.());
  return epochs.includes(undefined) ? undefined : epochs.join(",");
}

function openToAll(): AccessOptions {
  return {
    keys: undefined,
    scopesWithoutKeys: EVERY_SCOPE,
    addressRate: LOOPBACK_RATE,
    trustedProxies: parseAddressList(""),
    proxyHeaders: [],
    onlyOwnNames: true,
  };
}

function urlOf({ hostname = "", port }: Server<SocketData>): string {
  if (hostname === "::" || hostname === "0.0.0.0") return `http://localhost:${port}`;
  return `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}
