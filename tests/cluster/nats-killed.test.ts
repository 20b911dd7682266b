import { describe, expect, test } from "bun:test";
import { hasNats } from "../helpers/nats.ts";
import { sized } from "../helpers/size.ts";
import { runCluster } from "./run/run.ts";

describe.skipIf(!hasNats)("nodes, NATS and the stream that are killed in turn", () => {
  test("cost no candle, double none and invent none, at any node and for any subscriber", async () => {
    const lines: string[] = [];
    const plan = {
      seed: 7,
      symbols: sized(2, 4),
      speed: 60,
      marketMinutes: 10,
      ingest: 2,
      serve: 2,
      natsServers: 1,
    } as const;
    const { candles, lost, invented, differing, doubled, faults, kills, received, failover } = await runCluster(
      { ...plan, subscribers: 24, killEveryMs: 1_000, kinds: ["ingest", "serve", "nats", "stream"] },
      (line) => lines.push(line),
    );
    expect({ lost, invented, differing, doubled, faults, lines }).toEqual({
      ...{ lost: 0, invented: 0, differing: 0, doubled: 0, faults: [] },
      lines: expect.anything(),
    });
    expect(candles).toBeGreaterThan(sized(200, 400));
    expect(received).toBeGreaterThan(200);
    expect(failover.some(({ late }) => late.length > 0)).toBe(true);
    expect(Object.keys(kills)).toHaveLength(4);
  });
});
