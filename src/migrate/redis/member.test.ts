import { describe, expect, test } from "bun:test";
import { parseSymbol } from "../../core/mod.ts";
import { newestState, readMember } from "./member.ts";

const NAME = { symbol: parseSymbol("BTCUSDT"), interval: "1m" } as const;
const T = 1_760_000_040_000;
const GOOD = {
  t: T,
  T: T + 59_999,
  s: "BTCUSDT",
  i: "1m",
  o: "100.10000000",
  h: "101.5",
  l: "99.9",
  c: "100",
  v: "12.34567891",
  n: 7,
  x: true,
  q: "1234.5",
};

const read = (change: Record<string, unknown> = {}, score = T) =>
  readMember(JSON.stringify({ ...GOOD, ...change }), NAME, score);

describe("a member of a sorted set", () => {
  test("is read with and without the taker's volumes", () => {
    const kline = {
      openTime: T,
      open: 100.1,
      high: 101.5,
      low: 99.9,
      close: 100,
      volume: 12.34567891,
      closeTime: T + 59_999,
      quoteVolume: 1234.5,
      trades: 7,
      closed: true,
    };
    const unknown = { takerBuyVolume: Number.NaN, takerBuyQuoteVolume: Number.NaN };
    expect(read()).toMatchObject({ candle: { hasTaker: false, kline: { ...kline, ...unknown } } });
    expect(read({ V: "6.1", Q: "600" })).toMatchObject({
      candle: { hasTaker: true, kline: { ...kline, takerBuyVolume: 6.1, takerBuyQuoteVolume: 600 } },
    });
    expect(read({ V: "6.1" })).toMatchObject({
      candle: { hasTaker: false, kline: { takerBuyVolume: 6.1, takerBuyQuoteVolume: Number.NaN } },
    });
  });

  test("keeps fields that nobody knows, numbers in place of text, and a candle that ended early", () => {
    expect(read({ f: 1, L: 2, o: 100.1, T: T + 1_000 })).toMatchObject({ candle: { kline: { open: 100.1 } } });
  });

  test.each([
    [{ t: "x" }, "wrong_field", "t is x"],
    [{ n: 1.5 }, "wrong_field", "n is 1.5"],
    [{ x: 1 }, "wrong_field", "x is 1"],
    [{ o: undefined }, "wrong_field", "o is missing"],
    [{ c: "1e5" }, "wrong_field", "c is 1e5"],
    [{ v: "NaN" }, "wrong_field", "v is NaN"],
    [{ s: "ETHUSDT" }, "other_series", "it is of ETHUSDT 1m"],
    [{ i: "5m" }, "other_series", "it is of BTCUSDT 5m"],
    [{ t: T + 1 }, "wrong_score", `t is ${T + 1}`],
    [{ T: T + 60_000 }, "closes_late", "{"],
    [{ l: "102" }, "high_is_not_highest", "{"],
    [{ l: "0" }, "price_not_positive", "{"],
    [{ v: "-1" }, "negative_amount", "{"],
  ])("is refused in words: %j", (change, fault, detail) => {
    const reading = read(change);
    expect(reading).toMatchObject({ fault });
    expect((reading as { detail: string }).detail).toContain(detail);
  });

  test("that is no JSON object is refused, and a long one is shown in short", () => {
    for (const text of ["", "{", "[]", "null", "7", '"text"']) {
      expect(readMember(text, NAME, T)).toMatchObject({ fault: "not_json" });
    }
    const long = readMember("x".repeat(10_000), NAME, T) as { detail: string };
    expect(long.detail.length).toBeLessThan(100);
    expect(read({}, T + 60_000)).toMatchObject({ fault: "wrong_score" });
    expect(read({ t: T + 1, T: T + 60_000 }, T + 1)).toMatchObject({ fault: "misaligned" });
    expect(read({ t: T * 1_000, T: T * 1_000 + 59_999 }, T * 1_000)).toMatchObject({ fault: "wrong_year" });
  });

  test("of several states of a candle the closed one counts, then the one with more volume, however many trades it counts", () => {
    const state = (change: Record<string, unknown>) => (read(change) as { candle: never }).candle as never;
    const [open, more, closed] = [state({ x: false, v: "9" }), state({ x: false, v: "10", n: 1 }), state({ v: "8" })];
    expect(newestState([open, more])).toBe(more);
    expect(newestState([open, closed, more])).toBe(closed);
    expect(newestState([])).toBeUndefined();
  });
});
