import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { hasNats, natsAccess, type RunningNats, startNats, startNatsCluster } from "../../../tests/helpers/nats.ts";
import { until } from "../../../tests/helpers/until.ts";
import { BUCKETS, bucket } from "./buckets.ts";
import type { NatsAccess } from "./link.ts";
import { createMissing, ensureStreams, infoOf, raiseCopies, streamsOf } from "./streams.ts";

const PLAN = { markets: ["binance", "bybit-linear"], capacity: 500 } as const;

describe.skipIf(!hasNats)("one NATS server", () => {
  let nats: RunningNats;
  let access: NatsAccess;
  beforeAll(async () => {
    nats = await startNats();
    access = await natsAccess([nats]);
  });
  afterAll(async () => {
    await access.connection.close();
    await nats.stop();
  });

  test("has all streams and buckets afterwards, with one copy; the second time nothing changes", async () => {
    const changes = await ensureStreams(access.manager, PLAN);
    expect(changes).toEqual(streamsOf(PLAN).map(({ name }) => `created ${name} with 1 copy`));
    expect(await ensureStreams(access.manager, PLAN)).toEqual([]);
    expect(await createMissing(access.manager, PLAN)).toEqual([]);
    const info = await infoOf(access.manager, "vyx-kline-bybit-linear");
    expect(info?.config.max_msgs_per_subject).toBe(1_120);
    expect(info?.config.max_age).toBe(510 * 60 * 1e9);
    for (const { name } of BUCKETS) {
      const store = await bucket(access, name);
      await store.put("key", "value");
      expect((await store.get("key"))?.string()).toBe("value");
    }
  });

  test("another capacity is a change that is told, and nodes that only create leave it alone", async () => {
    const other = { ...PLAN, markets: ["binance"], capacity: 300 } as const;
    expect(await createMissing(access.manager, other)).toEqual([]);
    expect(await ensureStreams(access.manager, other)).toEqual([
      "changed vyx-kline-binance: max_msgs_per_subject 1120 → 720, max_age 30600000000000 → 18600000000000",
    ]);
  });

  test("a stream that is gone is created again, alone", async () => {
    await access.manager.streams.delete("vyx-kline-binance");
    expect(await infoOf(access.manager, "vyx-kline-binance")).toBeUndefined();
    expect(await createMissing(access.manager, PLAN)).toEqual(["vyx-kline-binance"]);
  });

  test("more copies than there are servers for are refused where they are asked for", async () => {
    expect(ensureStreams(access.manager, { ...PLAN, markets: ["bybit"], replicas: 3 })).rejects.toThrow("replicas");
  });
});

describe.skipIf(!hasNats)("three NATS servers", () => {
  test("have three copies of each", async () => {
    const servers = await startNatsCluster();
    const access = await natsAccess(servers);
    try {
      await ensureStreams(access.manager, { markets: ["binance"], capacity: 500 });
      expect((await infoOf(access.manager, "vyx-kline-binance"))?.config.num_replicas).toBe(3);
      expect(await ensureStreams(access.manager, { markets: ["binance"], capacity: 500 })).toEqual([]);
      // As where it was made while servers were away.
      await ensureStreams(access.manager, { markets: ["bybit"], capacity: 500, replicas: 1 });
      await until(async () => (await raiseCopies(access.manager, { markets: ["bybit"], capacity: 500 })).length > 0);
      expect((await infoOf(access.manager, "vyx-kline-bybit"))?.config.num_replicas).toBe(3);
    } finally {
      await access.connection.close();
      for (const server of servers) await server.stop();
    }
  });
});
