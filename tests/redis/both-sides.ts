import type { RunningVyx } from "../../src/cli/serve.ts";
import { createClient } from "../../src/client/mod.ts";
import type { Interval } from "../../src/core/mod.ts";
import type { Exchange } from "../../src/exchange/mod.ts";
import type { Sides } from "../../src/migrate/mod.ts";
import { UpstashRest } from "../../src/migrate/redis/mod.ts";
import { startOn, untilReady } from "../helpers/running-vyx.ts";
import { Collector } from "./collector.ts";
import { type RunningRedis, startRedis } from "./redis-server.ts";
import { startUpstashFront, type UpstashFront } from "./upstash-front.ts";

/** The collector's Redis and a server, both live from one stand-in. */
export interface BothSides {
  readonly exchange: Exchange;
  readonly redis: RunningRedis;
  readonly front: UpstashFront;
  readonly collector: Collector;
  readonly vyx: RunningVyx;
  readonly sides: Sides;
  stop(): Promise<void>;
}

/** Starts both sides on a stand-in, which stops with them, and waits until both have their history. */
export async function startBothSides(exchange: Exchange, intervals: readonly Interval[]): Promise<BothSides> {
  const redis = await startRedis();
  const front = startUpstashFront(redis.socketUrl);
  const collector = new Collector(redis.client);
  const vyx = await startOn(exchange, { intervals: intervals.join() });
  await Promise.all([collector.follow(exchange.url, exchange.symbols, intervals), untilReady(vyx)]);
  const sides = { redis: new UpstashRest(front), server: createClient({ url: vyx.url }) };
  return {
    exchange,
    redis,
    front,
    collector,
    vyx,
    sides,
    stop: async () => {
      await collector.stop();
      await vyx.stop();
      await front.stop();
      await Promise.all([exchange.stop(), redis.stop()]);
    },
  };
}
