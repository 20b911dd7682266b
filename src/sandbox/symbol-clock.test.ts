import { beforeEach, describe, expect, test } from "bun:test";
import { SYMBOL_MS, SYMBOL_THREAD_MS, SYMBOL_WALL_MS, SymbolClock } from "./symbol-clock.ts";

let now = 0;
let worked = 0;
beforeEach(() => {
  now = worked = 0;
});

function begun(clock: SymbolClock): SymbolClock {
  clock.reset();
  clock.begin();
  return clock;
}

describe("with the thread's own time", () => {
  const clock = (): SymbolClock => begun(new SymbolClock({ stopwatch: () => now, threadTime: () => worked }));
  /** Time that passes, of which the thread works a part. */
  const pass = (ms: number, work = ms): void => {
    now += ms;
    worked += work;
  };

  test("a filter that works is over after its time", () => {
    const one = clock();
    for (let turn = 0; turn < SYMBOL_MS - 1; turn += 1) {
      pass(1);
      expect(one.isOver()).toBe(false);
    }
    pass(1);
    expect(one.isOver()).toBe(true);
  });

  test("a pause of the computer counts for nothing, however long or often", () => {
    const one = clock();
    for (let turn = 0; turn < 100; turn += 1) {
      pass(10_000, 0.1);
      expect(one.isOver()).toBe(false);
    }
    for (let turn = 0; turn < 11; turn += 1) {
      pass(1);
      one.isOver();
    }
    expect(one.isOver()).toBe(true);
  });

  test("work between two looks counts whole for the hard bound", () => {
    const one = clock();
    pass(SYMBOL_THREAD_MS - 1);
    expect(one.isOver()).toBe(false);
    pass(1);
    expect(one.isOver()).toBe(true);
    expect(one.isOver()).toBe(true);
  });

  test("both engines share the hard bound at one symbol, and the next symbol has its own", () => {
    const one = clock();
    pass(SYMBOL_THREAD_MS - 10);
    expect(one.isOver()).toBe(false);
    one.begin();
    pass(10);
    expect(one.isOver()).toBe(true);
    expect(begun(one).isOver()).toBe(false);
  });

  test("the thread's time is read once for many short runs", () => {
    let readings = 0;
    const one = new SymbolClock({
      stopwatch: () => now,
      threadTime: () => {
        readings += 1;
        return worked;
      },
    });
    for (let run = 0; run < 100; run += 1) {
      begun(one);
      pass(0.01);
      expect(one.isOver()).toBe(false);
    }
    expect(readings).toBe(1);
  });
});

describe("where the runtime doesn't tell a thread's time", () => {
  test("the time that passes is the hard bound, with ten times the room", () => {
    const one = begun(new SymbolClock({ stopwatch: () => now }));
    now += SYMBOL_WALL_MS - 1;
    expect(one.isOver()).toBe(false);
    now += 1;
    expect(one.isOver()).toBe(true);
  });
});
