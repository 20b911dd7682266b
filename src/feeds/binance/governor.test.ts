import { describe, expect, test } from "bun:test";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import { millis } from "../../core/mod.ts";
import { type Lane, WeightGovernor } from "./governor.ts";

const MINUTE = 60_000;

function governed(): {
  clock: ManualClock;
  governor: WeightGovernor;
  gone: string[];
  ask(name: string, weight: number, lane?: Lane): void;
} {
  const clock = new ManualClock();
  const governor = new WeightGovernor(clock);
  governor.limitPerMinute = 100;
  const gone: string[] = [];
  const ask = (name: string, weight: number, lane: Lane = "user"): void => {
    void governor.leave(weight, lane, new AbortController().signal).then(() => gone.push(name));
  };
  return { clock, governor, gone, ask };
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
    governor.observe(79);
    ask("too much", 2);
    ask("fits, but waits its turn", 1);
    await clock.turn(MINUTE - 1);
    expect(gone).toEqual([]);
    await clock.turn(1);
    expect(gone).toHaveLength(2);
  });

  test("stops every lane for as long as the exchange says", async () => {
    const { clock, governor, gone, ask } = governed();
    governor.stop(millis(130_000));
    ask("repair", 1, "repair");
    await clock.turn(129_999);
    expect(gone).toEqual([]);
    expect(governor.stoppedUntil as number).toBe(clock.now() + 1);
    expect(governor.isToldToStop).toBe(true);
    await clock.turn(1);
    expect(gone).toEqual(["repair"]);
    expect([governor.stoppedUntil, governor.isToldToStop]).toEqual([undefined, false]);
  });

  test("a wait of our own isn't taken for a stop by the exchange", () => {
    const { governor } = governed();
    governor.pause(millis(30_000));
    expect([governor.stoppedUntil !== undefined, governor.isToldToStop]).toEqual([true, false]);
  });

  test("after a stop one call tries it alone; the others follow when it was answered well", async () => {
    const { clock, governor, gone, ask } = governed();
    ask("before", 1);
    await clock.turn(0);
    const leftAt = clock.now();
    governor.stop(millis(2_000));
    for (const name of ["first", "second", "third"]) ask(name, 1);
    await clock.turn(2_000);
    expect(gone).toEqual(["before"]);
    // What left before the stop tells nothing about the time after it.
    governor.answered(leftAt, true);
    await clock.turn(0);
    expect(gone).toEqual(["before", "first"]);
    governor.stop(millis(1_000));
    governor.answered(clock.now(), false);
    await clock.turn(1_000);
    expect(gone).toEqual(["before", "first", "second"]);
    governor.answered(clock.now(), true);
    await clock.turn(0);
    expect(gone).toEqual(["before", "first", "second", "third"]);
  });

  test("a call above the whole budget goes out as a minute's first", async () => {
    const { clock, gone, ask } = governed();
    ask("small", 1);
    ask("huge", 500);
    await clock.turn(MINUTE);
    expect(gone).toEqual(["small", "huge"]);
  });

  test("whoever gives up makes room", async () => {
    const { clock, governor, gone, ask } = governed();
    ask("first", 80);
    const giveUp = new AbortController();
    const left = governor.leave(80, "repair", giveUp.signal);
    giveUp.abort(new Error("enough"));
    await expect(left).rejects.toThrow("enough");
    ask("next", 1);
    await clock.turn(MINUTE);
    expect(gone).toEqual(["first", "next"]);
    expect(governor.spent).toBe(81);
  });
});
