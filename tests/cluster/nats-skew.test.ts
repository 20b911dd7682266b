import { afterEach, describe, expect, test } from "bun:test";
import { headers } from "@nats-io/transport-node";
import { systemClock } from "../../src/cli/clock.ts";
import { readCluster } from "../../src/cluster/mod.ts";
import { type BucketName, bucket } from "../../src/cluster/nats/buckets.ts";
import { createMissing } from "../../src/cluster/nats/streams.ts";
import { finalsOf, livesOf } from "../../src/cluster/nats/subjects.ts";
import type { UnixMs } from "../../src/core/mod.ts";
import { createExchange } from "../../src/exchange/mod.ts";
import { hasNats, natsAccess, type RunningNats, startNats } from "../helpers/nats.ts";
import { until } from "../helpers/until.ts";
import { nodeFlags, ready, sameAsTruth, startNode } from "./nats-cluster.ts";

const START = Date.UTC(2026, 1, 10, 12) as UnixMs;
const SPEED = 60;
const MARKET = "binance";
/** What a later version might say besides. */
const LATER = { later: { of: ["a", 1, null] }, laterToo: true };

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

describe.skipIf(!hasNats)("a node whose peers run a later version", () => {
  test("ignores members, messages and roles that it doesn't know, and has the exchange's klines", async () => {
    const exchange = createExchange({ symbols: 3, seed: 5, start: START, speed: SPEED, port: 0, clock: systemClock });
    stops.push(() => exchange.stop());
    const [theirs, ours] = [await startNats(), await startNats()];
    stops.push(theirs.stop, ours.stop);
    const ingest = await startNode({ ...nodeFlags("ingest", [theirs], exchange, SPEED), nodeName: "in-1" });
    stops.push(ingest.stop);
    const passed = await pass(theirs, ours);
    const serve = await startNode({ ...nodeFlags("serve", [ours], exchange, SPEED), nodeName: "out-1" });
    stops.push(serve.stop);
    for (const { url } of [ingest, serve]) await ready(url);
    const before = { ...passed };
    await Bun.sleep(2_500);
    await sameAsTruth(serve.url, exchange, (START - 20 * 60_000) as UnixMs);
    expect(passed.finals - before.finals).toBeGreaterThan(3);
    expect(passed.lives - before.lives).toBeGreaterThan(10);

    const access = await natsAccess([ours]);
    stops.push(() => access.connection.close());
    const { nodes } = await readCluster(access, [MARKET]);
    // Of the one with a role that this version doesn't know, nothing is said; members that it doesn't know do no harm.
    expect(nodes.map(({ name }) => name)).toEqual(["in-1", "out-1"]);
    const said = await (await bucket(access, "vyx-nodes")).get("in-1");
    expect(JSON.parse(said?.string() ?? "{}")).toMatchObject({ ...LATER, markets: { later: LATER } });
  });
});

/** Passes what nodes at one NATS say to another one, with members that no node knows, and messages and nodes of unknown kinds. */
async function pass(from: RunningNats, to: RunningNats): Promise<{ finals: number; lives: number }> {
  const [theirs, ours] = [await natsAccess([from]), await natsAccess([to])];
  stops.push(() => Promise.all([theirs, ours].map(({ connection }) => connection.close())));
  await createMissing(ours.manager, { markets: [MARKET], capacity: 200 });
  const passed = { finals: 0, lives: 0 };
  theirs.connection.subscribe(finalsOf(MARKET), {
    callback: (_, message) => {
      const known = message.headers ?? headers();
      known.set("Vyx-Later", "1");
      ours.connection.publish(message.subject, withMore(message.string()), { headers: known });
      passed.finals += 1;
    },
  });
  theirs.connection.subscribe(livesOf(MARKET), {
    callback: (_, message) => {
      const frames = [`{"type":"later","channel":"later:${MARKET}"}`, ...message.string().split("\n").map(withMore)];
      ours.connection.publish(message.subject, frames.join("\n"), { headers: message.headers ?? headers() });
      passed.lives += 1;
    },
  });
  const entry = async (name: BucketName, key: string): Promise<string | undefined> =>
    (await (await bucket(theirs, name)).get(key))?.string();
  let isOver = false;
  const telling = (async () => {
    const nodes = await bucket(ours, "vyx-nodes");
    while (!isOver) {
      const told = await entry("vyx-nodes", "in-1").catch(() => undefined);
      if (told !== undefined && told !== "") {
        const more = JSON.parse(withMore(told)) as { markets: Record<string, object> };
        const markets = { ...more.markets, later: LATER, [MARKET]: { ...more.markets[MARKET], ...LATER } };
        await nodes.put("in-1", JSON.stringify({ ...more, markets }));
        await nodes.put("later-1", JSON.stringify({ ...more, name: "later-1", role: "later" }));
      }
      await Bun.sleep(500);
    }
  })();
  stops.push(async () => {
    isOver = true;
    await telling;
  });
  await until(async () => (await (await bucket(ours, "vyx-nodes")).get("in-1")) !== null);
  return passed;
}

/** A message with members more, at its top and in its kline. */
function withMore(text: string): string {
  const message = JSON.parse(text) as { kline?: object };
  return JSON.stringify({ ...message, ...(message.kline && { kline: { ...message.kline, ...LATER } }), ...LATER });
}
