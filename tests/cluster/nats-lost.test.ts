import { afterEach, describe, expect, test } from "bun:test";
import { systemClock } from "../../src/cli/clock.ts";
import type { RunningVyx } from "../../src/cli/serve.ts";
import { type NatsAccess, readCluster } from "../../src/cluster/mod.ts";
import { infoOf } from "../../src/cluster/nats/streams.ts";
import type { UnixMs } from "../../src/core/mod.ts";
import { createExchange, type Exchange } from "../../src/exchange/mod.ts";
import { hasNats, messagesOf, natsAccess, type RunningNats, startNats } from "../helpers/nats.ts";
import { until } from "../helpers/until.ts";
import { nodeFlags, ready, sameAsTruth, startNode } from "./nats-cluster.ts";

const START = Date.UTC(2026, 1, 10, 12) as UnixMs;
const FROM = (START - 20 * 60_000) as UnixMs;
const SPEED = 60;
const STREAM = "vyx-kline-binance";

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function start(
  prepare: (nats: RunningNats) => Promise<void> = async () => {},
): Promise<{ nats: RunningNats; exchange: Exchange; ingest: RunningVyx; serve: RunningVyx }> {
  const nats = await startNats();
  stops.push(nats.stop);
  await prepare(nats);
  const exchange = createExchange({ symbols: 4, seed: 5, start: START, speed: SPEED, port: 0, clock: systemClock });
  stops.push(() => exchange.stop());
  const ingest = await startNode({ ...nodeFlags("ingest", [nats], exchange, SPEED), nodeName: "in-1" });
  stops.push(ingest.stop);
  const serve = await startNode({ ...nodeFlags("serve", [nats], exchange, SPEED), nodeName: "out-1" });
  stops.push(serve.stop);
  await ready(ingest.url);
  return { nats, exchange, ingest, serve };
}

async function lookAt(nats: RunningNats): Promise<NatsAccess> {
  const access = await natsAccess([nats]);
  stops.push(() => access.connection.close());
  return access;
}

async function filled(access: NatsAccess, exchange: Exchange): Promise<void> {
  await until(
    async () => ((await infoOf(access.manager, STREAM))?.state.messages ?? 0) >= 190 * exchange.symbols.length,
  );
}

describe.skipIf(!hasNats)("a node whose NATS is lost", () => {
  test("serves on, says that it is stale, and catches up; what NATS forgot is made again and filled", async () => {
    // NATS isn't there at the start either: who ingests begins without it, who serves waits.
    const { nats, exchange, ingest, serve } = await start((made) => made.kill());
    const waiting = (await (await fetch(`${serve.url}/ready`)).json()) as { reasons: string[] };
    expect(waiting.reasons).toContain("NATS is away");
    await nats.start();
    await ready(serve.url);
    for (const isEmpty of [false, true]) {
      await nats.kill();
      await until(async () => !(await fetch(`${serve.url}/ready`)).ok);
      const health = (await (await fetch(`${serve.url}/health`)).json()) as { reasons: string[] };
      expect(health.reasons).toContain("NATS is away");
      await Bun.sleep(1_500);
      const stale = await fetch(`${serve.url}/klines/BTCUSDT/1m`);
      expect([stale.status, stale.headers.get("vyx-stale")]).toEqual([200, expect.any(String)]);
      expect((await fetch(`${ingest.url}/ready`)).status).toBe(200);
      await nats.start(isEmpty);
      await ready(serve.url);
    }
    for (const { url } of [ingest, serve]) await sameAsTruth(url, exchange, FROM);
    const access = await lookAt(nats);
    await filled(access, exchange);
    await until(async () => (await readCluster(access, ["binance"])).nodes.length === 2);
    const view = await readCluster(access, ["binance"]);
    expect(view.streams.filter(({ isThere }) => !isThere)).toEqual([]);
    expect(view.leases).toEqual({ "exchange.binance": "in-1" });
  });

  test("and whose stream alone is deleted is told by an alarm, goes on with its closes, and has the stream again, each minute once", async () => {
    const { nats, exchange, ingest, serve } = await start();
    await ready(serve.url);
    const access = await lookAt(nats);
    await filled(access, exchange);
    for (let deletion = 0; deletion < 2; deletion += 1) {
      const before = await infoOf(access.manager, STREAM);
      await access.manager.streams.delete(STREAM);
      await until(async () => {
        const now = await infoOf(access.manager, STREAM);
        return now !== undefined && now.created !== before?.created;
      });
      await filled(access, exchange);
      await Bun.sleep(1_000);
    }
    for (const { url } of [ingest, serve]) await sameAsTruth(url, exchange, FROM);
    const ids = (await messagesOf(access, STREAM)).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
