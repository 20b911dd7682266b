import { describe, expect, test } from "bun:test";
import { ManualClock, SettableClock } from "../../../../tests/helpers/clock.ts";
import { millis, type UnixMs } from "../../../core/mod.ts";
import type { RequestBudget } from "../../exchange.ts";
import type { BanMemory } from "./ban-file.ts";
import { type Lane, WeightGovernor } from "./governor.ts";

const MINUTE = 60_000;
const MINUTES: RequestBudget = { most: 100, windowMs: MINUTE, aligned: true };

function governed(
  bans?: BanMemory,
  budget: RequestBudget = MINUTES,
): {
  clock: ManualClock;
  /** The machine's clock, which may be set. */
  local: SettableClock;
  governor: WeightGovernor;
  gone: string[];
  ask(name: string, weight: number, lane?: Lane): void;
} {
  const clock = new ManualClock();
  const local = new SettableClock(clock);
  const governor = new WeightGovernor(local, clock.stopwatch, budget, 0.8, bans);
  const gone: string[] = [];
  const ask = (name: string, weight: number, lane: Lane = "user"): void => {
    void governor.acquire(weight, lane, new AbortController().signal).then(() => gone.push(name));
  };
  return { clock, local, governor, gone, ask };
}

describe("the weight governor", () => {
  test("spends four fifths of a clock minute's limit, and goes on with the next", async () => {
    const { clock, governor, gone, ask } = governed();
    for (let index = 0; index < 10; index += 1) ask(String(index), 20);
    await clock.turn(59_999);
    expect(gone).toEqual(["0", "1", "2", "3"]);
    await clock.turn(1);
    expect(gone).toHaveLength(8);
    expect(governor.spent).toBe(160);
  });

  test("lets the urgent lane pass", async () => {
    const { clock, gone, ask } = governed();
    ask("first", 80, "warm-up");
    ask("warm-up", 20, "warm-up");
    ask("audit", 20, "audit");
    ask("repair", 60, "repair");
    await clock.turn(MINUTE);
    expect(gone).toEqual(["first", "repair", "audit"]);
  });

  test("believes the exchange's count when it is higher", async () => {
    const { clock, governor, gone, ask } = governed();
    governor.observe(79, clock.stopwatch());
    ask("too much", 2);
    ask("fits, but waits its turn", 1);
    await clock.turn(MINUTE - 1);
    expect(gone).toEqual([]);
    await clock.turn(1);
    expect(gone).toHaveLength(2);
  });

  test("an answer to a call of the minute before doesn't count for the present one", async () => {
    const { clock, governor, gone, ask } = governed();
    await clock.turn(MINUTE - 1);
    const leftAt = clock.stopwatch();
    ask("late in the minute", 2);
    await clock.turn(1);
    governor.observe(79, leftAt);
    ask("early in the next", 2);
    await clock.turn(0);
    expect(gone).toEqual(["late in the minute", "early in the next"]);
    governor.observe(79, clock.stopwatch());
    expect(governor.used).toBe(79);
  });

  test("stops every lane for as long as the exchange says", async () => {
    const { clock, governor, gone, ask } = governed();
    governor.stop(millis(130_000));
    ask("repair", 1, "repair");
    await clock.turn(129_999);
    expect(gone).toEqual([]);
    expect(governor.stoppedUntil as number).toBe(clock.now() + 1);
    expect(governor.pausedUntil).toBeUndefined();
    await clock.turn(1);
    expect(gone).toEqual(["repair"]);
    expect([governor.stoppedUntil, governor.pausedUntil]).toEqual([undefined, undefined]);
  });

  test("a wait of our own isn't taken for a stop by the exchange", () => {
    const { clock, governor } = governed();
    governor.pause(millis(30_000));
    expect([governor.stoppedUntil, governor.pausedUntil as number]).toEqual([undefined, clock.now() + 30_000]);
  });

  test("a stop that ends before a wait of our own isn't taken for a longer one, nor remembered as one", async () => {
    const remembered: UnixMs[] = [];
    const { clock, governor } = governed({
      until: () => undefined,
      remember: (at) => remembered.push(at),
      forget: () => {},
    });
    governor.pause(millis(30_000));
    governor.stop(millis(5_000));
    const stopEnds = clock.now() + 5_000;
    expect([governor.stoppedUntil as number, governor.pausedUntil]).toEqual([stopEnds, undefined]);
    expect(remembered as number[]).toEqual([stopEnds]);
    await clock.turn(5_000);
    expect([governor.stoppedUntil, governor.pausedUntil as number]).toEqual([undefined, clock.now() + 25_000]);
  });

  test("a shorter stop doesn't shorten a longer one", () => {
    const { clock, governor } = governed();
    governor.stop(millis(130_000));
    governor.stop(millis(1_000));
    expect(governor.stoppedUntil as number).toBe(clock.now() + 130_000);
  });

  test("after a stop one call tries it alone; the others follow when it was answered well", async () => {
    const { clock, governor, gone, ask } = governed();
    ask("before", 1);
    await clock.turn(0);
    const leftAt = clock.stopwatch();
    governor.stop(millis(2_000));
    for (const name of ["first", "second", "third"]) ask(name, 1);
    await clock.turn(2_000);
    expect(gone).toEqual(["before"]);
    // What left before the stop tells nothing about the time after it.
    governor.release(leftAt, true);
    await clock.turn(0);
    expect(gone).toEqual(["before", "first"]);
    governor.stop(millis(1_000));
    governor.release(clock.stopwatch(), false);
    await clock.turn(1_000);
    expect(gone).toEqual(["before", "first", "second"]);
    governor.release(clock.stopwatch(), true);
    await clock.turn(0);
    expect(gone).toEqual(["before", "first", "second", "third"]);
  });

  test.each([3_600_000, 11_000, -11_000, -3_600_000])(
    "waits as long when the machine's clock is set by %p ms",
    async (step) => {
      const { clock, local, governor, gone, ask } = governed();
      governor.pause(millis(500));
      ask("after the pause", 80);
      local.step(step);
      await clock.turn(499);
      expect([gone, governor.pausedUntil as number]).toEqual([[], local.now() + 1]);
      await clock.turn(1);
      expect([gone, governor.pausedUntil]).toEqual([["after the pause"], undefined]);
      governor.release(clock.stopwatch(), true);
      ask("in the next minute", 80);
      local.step(-step);
      await clock.turn(MINUTE - 501);
      expect(gone).toHaveLength(1);
      local.step(step);
      await clock.turn(1);
      expect(gone).toEqual(["after the pause", "in the next minute"]);
    },
  );

  test.each([3_600_000, -3_600_000])("remembers a stop in local time, as that is set by %p ms", async (step) => {
    const clock = new ManualClock();
    const local = new SettableClock(clock);
    let remembered: UnixMs | undefined;
    const bans = {
      until: () => remembered,
      remember: (until: UnixMs) => {
        remembered = until;
      },
      forget: () => {
        remembered = undefined;
      },
    };
    const governor = new WeightGovernor(local, clock.stopwatch, MINUTES, 1, bans);
    await clock.turn(5_000);
    local.step(step);
    governor.stop(millis(120_000));
    expect(remembered as unknown as number).toBe(local.now() + 120_000);
    await clock.turn(20_000);
    const next = new WeightGovernor(local, clock.stopwatch, MINUTES, 1, bans);
    expect([next.stoppedUntil as number, next.pausedUntil]).toEqual([local.now() + 100_000, undefined]);
    local.step(-step);
    await clock.turn(99_999);
    expect(next.stoppedUntil).toBeDefined();
    await clock.turn(1);
    expect([next.stoppedUntil, next.pausedUntil]).toEqual([undefined, undefined]);
    // A call succeeds, so the ban is over, even for a process that starts with a clock that was set back.
    await next.acquire(1, "user", new AbortController().signal);
    expect(remembered).toBeDefined();
    next.release(clock.stopwatch(), true);
    expect(remembered).toBeUndefined();
  });

  test("a call above the whole budget goes out as a minute's first", async () => {
    const { clock, gone, ask } = governed();
    ask("small", 1);
    ask("huge", 500);
    await clock.turn(MINUTE);
    expect(gone).toEqual(["small", "huge"]);
  });

  test("a caller that gives up makes room", async () => {
    const { clock, governor, gone, ask } = governed();
    ask("first", 80);
    const giveUp = new AbortController();
    const left = governor.acquire(80, "repair", giveUp.signal);
    giveUp.abort(new Error("enough"));
    await expect(left).rejects.toThrow("enough");
    ask("next", 1);
    await clock.turn(MINUTE);
    expect(gone).toEqual(["first", "next"]);
    expect(governor.spent).toBe(81);
  });

  test("tells how long calls have to wait: for the rest of a minute, for more minutes, for a stop", async () => {
    const { clock, governor, ask } = governed();
    await clock.turn(20_000);
    expect([1, 80, 81, 160, 161].map((weight) => governor.waitMs(weight))).toEqual([0, 0, 40_000, 40_000, 100_000]);
    ask("some", 50);
    await clock.turn(0);
    expect([30, 31, 110, 111].map((weight) => governor.waitMs(weight))).toEqual([0, 40_000, 40_000, 100_000]);
    // The stop ends in the next minute, of which nothing is spent.
    governor.stop(millis(60_000));
    expect([1, 80, 81].map((weight) => governor.waitMs(weight))).toEqual([60_000, 60_000, 100_000]);
  });

  test("reports each wait", async () => {
    const { clock, governor, ask } = governed();
    const waits: number[] = [];
    governor.onWait = (waitMs) => waits.push(waitMs);
    await clock.turn(15_000);
    ask("first", 80);
    ask("second", 80);
    ask("third", 80);
    await clock.turn(2 * MINUTE);
    expect(waits).toEqual([45_000, 60_000]);
  });
});

describe("a budget that rolls along", () => {
  const ROLLING: RequestBudget = { most: 10, windowMs: 5_000, aligned: false };

  test("is never exceeded in any span of its length, and goes on as the oldest calls fall out of it", async () => {
    const { clock, governor, ask } = governed(undefined, ROLLING);
    const times: number[] = [];
    for (let call = 0; call < 40; call += 1) {
      void governor.acquire(1, "user", new AbortController().signal).then(() => {
        times.push(clock.stopwatch());
        governor.release(clock.stopwatch(), true);
      });
      if (call % 3 === 0) await clock.turn(700);
    }
    ask("last", 1);
    await clock.turn(60_000);
    expect(times).toHaveLength(40);
    for (const from of times) {
      const inSpan = times.filter((at) => at >= from && at < from + ROLLING.windowMs).length;
      expect(inSpan).toBeLessThanOrEqual(0.8 * ROLLING.most);
    }
  });

  test("waits until enough has fallen out, and knows how long that is", async () => {
    const { clock, governor, gone, ask } = governed(undefined, ROLLING);
    ask("five", 5);
    await clock.turn(2_000);
    ask("three", 3);
    ask("two more", 2);
    await clock.turn(2_999);
    expect([gone, governor.used]).toEqual([["five", "three"], 8]);
    await clock.turn(1);
    expect([gone, governor.used]).toEqual([["five", "three", "two more"], 5]);
    expect([3, 4, 11].map((weight) => governor.waitMs(weight))).toEqual([0, 5_000, 5_000]);
  });

  test("counts what the exchange counts beyond it", async () => {
    const { clock, governor, gone, ask } = governed(undefined, ROLLING);
    ask("first", 1);
    await clock.turn(0);
    governor.observe(8, clock.stopwatch());
    ask("second", 1);
    await clock.turn(4_999);
    expect(gone).toEqual(["first"]);
    await clock.turn(1);
    expect(gone).toEqual(["first", "second"]);
  });
});
