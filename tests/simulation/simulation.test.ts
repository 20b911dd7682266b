import { describe, expect, test } from "bun:test";
import { sized } from "../helpers/size.ts";
import { simulate } from "./simulate.ts";

describe("feed, store and stand-in under one clock", () => {
  test("without faults nothing is ever late, lost or asked for twice", async () => {
    const outcome = await simulate({ seed: 1, hours: 0.5, symbols: 5, intervals: ["1m", "5m", "1h"], capacity: 100 });
    expect(outcome.violations).toEqual([]);
    expect(outcome.end).toMatchObject({ lost: 0, doubled: 0, invented: 0, differing: 0 });
    expect(outcome.end.checked).toBeGreaterThanOrEqual(5 * 3 * 100);
    expect(outcome.closes).toBeGreaterThanOrEqual(5 * 30);
    expect(outcome.closesAsked).toBe(0);
  });

  test("it makes no difference when the machine's clock is set forward or back", async () => {
    const run = { seed: 1, hours: sized(0.5, 1), symbols: 5, intervals: ["1m", "5m"], capacity: 100 } as const;
    const { faults, story: _, ...outcome } = await simulate({ ...run, clockStepsPerHour: 20 });
    const { faults: none, story: __, ...undisturbed } = await simulate(run);
    expect([none["clock-step"], (faults["clock-step"] ?? 0) > sized(4, 8)]).toEqual([0, true]);
    expect(outcome).toEqual(undisturbed);
    expect(outcome.connections).toMatchObject({ lost: 0, silent: 0 });
    expect(outcome.closesAsked).toBe(0);
  });

  test("the same seed tells the same story, and another one another", async () => {
    const told = async (seed: number): Promise<{ lines: string[]; story: string }> => {
      const lines: string[] = [];
      const onLine = (line: string): void => void lines.push(line);
      const { story } = await simulate({ seed, hours: 0.2, symbols: 3, intervals: ["1m", "5m"], capacity: 60, onLine });
      return { lines, story };
    };
    const first = await told(7);
    expect(await told(7)).toEqual(first);
    expect((await told(8)).story).not.toBe(first.story);
  });

  test("with all faults at once everything comes right again", async () => {
    const faults = "all,halt@10m,list=6/h,delist=4/h,http-429=6/h,http-418=2/h,stall=6/h,disconnect=10/h,restate=0.02";
    const outcome = await simulate({
      ...{ seed: 2, hours: 0.5, symbols: sized(4, 6), capacity: 120, faults, clockStepsPerHour: 20 },
    });
    expect(outcome.violations).toEqual([]);
    expect(outcome.end).toMatchObject({ lost: 0, doubled: 0, invented: 0, differing: 0 });
    expect(outcome.callsWhileBanned).toBe(0);
    expect(outcome.completeReads).toBeGreaterThan(outcome.reads / 4);
    for (const kind of [
      "disconnect",
      "stall",
      "drop",
      "garbage",
      "http-5xx",
      "halt",
      "list",
      "restate",
      "clock-step",
    ]) {
      expect([kind, outcome.faults[kind]]).not.toEqual([kind, 0]);
    }
  });

  test("through dead air, junk, foreign times and answers that are none it is never ready without evidence", async () => {
    const faults =
      "dead-air=4/h,junk-frames=4/h,clock-ahead=0.005,clock-behind=0.005,status-unknown=0.5,bad-entry=0.5," +
      "duplicate-entry=0.5,endless-body=0.01,bomb=0.01,drip=0.02,redirect=0.02,html-200=0.02,retry-after=4/h";
    const outcome = await simulate({
      ...{ seed: 5, hours: sized(0.5, 1), symbols: sized(4, 6), intervals: ["1m", "5m"], capacity: 120, faults },
    });
    expect(outcome.violations).toEqual([]);
    expect(outcome.end).toMatchObject({ lost: 0, doubled: 0, invented: 0, differing: 0 });
    expect(outcome.faults["dead-air"]).toBeGreaterThan(0);
    expect(outcome.faults["junk-frames"]).toBeGreaterThan(0);
    const { looks, ready } = outcome.readiness;
    expect(ready).toBeLessThan(looks);
    expect(ready).toBeGreaterThan(looks / 2);
  });

  test("replacing connections costs nobody an update: for their age, and when the exchange shuts them down", async () => {
    const outcome = await simulate({
      seed: 3,
      hours: 0.5,
      symbols: 6,
      intervals: ["1m"],
      capacity: 60,
      faults: "shutdown@5m,shutdown@12m",
      streamsPerConnection: 3,
      rotateAfterMs: 9 * 60_000,
    });
    expect(outcome.violations).toEqual([]);
    expect(outcome.faults.shutdown).toBeGreaterThanOrEqual(6);
    expect(outcome.connections.rotations).toBeGreaterThanOrEqual(9);
    expect(outcome.connections.lost).toBe(0);
    // Updates come every 2 s.
    expect(outcome.longestSilenceMs).toBe(2_000);
  });

  test("killed again and again, while everything else goes wrong too, it begins where its checkpoint ended", async () => {
    const faults = "all,halt=20/h,list=6/h,disconnect=10/h,http-418=2/h";
    const outcome = await simulate({
      seed: 1002,
      hours: sized(0.5, 0.7),
      symbols: sized(4, 5),
      capacity: 120,
      faults,
      killsPerHour: 20,
      clockStepsPerHour: 10,
    });
    expect(outcome.kills).toBeGreaterThan(5);
    expect(outcome.violations).toEqual([]);
    expect(outcome.end).toMatchObject({ lost: 0, doubled: 0, invented: 0, differing: 0 });
    expect(outcome.callsWhileBanned).toBe(0);
  });
});
