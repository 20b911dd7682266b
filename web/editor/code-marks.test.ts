import { beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { INTERVALS, type Interval } from "../../src/core/mod.ts";
import { createSandbox } from "../../src/sandbox/mod.ts";
import { type FilterRunner, faultsOf, WORKED_FILTERS } from "../../src/strategy/mod.ts";
import { StrategyScreener } from "../../src/traders/mod.ts";
import { checkFilter } from "./check-filter.ts";
import { codeMarks } from "./code-marks.ts";

const underlined = (code: string, faults: Parameters<typeof codeMarks>[1]): string[] =>
  codeMarks(code, faults).map(({ from, to }) => code.slice(from, to));

test("a fault is underlined from its place to its end, or as far as a word, a text or a sign goes", () => {
  const code = 'const a = 1;\nreturn candles("2x").close > 100;\n';
  const at = (line: number, column: number, more = {}) => [{ message: "", line, column, ...more }];
  expect(underlined(code, at(2, 8, { endLine: 2, endColumn: 27 }))).toEqual(['candles("2x").close']);
  expect(underlined(code, at(1, 7, { endLine: 2, endColumn: 7 }))).toEqual(["a = 1;\nreturn"]);
  expect(underlined(code, at(2, 8))).toEqual(["candles"]);
  expect(underlined(code, at(2, 16))).toEqual(['"2x"']);
  expect(underlined(code, at(2, 28))).toEqual([">"]);
  expect(underlined(code, at(2, 21))).toEqual([".close"]);
  expect(underlined(code, [{ message: "", line: 2 }])).toEqual(["return"]);
});

test("a fault behind the end is underlined at the last character, one of the whole code at its first line", () => {
  expect(underlined("return (", [{ message: "", line: 1, column: 9 }])).toEqual(["("]);
  expect(underlined("return 1", [{ message: "", line: 9, column: 99 }])).toEqual(["1"]);
  expect(underlined("\n\n  const a = 1;\nlet b;", [{ message: "" }])).toEqual(["const a = 1;"]);
  expect(codeMarks("", [{ message: "none" }])).toEqual([{ from: 0, to: 0, kind: "error", message: "none" }]);
});

test("lines are counted as the language counts them", () => {
  expect(
    underlined(
      "a\r\nb\u2028c\rd",
      [2, 3, 4].map((line) => ({ message: "", line, column: 1 })),
    ),
  ).toEqual(["b", "c", "d"]);
});

describe("what the server refuses is underlined, and nothing that it takes", () => {
  const SERVED: readonly Interval[] = INTERVALS.filter((interval) => interval !== "3d");
  let runner: FilterRunner;
  let screener: StrategyScreener;
  beforeAll(async () => {
    const stopwatch = (): number => 0;
    const sandbox = await createSandbox({ stopwatch });
    runner = sandbox;
    screener = new StrategyScreener(sandbox, stopwatch);
  });

  const validate = async ({ code, timeframes }: { code: string; timeframes?: readonly Interval[] | undefined }) => {
    const found = await screener.check(code, { timeframes });
    return { valid: found.errors.length === 0, ...found };
  };
  /** Whether `POST traders` would refuse it, as it is saved: with the intervals that the code names, or else the declared ones. */
  const isRefused = (code: string, declared: readonly Interval[]): boolean => {
    if (code.trim() === "") return true;
    try {
      const { study } = runner.prepare(code);
      const shows = !study.mayReadOthers && study.reads.length > 0;
      const timeframes = shows ? study.reads.map(({ interval }) => interval) : declared;
      return faultsOf(study, timeframes, []).length > 0 || timeframes.some((interval) => !SERVED.includes(interval));
    } catch {
      return true;
    }
  };
  const marksOf = async (code: string, declared: readonly Interval[]) => {
    const asked = { code, declared, symbols: undefined, served: SERVED };
    const { faults } = await checkFilter({ validate: validate as never }, asked, new AbortController().signal);
    return codeMarks(code, faults);
  };

  test.each([
    ["return rsii(candles('1h').close, 14).at(-1) < 30;", "rsii", "did you mean rsi?"],
    ['const {close} = candles("1h");\nreturn close > 100;', "close", "close.at(-1)"],
    ['return candles("1h").close > 100;', 'candles("1h").close', "not a number"],
    ['return sma(candles("1h").close, 20, 3).at(-1) > 1;', 'sma(candles("1h").close, 20, 3)', "3 values are too many"],
    ["return ticker.prize > 3;", "prize", "did you mean price?"],
    ['return candles("15min").close.at(-1) > 3;', '"15min"', 'did you mean "15m"?'],
    ['return candles("3d").close.at(-1) > 3;', '"3d"', "this server has no 3d candles"],
    ['const i = "1" + "h";\nreturn candles(i).close.at(-1) > candles("4h").close.at(-1);', '"4h"', "add 4h"],
  ])("%s", async (code, part, words) => {
    const marks = await marksOf(code, ["1m"]);
    expect(marks.map(({ from, to }) => code.slice(from, to))).toContain(part);
    expect(marks[0]?.message).toContain(words);
  });

  const CHANGES: readonly (readonly [RegExp, string])[] = [
    [/\.at\(-1\)/, ""],
    [/"1h"/, '"3d"'],
    [/"1[hmd]"/, '"61m"'],
    [/candles\(/, "candels("],
    [/close/, "cloze"],
    [/return/, ""],
    [/[;)]/, ""],
    [/, \d+/, ", 20, 30, 40, 50"],
    [/\d+/, "'x'"],
    [/"1[hm]"/, '("1" + "h")'],
    [/>/, "="],
  ];

  test("for worked filters with mistakes put into them", async () => {
    const mistakes = fc.array(fc.tuple(fc.nat(CHANGES.length - 1), fc.nat(6)), { maxLength: 3 });
    const declared = fc.subarray([...SERVED.slice(1, 7)], { minLength: 1 });
    let [refused, taken] = [0, 0];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...WORKED_FILTERS),
        mistakes,
        declared,
        async ({ code: whole }, many, intervals) => {
          const code = many.reduce((text, [which, nth]) => changed(text, CHANGES[which], nth), whole);
          const marks = await marksOf(code, intervals);
          expect(marks.length > 0).toBe(isRefused(code, intervals));
          for (const { from, to, kind } of marks) {
            expect([kind, from >= 0, to <= code.length, from < to || code === ""]).toEqual(["error", true, true, true]);
          }
          if (marks.length > 0) refused += 1;
          else taken += 1;
        },
      ),
      { numRuns: 300 },
    );
    expect(refused).toBeGreaterThan(50);
    expect(taken).toBeGreaterThan(20);
  });
});

/** The code with the nth place at which the pattern matches changed. */
function changed(code: string, change: readonly [RegExp, string] | undefined, nth: number): string {
  if (change === undefined) return code;
  const [pattern, to] = change;
  const found = [...code.matchAll(new RegExp(pattern, "g"))];
  const match = found[nth % Math.max(1, found.length)];
  return match === undefined ? code : code.slice(0, match.index) + to + code.slice(match.index + match[0].length);
}
