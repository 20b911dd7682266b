import type { Logger } from "pino";
import {
  isKeyBare,
  restoreFromUpstream,
  Upstream,
  type UpstreamLine,
  upstreamLine,
  type WantedMarket,
} from "../cluster/mod.ts";
import type { MarketId, Random, StopSignal } from "../core/mod.ts";
import type { FollowedServer } from "../server/mod.ts";
import type { MarketStore, RestoredCheckpoint } from "../store/mod.ts";
import { systemClock } from "./clock.ts";
import { proxyOf } from "./exchange-proxy.ts";
import type { Settings } from "./settings.ts";

/** Characters of a node's name: enough that no two nodes of one chain ever share one. */
const NODE_CHARACTERS = 12;

/** The server that the settings say is followed. */
export interface ConfiguredUpstream {
  lineOf(market: MarketId): UpstreamLine;
  readonly followed: FollowedServer;
  /** Names the market that it has, as it last said. */
  epochOf(market: MarketId): string | undefined;
  /** Calls back after each look at it. */
  onLook(listener: () => void): void;
  /** Waits until it answers and serves what a market needs. Rejects with InvalidInput where it doesn't serve that. */
  serves(wanted: WantedMarket, signal: StopSignal): Promise<void>;
  /** Fills a market's empty store with what it has. Rejects where it can't be had; then the store is as it was. */
  restore(store: MarketStore, signal: StopSignal): Promise<RestoredCheckpoint>;
  /** Rejects with InvalidInput once it turns out to follow us. */
  watch(signal: StopSignal): Promise<void>;
}

/** Makes the upstream that the settings ask for; undefined for none. `node` is the name of this run of the server. */
export function configuredUpstream(settings: Settings, node: string, log: Logger): ConfiguredUpstream | undefined {
  const { upstream: url, upstreamKey: key } = settings;
  if (url === undefined) return undefined;
  if (isKeyBare({ url, key })) {
    log.warn("--upstream is http and beyond this machine, so its key and its data can be read on the way: https can't");
  }
  const [rest, streams] = [proxyOf(url, process.env), proxyOf(url.replace(/^http/, "ws"), process.env)];
  const proxied = (input: string | URL | Request, init?: RequestInit): Promise<Response> =>
    fetch(input, { ...init, ...(rest && { proxy: rest.url }) });
  const line = upstreamLine({
    url,
    key,
    fetch: Object.assign(proxied, { preconnect: () => {} }),
    proxy: streams?.url,
  });
  const listeners: (() => void)[] = [];
  const upstream = new Upstream({
    url,
    onLook: () => {
      for (const listener of listeners) listener();
    },
    line,
    node,
    clock: systemClock,
    log: { info: (message) => log.info(message), warn: (message) => log.warn(message) },
  });
  return {
    lineOf: () => line,
    followed: { host: upstream.host, path: () => upstream.path() },
    epochOf: (market) => upstream.epochOf(market),
    onLook: (listener) => listeners.push(listener),
    restore: (store, signal) => restoreFromUpstream({ url, line, market: store.market, store, signal }),
    serves: (wanted, signal) => upstream.serves([wanted], signal),
    watch: (signal) => upstream.watch(signal),
  };
}

/** A name for one run of a server. */
export function nodeName(random: Random): string {
  return Array.from({ length: NODE_CHARACTERS }, () => Math.floor(random() * 36).toString(36)).join("");
}
