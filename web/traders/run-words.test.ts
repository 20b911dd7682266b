import { expect, test } from "bun:test";
import type { UnixMs } from "../../src/core/mod.ts";
import type { PastExecution } from "../../src/wire/mod.ts";
import { runNotes, tookText } from "./run-words.ts";

test("a run's duration is in the unit that fits it", () => {
  const took = (ms: number): string => tookText({ startedAt: 1_000 as UnixMs, finishedAt: (1_000 + ms) as UnixMs });
  expect([0, 38, 999, 1_234, 59_949, 125_400].map(took)).toEqual([
    "0 ms",
    "38 ms",
    "999 ms",
    "1.2 s",
    "59.9 s",
    "2 min 5 s",
  ]);
  // The database's clock was set back meanwhile.
  expect(took(-500)).toBe("0 ms");
  expect(tookText({ startedAt: null, finishedAt: 5 as UnixMs })).toBe("–");
});

test("a run says why it failed, what was left out and what it waits for, and nothing where all went well", () => {
  const run = (more: Partial<PastExecution>): readonly string[] =>
    runNotes({
      ...{ interval: "1m", closeTime: 59_999 as UnixMs, status: "done", symbolsChecked: 3, matches: 0, signals: 0 },
      ...{ skipped: 0, errors: 0, error: null, startedAt: null, finishedAt: 0 as UnixMs, attempts: 1, pending: 0 },
      ...more,
    });
  expect(run({})).toEqual([]);
  expect(run({ status: "failed", error: "the database is full" })).toEqual(["The run failed: the database is full."]);
  expect(run({ errors: 2, error: "AUSDT: line 1, column 2: no" })).toEqual([
    "Failed for 2 symbols, first for AUSDT: no.",
  ]);
  expect(run({ skipped: 1, error: "too few candles" })).toEqual(["Skipped 1 symbol: too few candles."]);
  expect(run({ pending: 1, attempts: 3 })).toEqual([
    "1 symbol will run as soon as the candle is certain.",
    "It took 3 attempts.",
  ]);
});
