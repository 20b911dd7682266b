import { describe, expect, test } from "bun:test";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import type { Kline, UnixMs } from "../core/mod.ts";
import { parseSymbol } from "../core/mod.ts";
import { Ledger } from "./ledger.ts";
import { Series } from "./series.ts";

const MINUTE = 60_000;
const START = Date.UTC(2026, 1, 10);
const KLINES = minuteKlines(START, 20, 1, () => false);
const at = (index: number): UnixMs => (START + index * MINUTE) as UnixMs;

/** Told of minutes 0 to 4 by the exchange, and of the fifth by the stream. */
function series(): Series {
  const one = new Series(parseSymbol("BTCUSDT"), "1m", 100);
  for (const kline of KLINES.slice(0, 5)) one.put(kline, "rest");
  one.settle(at(0), at(4));
  one.put(KLINES[5] as Kline, "stream", at(6));
  return one;
}

describe("a doubt without an end", () => {
  test("ends when an answer reaches the stream that came after it, but not what was lost of that stream since", () => {
    const one = series();
    // Cut behind the fifth minute. The stream comes back in the sixth, whose close is lost, and goes on to the seventh.
    one.doubt(at(5));
    one.put({ ...(KLINES[6] as Kline), closed: false }, "stream", at(6) + 1);
    one.put(KLINES[7] as Kline, "stream", at(8));
    // Only now comes the answer to what was asked when the stream had just come back.
    one.put(KLINES[5] as Kline, "rest");
    one.settle(at(5), at(5));
    expect(one.isClosedAt(at(6))).toBe(false);
    expect(one.ledger.doubts).toEqual([{ from: at(6), to: at(6) }]);
    expect(one.select({ limit: 100 }).settled).toBe(false);
  });

  test("nor what that stream skipped", () => {
    const ledger = new Ledger("1m");
    ledger.settle(at(0), at(4));
    ledger.doubt(at(4));
    for (const index of [5, 6, 9, 10]) ledger.reach(at(index));
    ledger.settle(at(4), at(4));
    expect(ledger.doubts).toEqual([{ from: at(7), to: at(8) }]);
    ledger.settle(at(7), at(8));
    expect(ledger.doubts).toEqual([]);
  });

  test("stays while no answer reaches that stream, and takes in others of its kind", () => {
    const ledger = new Ledger("1m");
    ledger.settle(at(0), at(4));
    ledger.doubt(at(4));
    ledger.doubt(at(2));
    ledger.reach(at(7));
    ledger.settle(at(2), at(4));
    expect(ledger.isCertain(at(2), at(4))).toBe(true);
    expect(ledger.isCertain(at(5), at(5))).toBe(false);
    ledger.settle(at(5), at(6));
    expect(ledger.doubts).toEqual([]);
  });
});
