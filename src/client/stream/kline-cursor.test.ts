import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { minuteKlines } from "../../../tests/helpers/truth.ts";
import type { Kline, UnixMs } from "../../core/mod.ts";
import { KlineCursor, MAX_HELD_KLINES, type Passed } from "./kline-cursor.ts";

const START = Date.UTC(2026, 1, 10) as UnixMs;
const MINUTES = minuteKlines(START, 40, 7, () => false);
const at = (index: number): Kline => MINUTES[index] as Kline;
const openAt = (index: number): Kline => ({ ...at(index), closed: false });
const timeOf = (index: number): UnixMs => at(index).openTime;

/** What was let through, in short: 3 is the fourth minute, "3…5" are missing, 6.5 is the open state of the seventh. */
function brief(passed: readonly Passed[]): (number | string)[] {
  const index = (openTime: number): number => (openTime - START) / 60_000;
  return passed.map((one) => {
    if ("kline" in one) return index(one.kline.openTime) + (one.kline.closed ? 0 : 0.5);
    return `${index(one.gap.from)}…${one.gap.to === undefined ? "" : index(one.gap.to)}`;
  });
}

describe("klines in order", () => {
  test("pass at once, open states too", () => {
    const cursor = new KlineCursor("1m");
    expect(brief([at(0), openAt(1), openAt(1), at(1), at(2)].flatMap((kline) => cursor.take(kline)))).toEqual([
      0, 1.5, 1.5, 1, 2,
    ]);
    expect(cursor.isLacking).toBe(false);
    expect(cursor.since).toBe(timeOf(2));
  });

  test("pass once: what was let through before doesn't come again, nor an open state of it", () => {
    const cursor = new KlineCursor("1m", timeOf(3));
    expect(brief([at(2), at(3), openAt(3), at(4), at(4)].flatMap((kline) => cursor.take(kline)))).toEqual([4]);
  });

  test("that are ahead are held until the missing one comes", () => {
    const cursor = new KlineCursor("1m", timeOf(0));
    expect(brief([at(2), openAt(4), at(3)].flatMap((kline) => cursor.take(kline)))).toEqual([]);
    expect(cursor.isLacking).toBe(true);
    expect(brief(cursor.take(at(1)))).toEqual([1, 2, 3, 4.5]);
    expect(cursor.isLacking).toBe(false);
  });

  test("an open state alone shows that a close is missing", () => {
    const cursor = new KlineCursor("1m", timeOf(0));
    expect(cursor.take(openAt(2))).toEqual([]);
    expect(cursor.isLacking).toBe(true);
    expect(brief(cursor.resume([at(0), at(1), openAt(2)], true))).toEqual([1, 2.5]);
  });
});

describe("an answer to since", () => {
  test("that is vouched for lets everything through: what is missing in it, the exchange doesn't have", () => {
    const cursor = new KlineCursor("1m", timeOf(0));
    cursor.take(at(5));
    expect(brief(cursor.resume([at(0), at(1), at(4), at(5)], true))).toEqual([1, 4, 5]);
    expect(cursor.isLacking).toBe(false);
  });

  test("that isn't vouched for leaves the cursor lacking, even if nothing is ahead", () => {
    const cursor = new KlineCursor("1m", timeOf(0));
    expect(brief(cursor.resume([at(0), at(1)], false))).toEqual([1]);
    expect(cursor.isLacking).toBe(true);
    expect(brief(cursor.giveUp())).toEqual(["2…"]);
    expect(cursor.isLacking).toBe(false);
    expect(brief(cursor.take(at(2)))).toEqual([2]);
  });

  test("of a later time than ours says nothing about what lies between", () => {
    const cursor = new KlineCursor("1m", timeOf(0));
    expect(cursor.resume([at(5), at(6)], true)).toEqual([]);
    expect(cursor.isLacking).toBe(true);
    expect(brief(cursor.resume(MINUTES.slice(0, 7), true))).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

describe("a wait that is given up", () => {
  test("tells each gap where it is, and lets through what was held", () => {
    const cursor = new KlineCursor("1m", timeOf(0));
    for (const kline of [at(3), at(4), at(8), openAt(10)]) cursor.take(kline);
    expect(brief(cursor.giveUp())).toEqual(["1…2", 3, 4, "5…7", 8, "9…9", 10.5]);
    expect(cursor.isLacking).toBe(false);
    expect(brief(cursor.take(at(9)))).toEqual([]);
    expect(brief(cursor.take(at(10)))).toEqual([10]);
  });

  test("comes by itself when too much is held", () => {
    const many = minuteKlines(START, MAX_HELD_KLINES + 3, 7, () => false);
    const cursor = new KlineCursor("1m", START);
    const passed = many.slice(2).map((kline) => cursor.take(kline));
    expect(passed.slice(0, -1).flat()).toEqual([]);
    expect(brief(passed.flat()).slice(0, 2)).toEqual(["1…1", 2]);
    expect(passed.flat()).toHaveLength(MAX_HELD_KLINES + 2);
  });
});

test("a restated kline matters to whoever had it; one that is held is exchanged", () => {
  const cursor = new KlineCursor("1m", timeOf(2));
  cursor.take(at(5));
  expect(cursor.restate(at(1))).toBe(true);
  expect(cursor.restate({ ...at(5), volume: 12_345 })).toBe(false);
  const last = cursor.resume(MINUTES.slice(2, 5), true).at(-1);
  expect(last).toMatchObject({ kline: { volume: 12_345 } });
});

test("whatever is lost, repeated and told in part: in the end every kline was let through once, in order", () => {
  const step = fc.oneof(
    fc.constant({ kind: "live" as const }),
    fc.constant({ kind: "lost" as const }),
    fc.record({ kind: fc.constant("again" as const), back: fc.nat(10) }),
    fc.record({ kind: fc.constant("resume" as const), skip: fc.nat(12), cut: fc.nat(5) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const cursor = new KlineCursor("1m", timeOf(0));
      const passed: Passed[] = [];
      let now = 1;
      for (const one of steps) {
        if (now >= MINUTES.length) break;
        if (one.kind === "live") passed.push(...cursor.take(at(now)));
        if (one.kind === "live" || one.kind === "lost") now += 1;
        if (one.kind === "again") passed.push(...cursor.take(at(Math.max(0, now - 1 - one.back))));
        if (one.kind === "resume") {
          const from = MINUTES.findIndex(({ openTime }) => openTime === cursor.since);
          const told = MINUTES.slice(from, now);
          // A server that is warming up has only the end, or lacks the newest ones, and says so.
          const some = told.slice(one.skip, told.length - one.cut);
          passed.push(...cursor.resume(some, some.length === told.length));
        }
      }
      passed.push(...cursor.resume(MINUTES, true));
      expect(brief(passed)).toEqual(MINUTES.slice(1).map((_, index) => index + 1));
      expect(cursor.isLacking).toBe(false);
    }),
    { numRuns: 500 },
  );
});
