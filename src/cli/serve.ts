import { accessSync, constants, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "pino";
import packageFile from "../../package.json" with { type: "json" };
import { buildPage } from "../../web/build.ts";
import type { ClusterNode } from "../cluster/mod.ts";
import {
  assert,
  type Interval,
  InvalidInput,
  type MarketId,
  type MarketSource,
  type PastKlines,
  reasonOf,
} from "../core/mod.ts";
import type { MailSettings } from "../deliveries/mod.ts";
import { HistoryRecorder, JoinedPast, PastFiles } from "../history/mod.ts";
import { chooseMarket } from "../migrate/redis/mod.ts";
import {
  Backtests,
  backtestThreads,
  LiveOutcomes,
  Performances,
  Quarantine,
  REQUEST_PLACES,
  REQUEST_WAIT_MS,
  Screens,
  TRADER_PLACES,
  TradersHost,
} from "../screening/mod.ts";
import {
  backtestRoutes,
  createServer,
  explainRoutes,
  type FollowedServer,
  functionRoutes,
  functionTraders,
  importRoutes,
  mailRoutes,
  missesRoutes,
  outcomeRoutes,
  type PageAsset,
  performanceRoutes,
  type RunningServer,
  type ScreenFigures,
  StoreMarket,
  screenRoutes,
} from "../server/mod.ts";
import { allSymbols, type CheckpointStatus, type MarketReader, RingPast, readerOf } from "../store/mod.ts";
import type { MarketDataSource, WebhookAddress } from "../traders/mod.ts";
import type { LogLevel, PageSettings } from "../wire/mod.ts";
import { type ConfiguredAccess, configuredAccess } from "./access.ts";
import { lastBackupAt } from "./backup/last-backup.ts";
import { systemClock, systemRandom } from "./clock.ts";
import { programCommit } from "./commit.ts";
import { clusterUpstream, configuredCluster } from "./configured-cluster.ts";
import { type ConfiguredMarket, configuredMarkets } from "./configured-market.ts";
import { configuredUpstream, nodeName } from "./configured-upstream.ts";
import { watchGarbage } from "./garbage-watch.ts";
import { createLog } from "./log.ts";
import { type McpRouteParts, mcpRoute } from "./mcp-route.ts";
import { readMigrations } from "./migrations-folder.ts";
import { pageSettingsOf } from "./page-settings.ts";
import { BACKTEST_PROGRAM, SCREENING_PROGRAM } from "./screening-program.ts";
import type { Settings } from "./settings.ts";
import { processorMs, stopwatch, threadTime } from "./stopwatch.ts";

/** A server with its feed, running. */
export interface RunningVyx {
  readonly url: string;
  /** Rejects when the feed can't ever work, for example because no such symbol exists. */
  readonly failed: Promise<never>;
  /** How the first market's checkpoints go; undefined when none are kept. */
  checkpointStatus(): CheckpointStatus | undefined;
  readonly traders: TradersHost;
  /** Resolves when the cluster told this node to leave; undefined where it is in none. */
  readonly left: Promise<void> | undefined;
  stop(): Promise<void>;
}

/**
 * Puts feeds, stores and server together and starts them. What a checkpoint holds is served before an exchange is reached. `firstName` names
 * the first market in checkpoints.
 */
export async function startVyx(
  settings: Settings,
  log: Logger = createLog(settings.logLevel),
  firstName?: string,
): Promise<RunningVyx> {
  prepareHistory(settings.history);
  const webhook = webhookOf(settings);
  const mail = mailSettingsOf(settings);
  const pageSettings = pageSettingsOf(settings);
  if (webhook !== undefined && pageSettings.functionsUrl === null) {
    log.warn("the page can't show traders: set --functions-url, because --close-webhook doesn't contain their URL");
  }
  const node = nodeName(systemRandom);
  const cluster = configuredCluster(settings, node, log);
  const access = configuredAccess(settings, log, cluster);
  // The page is bundled on another core while the checkpoint is read.
  const building = buildPage();
  const upstream =
    cluster?.role === "serve" ? clusterUpstream(cluster, node, log) : configuredUpstream(settings, node, log);
  const configured = configuredMarkets(settings, log, firstName, { upstream, cluster });
  cluster?.attach(configured.map((market) => market.inCluster()));
  const markets = readerOf(configured.map(({ store }) => store));
  const quarantine = new Quarantine();
  const screening = {
    markets,
    program: SCREENING_PROGRAM,
    clock: systemClock,
    stopwatch,
    processorMs,
    quarantine,
  };
  const screens = new Screens({ ...screening, bounds: REQUEST_PLACES, maxWaitMs: REQUEST_WAIT_MS });
  const traderScreens = new Screens({ ...screening, bounds: TRADER_PLACES, knownFirst: true });
  const backtestScreens = backtestThreads({ ...screening, program: BACKTEST_PROGRAM });
  const files = settings.history === undefined ? undefined : new PastFiles(settings.history);
  const inMemory = new RingPast(markets);
  const past = files === undefined ? inMemory : new JoinedPast(files, inMemory);
  const backtests = new Backtests({ past, threads: backtestScreens, capacity: markets.capacity });
  const recorder = configuredRecorder(settings, configured, log);
  const outcomes = new LiveOutcomes({ markets, past });
  const pastOf = (interval: Interval): PastKlines => {
    const held = new RingPast(markets, interval);
    return files === undefined ? held : new JoinedPast(files, held);
  };
  const performances = new Performances({ pastOf, threads: backtestScreens, capacity: markets.capacity });
  let server: RunningServer | undefined;
  const traders = new TradersHost({
    ...settings,
    webhook,
    markets,
    market: marketDataOf(settings, markets, configured, log),
    outcomes,
    performances,
    clock: systemClock,
    random: systemRandom,
    posting: {
      isAllowed: (address) => settings.webhookNetworks.has(address),
      telegramUrl: settings.telegramUrl,
      mail,
    },
    times: { stopwatch, threadTime },
    migrations: readMigrations,
    log,
    onError: (requestId, cause) => log.error({ requestId, err: cause }, "a function failed inside"),
    tell: (signal, owner) => server?.hub.signal(signal, owner),
    screens: traderScreens,
    requestScreens: screens,
  });
  try {
    // Before anything is announced: a recording that can't be played is an error of the start.
    for (const market of configured) await market.prepare();
    const page = await building;
    const screenFigures = (): ScreenFigures => ({
      queues: { requests: screens.figures(), traders: traderScreens.figures() },
      quarantine,
    });
    const ask: McpRouteParts["ask"] = (caller, request) => {
      assert(server !== undefined, "a server that is asked has started");
      return server.serveFor(caller, request);
    };
    const shown = { page, pageSettings, traders, log, ask, files, recorder };
    const parts = { markets, configured, access, screens, backtests, outcomes, performances, screenFigures, ...shown };
    const names = { node, cluster, followed: upstream?.followed };
    server = serverOf(settings, { ...parts, ...names });
  } catch (cause) {
    access.stop();
    for (const market of configured) market.release();
    throw cause;
  }
  const garbage = watchGarbage();
  const ending = new AbortController();
  const inCluster = cluster?.run(settings.peerUrl ?? server.url, ending.signal) ?? Promise.resolve();
  const running = configured.map((market) => market.run(ending.signal));
  const watching = upstream?.watch(ending.signal) ?? Promise.resolve();
  const recording = recorder?.run(ending.signal);
  traders.start();
  const failed = new Promise<never>((_, reject) => {
    for (const one of [...running, watching, inCluster]) one.catch(reject);
  });
  return {
    url: server.url,
    failed,
    checkpointStatus: () => configured[0]?.checkpoint(),
    traders,
    left: cluster?.drained,
    stop: async () => {
      assert(!ending.signal.aborted, "a server is stopped once");
      cluster?.leave();
      if (settings.drain > 0) await server.drain(settings.drain);
      access.stop();
      screens.stop();
      for (const thread of backtestScreens) thread.stop();
      garbage.stop();
      ending.abort(new Error("stopped"));
      const written = configured.map((market, at) => running[at]?.catch(() => {}).then(() => market.close()));
      await Promise.all([server.stop(), ...written, inCluster.catch(() => {}), traders.stop(), recording]);
    },
  };
}

interface ServerParts {
  readonly markets: MarketReader;
  readonly configured: readonly ConfiguredMarket[];
  readonly access: ConfiguredAccess;
  readonly page: ReadonlyMap<string, PageAsset>;
  readonly pageSettings: PageSettings;
  /** The history of years; none is kept unless said. */
  readonly files: PastFiles | undefined;
  readonly recorder: HistoryRecorder | undefined;
  /** Answers a request from inside, for a caller. */
  readonly ask: McpRouteParts["ask"];
  readonly traders: TradersHost;
  readonly log: Logger;
  readonly screens: Screens;
  readonly backtests: Backtests;
  readonly outcomes: LiveOutcomes;
  readonly performances: Performances;
  readonly screenFigures: () => ScreenFigures;
  readonly node: string;
  readonly followed: FollowedServer | undefined;
  readonly cluster: ClusterNode | undefined;
}

function serverOf(
  settings: Settings,
  {
    markets,
    configured,
    access,
    page,
    pageSettings,
    traders,
    log,
    screens,
    backtests,
    outcomes,
    performances,
    screenFigures,
    ask,
    files,
    recorder,
    node,
    followed,
    cluster,
  }: ServerParts,
): RunningServer {
  return createServer({
    markets: configured,
    past: files,
    node,
    followed,
    cluster: cluster === undefined ? undefined : () => cluster.status(),
    faults: () => [access.keyFault() ?? [], traders.fault() ?? [], cluster?.faults() ?? []].flat(),
    clock: systemClock,
    version: packageFile.version,
    commit: programCommit(),
    hostname: settings.host,
    port: settings.port,
    page,
    pageSettings,
    routes: [
      ...screenRoutes(markets, screens),
      ...explainRoutes(
        markets,
        screens,
        settings.closeWebhook === undefined ? functionTraders(traders.functions) : undefined,
      ),
      ...missesRoutes(markets, screens),
      ...backtestRoutes(markets, backtests),
      ...outcomeRoutes(outcomes),
      ...performanceRoutes(performances),
      ...importRoutes(markets),
      mcpRoute({ version: packageFile.version, ask }),
      ...(settings.closeWebhook === undefined
        ? [
            ...functionRoutes(traders.functions, () => allSymbols(markets).length),
            ...mailRoutes((token) => traders.endMail(token)),
          ]
        : []),
    ],
    traderFigures: () => traders.figures(),
    keptTexts:
      settings.dataDir === undefined
        ? undefined
        : { path: join(settings.dataDir, "last-processed.jsonl"), warn: (message) => log.warn(message) },
    lastBackupAt: () => (settings.dataDir === undefined ? undefined : lastBackupAt(settings.dataDir)),
    historyFigures: () => recorder?.figures(),
    screenFigures,
    tellsSignals: settings.closeWebhook === undefined,
    access: access.access,
    sockets: access.sockets,
    random: systemRandom,
    corsOrigins: settings.corsOrigins,
    staleAfter: settings.staleAfter,
    cacheMb: settings.cacheMb,
    stopwatch,
    onError: (requestId, cause) => log.error({ requestId, err: cause }, "a request failed inside"),
    onRequest: (line) => log.info(line, "request"),
    requestLinesPerSecond: settings.requestLogRate,
    logsClientAddresses: settings.logClientAddresses,
    log: {
      level: () => log.level as LogLevel,
      setLevel: (level) => {
        log.level = level;
        log.warn(`the log level is now ${level}`);
      },
    },
  });
}

/** Makes the folder of the history. Throws InvalidInput at once where it can't be written, and not when the first hour is over. */
function prepareHistory(root: string | undefined): void {
  if (root === undefined) return;
  try {
    mkdirSync(root, { recursive: true });
    accessSync(root, constants.R_OK | constants.W_OK);
  } catch (cause) {
    throw new InvalidInput(
      `--history: ${root} can't be written: ${reasonOf(cause)}: expected a folder for Parquet files`,
      {
        cause,
      },
    );
  }
}

/** What appends to the history; undefined where none is kept, and where a recording is played, whose klines are old. */
function configuredRecorder(
  { history: root, replay }: Settings,
  configured: readonly ConfiguredMarket[],
  log: Logger,
): HistoryRecorder | undefined {
  if (root === undefined || replay !== undefined) return undefined;
  const markets = configured.map(({ store, feed }) => ({ store, source: () => feed.status().source }));
  return new HistoryRecorder({ root, markets, clock: systemClock, warn: (message) => log.warn(message) });
}

/** Where the functions read the market. Throws InvalidInput when Redis is to be asked and nobody says where it is. */
function marketDataOf(
  settings: Settings,
  markets: MarketReader,
  configured: readonly ConfiguredMarket[],
  log: Logger,
): MarketDataSource {
  const sourceOf = (market: MarketId): MarketSource => {
    const one = configured.find(({ store }) => store.market === market) ?? configured[0];
    assert(one !== undefined, "a server has a market");
    return one.feed.status().source;
  };
  return chooseMarket({
    choice: { source: settings.source, sharePercent: settings.sourceShare },
    variable: (name) => process.env[name] || undefined,
    vyx: () => new StoreMarket(markets, sourceOf),
    clock: systemClock,
    warn: (message) => log.warn(message),
  });
}

/** Throws InvalidInput when only half of it is set. */
function mailSettingsOf({ smtpUrl: server, smtpFrom: from, publicUrl }: Settings): MailSettings | undefined {
  if (server === undefined) return undefined;
  if (from === undefined)
    throw new InvalidInput(
      "--smtp-from is missing: expected who e-mail by --smtp-url comes from, Vyx <vyx@example.org>",
    );
  return { server, from, publicUrl };
}

/** Throws InvalidInput when only half of it is set. */
function webhookOf({ closeWebhook: url, closeWebhookKey: key }: Settings): WebhookAddress | undefined {
  if (url === undefined) return undefined;
  if (key === undefined)
    throw new InvalidInput("--close-webhook-key is missing: expected the service key for --close-webhook");
  return { url, key };
}
