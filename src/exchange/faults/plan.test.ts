import { describe, expect, test } from "bun:test";
import { FAULTS, faultKindsOf } from "./kinds.ts";
import { parseFaults } from "./plan.ts";

const MINUTE = 60_000;

describe("a list of faults", () => {
  test("a bare name is as often as the table says, and so is each kind of all", () => {
    expect([...parseFaults("stall")]).toEqual([["stall", { often: 1, times: [] }]]);
    const all = parseFaults("all");
    expect([...all.keys()]).toEqual([...faultKindsOf("binance")]);
    for (const [kind, setting] of all) expect(setting).toEqual({ often: FAULTS[kind].usual, times: [] });
  });

  test("rates by the minute, hour and day, shares, times after the start and moments", () => {
    const plan = parseFaults(
      " disconnect=6/h, stall = 0.1/m,halt=12/d,drop=0.25,no-close=1e-3,shutdown@90s,shutdown@1.5h,cut-24h@2026-02-10T01:00Z",
    );
    expect(plan.get("disconnect")).toEqual({ often: 6, times: [] });
    expect(plan.get("stall")).toEqual({ often: 6, times: [] });
    expect(plan.get("halt")).toEqual({ often: 0.5, times: [] });
    expect(plan.get("drop")).toEqual({ often: 0.25, times: [] });
    expect(plan.get("no-close")).toEqual({ often: 0.001, times: [] });
    expect(plan.get("shutdown")?.times).toEqual([
      { from: "start", ms: 1.5 * MINUTE },
      { from: "start", ms: 90 * MINUTE },
    ]);
    expect(plan.get("cut-24h")).toEqual({ often: 0, times: [{ from: "1970", ms: Date.UTC(2026, 1, 10, 1) }] });
  });

  test("what stands behind all changes single kinds; nothing of a kind leaves it out", () => {
    const plan = parseFaults("all,stall=0/h,drop=0,disconnect=60/h,halt@5m");
    expect(plan.has("stall")).toBe(false);
    expect(plan.has("drop")).toBe(false);
    expect(plan.get("disconnect")?.often).toBe(60);
    expect(plan.get("halt")).toEqual({ often: 0.5, times: [{ from: "start", ms: 5 * MINUTE }] });
  });

  test.each([
    ["", '"" is no fault: expected all, disconnect, stall, ack-only'],
    ["disconnect,dicsonnect", '"dicsonnect" is no fault'],
    [`${"x".repeat(500)}`, `"${"x".repeat(40)}…" is no fault`],
    ["constructor", '"constructor" is no fault'],
    ["disconnect=0.1", 'disconnect: "0.1" is not a rate: expected for example 6/h, 0.1/m or 2/d'],
    ["disconnect=-1/h", 'disconnect: "-1/h" is not a rate'],
    ["disconnect=6/y", 'disconnect: "6/y" is not a rate'],
    ["disconnect=", 'disconnect: "" is not a rate'],
    ["drop=6/h", 'drop: "6/h" is not a share: expected a number from 0 to 1, for example 0.01'],
    ["drop=1.01", 'drop: "1.01" is not a share'],
    ["drop=NaN", 'drop: "NaN" is not a share'],
    ["cut-24h=2/h", "cut-24h takes no rate"],
    [
      "halt@soon",
      'halt: "soon" is no time: expected a span after the start such as 90s, 10m, 2h or 1d, or an ISO date',
    ],
    ["halt@", 'halt: "" is no time'],
    ["drop=0.1,drop=0.2", "drop is said twice"],
    ["drop=0.1,all", '"all" comes first'],
  ])("%j is refused in words", (text, message) => {
    expect(() => parseFaults(text)).toThrow(message);
  });
});
