import { describe, expect, test } from "bun:test";
import { emptyKline, type Kline, type UnixMs } from "../../src/core/mod.ts";
import { type Klines, lastClosed, leavesGap, withKline, withRecovered } from "./klines.ts";

const MINUTE = 60_000;

describe("one kline", () => {
  const klines = [kline(1, 10), kline(2, 20), kline(3, 30, false)];

  test("replaces the state that it is a newer state of", () => {
    expect(shape(withKline(klines, kline(3, 31, false)))).toBe("1=10 2=20 3=31…");
    expect(shape(withKline(klines, kline(3, 32)))).toBe("1=10 2=20 3=32");
  });

  test("goes behind the others, before them or between them, by its open time", () => {
    expect(shape(withKline(klines, kline(4, 40, false)))).toBe("1=10 2=20 3=30… 4=40…");
    expect(shape(withKline(klines, kline(0, 5)))).toBe("0=5 1=10 2=20 3=30…");
    expect(shape(withKline([kline(1, 10), kline(3, 30)], kline(2, 20)))).toBe("1=10 2=20 3=30");
    expect(shape(withKline([], kline(1, 10)))).toBe("1=10");
  });

  test("is not believed when it would open a closed one again; a closed one may be restated", () => {
    expect(withKline(klines, kline(2, 99, false))).toBe(klines);
    expect(shape(withKline(klines, kline(2, 21)))).toBe("1=10 2=21 3=30…");
  });

  test("leaves the others the same objects, and the list that it was put into as it was", () => {
    const after = withKline(klines, kline(3, 31, false));
    expect(after.slice(0, 2).every((one, at) => one === klines[at])).toBe(true);
    expect(shape(klines)).toBe("1=10 2=20 3=30…");
  });

  test("lets the oldest go when there are too many", () => {
    let many: Klines = [];
    for (let at = 0; at < 2_500; at += 1) many = withKline(many, kline(at, at));
    expect(many.length).toBeLessThan(2_000);
    expect(many.at(-1)?.openTime).toBe((2_499 * MINUTE) as UnixMs);
  });
});

describe("what was recovered", () => {
  test("replaces all from its first kline on, also what it doesn't have", () => {
    const klines = [kline(1, 10), kline(2, 20), kline(3, 30), kline(4, 40, false)];
    expect(shape(withRecovered(klines, [kline(2, 21), kline(4, 41), kline(5, 50, false)]))).toBe(
      "1=10 2=21 4=41 5=50…",
    );
  });

  test("is nothing when it is empty", () => {
    const klines = [kline(1, 10)];
    expect(withRecovered(klines, [])).toBe(klines);
  });
});

test("the last closed kline isn't the open one", () => {
  expect(lastClosed([kline(1, 10), kline(2, 20), kline(3, 30, false)])).toBe(2 * MINUTE);
  expect(lastClosed([kline(3, 30, false)])).toBeUndefined();
});

test("a kline that isn't the next one leaves a gap", () => {
  const klines = [kline(1, 10), kline(2, 20)];
  expect([1, 2, 3, 4].map((minute) => leavesGap(klines, kline(minute, 1), "1m"))).toEqual([false, false, false, true]);
  expect(leavesGap([], kline(4, 1), "1m")).toBe(false);
});

function kline(minute: number, close: number, closed = true): Kline {
  return { ...emptyKline(), openTime: (minute * MINUTE) as UnixMs, close, closed };
}

/** "1=10 2=20…": minutes and closes, with … where a kline is still open. */
function shape(klines: Klines): string {
  return klines.map(({ openTime, close, closed }) => `${openTime / MINUTE}=${close}${closed ? "" : "…"}`).join(" ");
}
