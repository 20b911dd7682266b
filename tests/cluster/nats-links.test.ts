import { describe, expect, test } from "bun:test";
import { hasNats } from "../helpers/nats.ts";
import { sized } from "../helpers/size.ts";
import { runCluster } from "./run/run.ts";

describe.skipIf(!hasNats)("links between nodes, NATS servers and the exchange that are cut, slow and stalled", () => {
  test("cost no candle and double none, with finals that are published twice and clocks that differ", async () => {
    const lines: string[] = [];
    const plan = {
      seed: 5,
      symbols: sized(2, 3),
      speed: 60,
      marketMinutes: 10,
      ingest: 2,
      serve: 2,
      natsServers: 3,
    } as const;
    const { candles, lost, invented, differing, doubled, faults, kills, again, received, failover } = await runCluster(
      {
        ...{ ...plan, subscribers: 12, killEveryMs: 500, troubleMs: 3_000, isTwice: true, isApart: true },
        kinds: ["partition", "slow", "stall", "partition"],
      },
      (line) => lines.push(line),
    );
    expect({ lost, invented, differing, doubled, faults, lines }).toEqual({
      ...{ lost: 0, invented: 0, differing: 0, doubled: 0, faults: [] },
      lines: expect.anything(),
    });
    expect(candles).toBeGreaterThan(sized(130, 200));
    expect(received).toBeGreaterThan(100);
    expect(Math.min(again.same, again.without)).toBeGreaterThan(10);
    expect(failover.some(({ late }) => late.length > 0)).toBe(true);
    expect(Object.keys(kills)).toEqual(["partition", "slow", "stall"]);
  });
});
