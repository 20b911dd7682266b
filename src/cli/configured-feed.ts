import { join } from "node:path";
import type { Logger } from "pino";
import type { UpstreamLine } from "../cluster/mod.ts";
import type { Feed } from "../core/mod.ts";
import { BanFile, type Exchange, LiveFeed, ReplayFeed, type Sharing } from "../feeds/mod.ts";
import type { MarketStore } from "../store/mod.ts";
import { systemClock, systemRandom } from "./clock.ts";
import { proxyOf } from "./exchange-proxy.ts";
import { warmUpProgress } from "./log.ts";
import type { MarketSettings } from "./market-settings.ts";
import type { Settings } from "./settings.ts";
import { stopwatch } from "./stopwatch.ts";

/** What a feed works with. */
interface FeedParts {
  readonly store: MarketStore;
  readonly folder: string | undefined;
  readonly log: Logger;
  /** The way to the server that is followed; undefined where it is an exchange. */
  readonly line?: UpstreamLine | undefined;
  /** With whom the exchange's request budget is shared. */
  readonly sharing?: Sharing | undefined;
  /** Gives words about the exchange as people should read them; as they are unless said. */
  readonly named?: ((message: string) => string) | undefined;
}

/** The feed of a market that the settings ask for: its exchange, live, or a recording of its streams. */
export function configuredFeed(
  settings: Settings,
  exchange: Exchange,
  { restUrl, wsUrl, selection, quote }: MarketSettings,
  { store, folder, log, line, sharing, named = (message) => message }: FeedParts,
): Feed {
  if (settings.replay !== undefined) {
    const { replay: path, replaySpeed: speed } = settings;
    return new ReplayFeed({
      exchange,
      path,
      speed,
      clock: systemClock,
      stopwatch,
      log: { warn: (message) => log.warn(message) },
      ...(selection.kind === "list" ? { symbols: selection.symbols } : {}),
    });
  }
  return new LiveFeed({
    exchange,
    restUrl,
    wsUrl,
    selection,
    quote,
    gaps: store,
    remembered: () => store.symbols(),
    clock: systemClock,
    stopwatch,
    random: systemRandom,
    log: { info: (message) => log.info(named(message)), warn: (message) => log.warn(named(message)) },
    onWarmUp: warmUpProgress(log, named),
    weightShare: settings.weightShare,
    auditEveryMs: settings.auditEvery,
    keepDelistedMs: settings.keepDelisted,
    staleAfterMs: settings.staleAfter,
    marketSpeed: settings.exchangeSpeed,
    ...(line ?? throughProxies(restUrl, wsUrl, log)),
    ...(sharing === undefined ? {} : { sharing }),
    ...(folder === undefined ? {} : { bans: banFile(folder, restUrl, log) }),
  });
}

/** How the exchange is reached where the environment names proxies. The runtime's WebSocket doesn't look there itself. */
function throughProxies(
  restUrl: string,
  wsUrl: string,
  log: Logger,
): Pick<ConstructorParameters<typeof LiveFeed>[0], "fetch" | "openSocket" | "proxies"> {
  const [rest, streams] = [proxyOf(restUrl, process.env), proxyOf(wsUrl, process.env)];
  for (const [what, proxy] of [["REST API", rest] as const, ["streams", streams] as const]) {
    if (proxy !== undefined)
      log.info(
        { proxy: new URL(proxy.url).host },
        `${proxy.variable}: the exchange's ${what} ${what === "streams" ? "are" : "is"} reached through a proxy`,
      );
  }
  const proxied = (input: string | URL | Request, init?: RequestInit): Promise<Response> =>
    fetch(input, { ...init, ...(rest && { proxy: rest.url }) });
  const hostOf = (proxy: typeof rest): string | undefined => proxy && new URL(proxy.url).host;
  return {
    proxies: { rest: hostOf(rest), streams: hostOf(streams) },
    ...(rest && { fetch: Object.assign(proxied, { preconnect: () => {} }) }),
    ...(streams && { openSocket: (url: string) => new WebSocket(url, { proxy: streams.url }) }),
  };
}

function banFile(folder: string, exchange: string, log: Logger): BanFile {
  return new BanFile(join(folder, "bans.json"), exchange, (cause) =>
    log.warn({ err: cause }, "a ban by the exchange couldn't be stored: a restart would ignore it"),
  );
}
