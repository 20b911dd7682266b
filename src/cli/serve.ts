import type { Logger } from "pino";
import packageFile from "../../package.json" with { type: "json" };
import { buildPage } from "../../web/build.ts";
import { assert, type Feed, seededRandom } from "../core/mod.ts";
import { BinanceFeed, ReplayFeed } from "../feeds/mod.ts";
import { createServer, type RunningServer } from "../server/mod.ts";
import { MarketStore } from "../store/mod.ts";
import { systemClock } from "./clock.ts";
import type { Settings } from "./config.ts";
import { createLog, warmUpProgress } from "./log.ts";

/** A server with its feed, running. */
export interface RunningVyx {
  readonly url: string;
  /** Rejects when the feed can't ever work, for example because no such symbol exists. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

/** Puts feed, store and server together and starts them. */
export async function startVyx(settings: Settings, log: Logger = createLog(settings.logLevel)): Promise<RunningVyx> {
  const store = new MarketStore({ intervals: settings.intervals, capacity: settings.capacity });
  const feed = feedOf(settings, store, log);
  const server: RunningServer = createServer({
    store,
    feedStatus: () => feed.status(),
    clock: systemClock,
    version: packageFile.version,
    hostname: settings.host,
    port: settings.port,
    page: await buildPage(),
    onError: (requestId, cause) => log.error({ requestId, err: cause }, "a request failed inside"),
  });
  const ending = new AbortController();
  const running = feed.run((event) => store.apply(event), ending.signal);
  const failed = new Promise<never>((_, reject) => running.catch(reject));
  return {
    url: server.url,
    failed,
    stop: async () => {
      assert(!ending.signal.aborted, "a server is stopped once");
      ending.abort(new Error("stopped"));
      await Promise.all([server.stop(), running.catch(() => {})]);
    },
  };
}

function feedOf(settings: Settings, store: MarketStore, log: Logger): Feed {
  if (settings.replay !== undefined) {
    return new ReplayFeed({ path: settings.replay, speed: settings.replaySpeed, clock: systemClock });
  }
  return new BinanceFeed({
    restUrl: settings.exchangeRest,
    wsUrl: settings.exchangeWs,
    selection: settings.symbols,
    quote: settings.quote,
    gaps: store,
    clock: systemClock,
    random: seededRandom(crypto.getRandomValues(new Uint32Array(1))[0] ?? 0),
    log: { info: (message) => log.info(message), warn: (message) => log.warn(message) },
    onWarmUp: warmUpProgress(log),
  });
}
