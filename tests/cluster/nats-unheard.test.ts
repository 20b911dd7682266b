import { afterEach, describe, expect, test } from "bun:test";
import { systemClock } from "../../src/cli/clock.ts";
import type { RunningVyx } from "../../src/cli/serve.ts";
import { readCluster } from "../../src/cluster/mod.ts";
import type { UnixMs } from "../../src/core/mod.ts";
import { createExchange } from "../../src/exchange/mod.ts";
import { LinkRelay } from "../helpers/link-relay.ts";
import { hasNats, natsAccess, startNats } from "../helpers/nats.ts";
import { until } from "../helpers/until.ts";
import { nodeFlags, ready, sameAsTruth, startNode } from "./nats-cluster.ts";

const START = Date.UTC(2026, 1, 10, 12) as UnixMs;
const SPEED = 60;

const stops: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

describe.skipIf(!hasNats)("an ingest node whose way to the exchange is cut, with connections that stay up", () => {
  test("passes the lease on to one that is current, and serve nodes go on with that one's open states", async () => {
    const nats = await startNats();
    stops.push(nats.stop);
    const access = await natsAccess([nats]);
    stops.push(() => access.connection.close());
    const exchange = createExchange({ symbols: 3, seed: 5, start: START, speed: SPEED, port: 0, clock: systemClock });
    stops.push(() => exchange.stop());
    const link = await LinkRelay.start(Number(new URL(exchange.url).port));
    stops.push(() => link.stop());
    const start = async (
      role: "ingest" | "serve",
      nodeName: string,
      url = String(exchange.url),
    ): Promise<RunningVyx> => {
      const node = await startNode({ ...nodeFlags(role, [nats], { url }, SPEED), nodeName, staleAfter: "3" });
      stops.push(node.stop);
      await ready(node.url);
      return node;
    };
    const cut = await start("ingest", "in-1", `http://127.0.0.1:${link.port}`);
    const current = await start("ingest", "in-2");
    const serve = await start("serve", "out-1");
    const holder = async (): Promise<string | undefined> =>
      (await readCluster(access, ["binance"])).leases["exchange.binance"];
    expect(await holder()).toBe("in-1");
    link.cut();
    await until(async () => (await holder()) === "in-2");
    const priceAt = async (): Promise<number> => {
      const { tickers } = (await (await fetch(`${serve.url}/tickers`)).json()) as { tickers: { updatedAt: number }[] };
      return Math.max(...tickers.map(({ updatedAt }) => updatedAt));
    };
    const before = await priceAt();
    await until(async () => (await priceAt()) > before + 60_000);
    expect((await fetch(`${serve.url}/ready`)).status).toBe(200);
    link.heal();
    await ready(cut.url);
    for (const { url } of [cut, current, serve]) await sameAsTruth(url, exchange, (START - 20 * 60_000) as UnixMs);
  });
});
