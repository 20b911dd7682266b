import { afterEach, describe, expect, test } from "bun:test";
import { systemClock } from "../../src/cli/clock.ts";
import { createMissing, streamsOf } from "../../src/cluster/nats/streams.ts";
import type { UnixMs } from "../../src/core/mod.ts";
import { createExchange, parseFaults } from "../../src/exchange/mod.ts";
import { hasNats, messagesOf, natsAccess, startNats } from "../helpers/nats.ts";
import { until } from "../helpers/until.ts";
import { CAPACITY, nodeFlags, ready, sameAsTruth, startNode } from "./nats-cluster.ts";
import { startNodeProcess } from "./run/node-process.ts";
import { Subscriber } from "./run/subscribers.ts";

const START = Date.UTC(2026, 1, 10, 12) as UnixMs;
const SPEED = 60;
const STREAM = "vyx-kline-binance";
const PLAN = { markets: ["binance"], capacity: CAPACITY } as const;
/** In place of ten minutes: NATS forgets ids while the node is frozen. */
const WINDOW_MS = 500;
const FROZEN_MS = 4_000;

const stops: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

describe.skipIf(!hasNats)("an ingest node that is frozen for longer than NATS remembers ids", () => {
  test("stores finals a second time, which no reader sees twice, and which bring back no figures that were restated since", async () => {
    const nats = await startNats();
    stops.push(nats.stop);
    const access = await natsAccess([nats]);
    stops.push(() => access.connection.close());
    const [wanted] = streamsOf(PLAN);
    await access.manager.streams.add({ ...wanted, name: STREAM, duplicate_window: WINDOW_MS * 1e6 });
    await createMissing(access.manager, PLAN);
    const exchange = createExchange({
      ...{ symbols: 4, seed: 5, start: START, speed: SPEED, port: 0, clock: systemClock },
      faults: parseFaults("restate=0.05"),
    });
    stops.push(() => exchange.stop());
    const current = await startNode({ ...nodeFlags("ingest", [nats], exchange, SPEED), nodeName: "in-1" });
    stops.push(current.stop);
    const frozen = await startNodeProcess("in-2", "ingest", nodeFlags("ingest", [nats], exchange, SPEED));
    stops.push(() => frozen.kill());
    const serve = await startNode({ ...nodeFlags("serve", [nats], exchange, SPEED), nodeName: "out-1" });
    stops.push(serve.stop);
    for (const { url } of [current, frozen, serve]) await ready(url);
    const readers = exchange.symbols.map((symbol) => new Subscriber([serve.url], 0, symbol, () => 0));
    stops.push(() => Promise.all(readers.map((reader) => reader.stop())));
    await until(() => readers.every(({ candles }) => candles > 0));
    const doubled = async (): Promise<number> => {
      const ids = (await messagesOf(access, STREAM)).map(({ id }) => id);
      return ids.length - new Set(ids).size;
    };
    // What was on its way to the node when it was frozen is news to it when it goes on.
    for (let times = 0; times < 5 && (times === 0 || (await doubled()) === 0); times += 1) {
      await frozen.freeze(FROZEN_MS);
      await ready(frozen.url);
    }
    expect(await doubled()).toBeGreaterThan(0);
    exchange.calm();
    for (const { url } of [current, frozen, serve]) await sameAsTruth(url, exchange, (START - 20 * 60_000) as UnixMs);
    const newest = Math.max(...readers.map(({ last }) => last));
    await until(() => readers.every(({ last }) => last >= newest));
    expect(readers.flatMap(({ faults }) => faults)).toEqual([]);
  });
});
