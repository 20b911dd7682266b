import { describe, expect, test } from "bun:test";
import {
  ANY_UNKNOWN,
  emptyKline,
  INTERVALS,
  judgeKline,
  type Kline,
  type KlineQuestion,
  OPTIONAL_COLUMNS,
  oneLine,
  Refusals,
  readDecimal,
  readOptionalCount,
  readOptionalDecimal,
  reasonOf,
  UNREADABLE,
  unixMs,
} from "./mod.ts";

const OPEN = Date.UTC(2026, 1, 10);
const GOOD: Kline = {
  ...emptyKline(),
  openTime: unixMs(OPEN),
  closeTime: unixMs(OPEN + 59_999),
  open: 2,
  high: 3,
  low: 1,
  close: 2,
  volume: 5,
  quoteVolume: 10,
  trades: 7,
  closed: true,
};

const judge = (changes: Partial<Record<keyof Kline, unknown>>, question: Partial<KlineQuestion> = {}) =>
  judgeKline({ ...GOOD, ...changes } as Kline, { interval: "1m", ...question });

describe("the judge of klines", () => {
  test("believes a sound one, one that ended early, and one without trades", () => {
    expect(judge({})).toBeUndefined();
    expect(judge({ closeTime: OPEN + 31_007 })).toBeUndefined();
    expect(judge({ volume: 0, quoteVolume: 0, trades: 0 })).toBeUndefined();
    expect(judge({}, { marketTime: OPEN + 59_999 })).toBeUndefined();
  });

  test.each([
    [{ openTime: OPEN + 1 }, {}, "misaligned"],
    [{ openTime: OPEN * 1_000, closeTime: OPEN * 1_000 }, {}, "wrong_year"],
    [{ openTime: OPEN / 1_000, closeTime: OPEN / 1_000 }, {}, "wrong_year"],
    [{ openTime: Date.UTC(2126, 1, 10), closeTime: Date.UTC(2126, 1, 10) }, {}, "wrong_year"],
    [{ openTime: -0 }, {}, "wrong_year"],
    [{ openTime: Number.NaN }, {}, "not_a_number"],
    [{ closeTime: OPEN + 60_000 }, {}, "closes_late"],
    [{ closeTime: OPEN + 3_600_000 }, {}, "closes_late"],
    [{}, { range: { from: unixMs(OPEN + 60_000), to: unixMs(OPEN + 120_000) } }, "out_of_range"],
    [{}, { range: { from: unixMs(OPEN - 120_000), to: unixMs(OPEN - 60_000) } }, "out_of_range"],
    [{ closed: false }, { marketTime: OPEN - 1 }, "from_the_future"],
    [{}, { marketTime: OPEN + 59_998 }, "not_over"],
    [{ trades: 1.5 }, {}, "not_a_count"],
    [{ trades: OPEN / 1_000 }, {}, "out_of_bounds"],
    [{ volume: 1e308 }, {}, "out_of_bounds"],
    [{ volume: 1e-300 }, {}, "out_of_bounds"],
    [{ high: 1e308 }, {}, "out_of_bounds"],
    [{ low: 1e-300 }, {}, "out_of_bounds"],
  ] as const)("%j with %j is %s", (changes, question, reason) => {
    expect(judge(changes, question)).toBe(reason);
  });

  test("lets be unknown what the exchange doesn't send, and nothing else", () => {
    const unknown = new Set(["trades", "takerBuyVolume", "takerBuyQuoteVolume"] as const);
    const without = { trades: Number.NaN, takerBuyVolume: Number.NaN, takerBuyQuoteVolume: Number.NaN };
    expect(judge(without, { unknown })).toBeUndefined();
    expect(judge(without)).toBe("not_a_number");
    expect(judge({ ...without, quoteVolume: Number.NaN }, { unknown })).toBe("not_a_number");
    expect(judge({ ...without, volume: Number.NaN }, { unknown })).toBe("not_a_number");
    expect(judge({ ...without, trades: -1 }, { unknown })).toBe("negative_amount");
    expect(judge({ ...without, trades: Number.POSITIVE_INFINITY }, { unknown })).toBe("not_a_number");
  });

  test("asks the calendar of no year in which there is no market", () => {
    for (const interval of INTERVALS) {
      for (const openTime of [9e15, -9e15, 8.64e15, 1e308, Number.POSITIVE_INFINITY]) {
        expect(judge({ openTime, closeTime: openTime }, { interval })).toBeString();
      }
    }
  });
});

test("a decimal is digits and a point, and nothing that Number would make of other texts", () => {
  expect(["1", "0.00000100", "-3.5"].map(readDecimal)).toEqual([1, 0.000001, -3.5]);
  for (const wrong of ["", " 1", "1 ", "1e5", "0x10", "NaN", "Infinity", ".5", "1.", "+1", "1,5", "9".repeat(60)]) {
    expect(readDecimal(wrong)).toBeNaN();
  }
  for (const wrong of [1, null, undefined, true, [], ["1"], {}]) expect(readDecimal(wrong)).toBeNaN();
});

test("a figure that may be unknown is null then; anything else that isn't a number is refused", () => {
  const whole = { ...emptyKline(), openTime: OPEN, closeTime: OPEN + 59_999, open: 1, high: 1, low: 1, close: 1 };
  const judged = (figures: Partial<Kline>) =>
    judgeKline({ ...whole, ...figures } as Kline, { interval: "1m", unknown: ANY_UNKNOWN });
  expect([readOptionalDecimal("1.50"), readOptionalCount(7)]).toEqual([1.5, 7]);
  expect([readOptionalDecimal(null), readOptionalCount(null)]).toEqual([Number.NaN, Number.NaN]);
  for (const column of OPTIONAL_COLUMNS) {
    const read = column === "trades" ? readOptionalCount : readOptionalDecimal;
    expect(judged({ [column]: read(null) })).toBeUndefined();
    for (const wrong of [
      "",
      "NaN",
      "null",
      "Infinity",
      "1e5",
      undefined,
      true,
      [],
      [null],
      {},
      Number.POSITIVE_INFINITY,
    ]) {
      expect([column, wrong, judged({ [column]: read(wrong) })]).toEqual([column, wrong, "not_a_number"]);
    }
  }
  expect([readOptionalDecimal(1), readOptionalCount("1")]).toEqual([UNREADABLE, UNREADABLE]);
});

test("a foreign text is one line: it forges no line in a log and moves no cursor", () => {
  expect(reasonOf(new Error("no\n12:00 all is well\r\u001b[2J\u202e\u0000"))).toBe(
    "no\\n12:00 all is well\\r\\u{1b}[2J\\u{202e}\\u{0}",
  );
  expect(reasonOf({ message: "looks like an error" })).toBe("looks like an error");
  expect(reasonOf("币安人生 isn't there")).toBe("币安人生 isn't there");
  expect(oneLine("x".repeat(10_000), 10)).toBe(`${"x".repeat(10)}…`);
});

test("refusals are counted by border and reason, and the first of each is kept and reported", () => {
  const told: string[] = [];
  const refusals = new Refusals(({ border, reason, first }) => told.push(`${border} ${reason} ${first}`));
  for (const sample of ["a\nb", "c"]) refusals.note("rest", "misaligned", () => sample);
  refusals.note("import", "misaligned", () => "d");
  expect(refusals.all().map(({ border, reason, count }) => [border, reason, count])).toEqual([
    ["rest", "misaligned", 2],
    ["import", "misaligned", 1],
  ]);
  expect(told).toEqual(["rest misaligned a\\nb", "import misaligned d"]);
});
