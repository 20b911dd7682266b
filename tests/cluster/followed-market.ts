import { upstreamExchange } from "../../src/cluster/mod.ts";
import { type UpstreamLine, upstreamLine } from "../../src/cluster/upstream/line.ts";
import { type Interval, millis, seededRandom, type UnixMs } from "../../src/core/mod.ts";
import { LiveFeed } from "../../src/feeds/mod.ts";
import { MarketStore } from "../../src/store/mod.ts";
import { ManualClock } from "../helpers/clock.ts";
import type { ServedMarket } from "../helpers/served-market.ts";
import { until } from "../helpers/until.ts";

/** A store that follows a server, by the feed that exchanges are followed by, under a clock that the test turns. */
export interface FollowedMarket {
  readonly store: MarketStore;
  readonly feed: LiveFeed;
  readonly log: string[];
  /** Waits for what comes over the network, while time goes on by so much at each look. */
  until(condition: () => boolean | Promise<boolean>, stepMs?: number): Promise<void>;
  stop(): Promise<void>;
}

/** What a test may set up otherwise. */
export interface FollowOptions {
  readonly intervals?: readonly Interval[];
  readonly capacity?: number;
  /** What is between the two servers. */
  readonly line?: Partial<UpstreamLine>;
}

/** Follows a server whose store the test fills. */
export function follow(
  upstream: ServedMarket,
  { intervals = ["1m", "5m", "1h"], capacity = 500, line = {} }: FollowOptions = {},
): FollowedMarket {
  const clock = new ManualClock(Math.max(upstream.clock.now(), upstream.store.marketTime));
  const store = new MarketStore({ intervals, capacity });
  const log: string[] = [];
  const { url } = upstream.server;
  const feed = new LiveFeed({
    exchange: upstreamExchange("binance", capacity),
    restUrl: url,
    wsUrl: url.replace("http", "ws"),
    selection: { kind: "all" },
    quote: undefined,
    gaps: store,
    clock,
    stopwatch: clock.stopwatch,
    random: seededRandom(1),
    log: { info: (message) => log.push(message), warn: (message) => log.push(`! ${message}`) },
    // The test moves the market on faster than the clock.
    marketSpeed: 1_000,
    // Nothing here is to be found by the audit.
    auditEveryMs: 1e9,
    ...upstreamLine({ url, key: undefined }),
    ...line,
  });
  const ending = new AbortController();
  const running = feed.run((event) => store.apply(event), ending.signal);
  return {
    store,
    feed,
    log,
    until: async (condition, stepMs = 1) => {
      await until(async () => {
        await clock.turn(millis(stepMs));
        return await condition();
      });
    },
    stop: async () => {
      ending.abort(new Error("done"));
      await running;
    },
  };
}

/** The closed klines of a series, as a reader sees them, from an open time on; undefined while they aren't certain. */
export function closedOf(store: MarketStore, symbol: string, interval: Interval, from: UnixMs): object[] | undefined {
  const series = store.series(symbol as never, interval);
  if (series === undefined) return undefined;
  const { first, end, settled } = series.select({ limit: store.capacity, startTime: from, closedOnly: true });
  if (!settled) return undefined;
  return Array.from({ length: end - first }, (_, at) => ({ ...series.ring.read(first + at, {} as never) }));
}
