import { expect, test } from "bun:test";
import type { UnixMs } from "../../src/core/mod.ts";
import type { ListedTrader } from "../../src/wire/mod.ts";
import { said, troubleOf } from "./trouble-words.ts";

const LAST = {
  ...{ interval: "1m", closeTime: 59_999 as UnixMs, status: "done", symbolsChecked: 3, matches: 0, signals: 0 },
  ...{ skipped: 0, errors: 0, error: null, finishedAt: 0 as UnixMs },
} as const;

const trouble = (last: object | null, problem: string | null = null): unknown =>
  troubleOf({ problem, lastExecution: last === null ? null : { ...LAST, ...last } } as ListedTrader);

test("a trader that can't run says so before all else, then what failed, then what was left out", () => {
  expect([trouble(null), trouble({}), trouble({ skipped: 3 })]).toEqual([undefined, undefined, undefined]);
  expect(
    trouble({ errors: 1, error: "x" }, "symbols has NOPEUSDT, which is not followed here: GET /symbols …"),
  ).toEqual({
    ...{ text: "Can't run: this server doesn't follow NOPEUSDT.", isFailure: true, place: undefined },
  });
  expect(trouble({ status: "failed", error: "the database is full" })).toEqual({
    ...{ text: "The last run failed: the database is full.", isFailure: true, place: undefined },
  });
  expect(trouble({ errors: 2, error: "BTCUSDT: line 3, column 8: foo is not defined" })).toEqual({
    ...{ text: "Failed for 2 symbols, first for BTCUSDT: foo is not defined.", isFailure: true, place: [3, 8] },
  });
  expect(trouble({ skipped: 1, error: "AUSDT: rsi(1h.close,14) wants 15 closed klines of 1h, there are 10" })).toEqual({
    text: "Skipped 1 symbol, first for AUSDT: rsi(1h.close,14) needs 15 closed 1h candles. There are 10.",
    ...{ isFailure: false, place: undefined },
  });
});

test.each([
  [
    "triggerInterval is 3m, which is not served here: expected one of 1m, 5m",
    ": it runs at each 3m close, and this server has no 3m candles. It has 1m, 5m.",
  ],
  [
    "timeframes has 1h, which is not served here: expected one of 1m, 5m",
    ": it reads 1h candles, which this server doesn't have. It has 1m, 5m.",
  ],
  [
    "symbols has A, B and 2 more, which are not followed here: GET /symbols lists those that are",
    ": this server doesn't follow A, B and 2 more.",
  ],
  [
    "Bybit spot is not served here: expected one of the markets binance (Binance spot)",
    ": this server doesn't follow Bybit spot. It follows binance (Binance spot).",
  ],
  ["BYBIT:BTCUSDT: line 1, column 2: it broke", ", first for BYBIT:BTCUSDT: it broke."],
  ["is this a question?", ": is this a question?"],
])("%s", (why, plain) => {
  expect(said("No", why)).toBe(`No${plain}`);
});
