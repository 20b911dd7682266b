import { describe, expect, test } from "bun:test";
import { FilterCodeFault } from "../../strategy/mod.ts";
import { parseFilter } from "../parse.ts";
import { MAX_STUDY_STEPS, STEPS_PER_NODE, StudySteps } from "./steps.ts";
import { studyOf } from "./study.ts";

/** The steps that reading takes, and the first mistake or why it is refused, each with its place. */
function read(code: string): { readonly steps: number; readonly said: string | undefined } {
  const steps = new StudySteps();
  try {
    const [first] = studyOf(parseFilter(code), steps).faults;
    return {
      steps: steps.taken,
      said: first && `${first.place?.line}:${first.place?.column} ${first.what}`,
    };
  } catch (cause) {
    if (!(cause instanceof FilterCodeFault)) throw cause;
    return { steps: steps.taken, said: cause.message };
  }
}

const many = (count: number, unit: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => unit(at)).join("");
const nested = (name: string, period: number, depth: number): string =>
  `${`${name}(`.repeat(depth)}candles("1m").close${`, ${period})`.repeat(depth)}`;
const longName = (at: number): string => `n${at}${"abcdefghij".repeat(3)}`;

/** So many calls of functions that call the next one twice each: 2^count calls if they were followed. */
const helpers = (count: number): string =>
  `${many(count, (at) => `const h${at} = (x) => h${at + 1}(x) + h${at + 1}(x);`)} const h${count} = (x) => x; return h0(1);`;

/** Code that reads as much as it can in one way. No node costs more than looking back as far as a value can. */
const WORST: readonly (readonly [name: string, code: string])[] = [
  ["nested RSIs", `return ${nested("rsi", 1_000, 280)}.at(-1) > 0;`],
  ["nested EMAs", `return ${nested("ema", 999, 140)}.at(-1) > 0;`],
  ["nested SMAs", `return ${nested("sma", 1_000, 280)}.at(-1) > 0;`],
  ["many nested EMAs", `return ${many(30, (at) => `${nested("ema", 900 + at, 40)}.at(-1) > 0 || `)} false;`],
  [
    "many MACDs",
    `const c = candles("1m").close; ${many(600, (at) => `macd(c, ${1 + (at % 7)}, ${900 + (at % 99)}, 999);`)} return true;`,
  ],
  [
    "indicators of the variable before",
    `const v0 = candles("1m").close; ${many(900, (at) => `const v${at + 1} = ema(v${at}, 900);`)} return true;`,
  ],
  [
    "crossings that double",
    `const v0 = candles("1m").close; ${many(40, (at) => `const v${at + 1} = crossOver(v${at}, v${at});`)} return true;`,
  ],
  ["a long sum", `return ${"1 + ".repeat(280)}1 > 0;`],
  ["many sums", `let n = 0; ${"n += 1 + 1;".repeat(1_200)} return n > 0;`],
  ["functions that call others twice", helpers(200)],
  ["a chain of ternaries", `return ${"symbol ? 1 : ".repeat(140)}1;`],
  ["functions in functions", `return ${"(() => ".repeat(90)}1${")()".repeat(90)} > 0;`],
  ["blocks in blocks", `${"{ let a;".repeat(140)} ${"a;".repeat(3_000)} ${"}".repeat(140)} return true;`],
  ["many timeframes", `${many(1_500, (at) => `timeframes["${["1m", "5m", "1h"][at % 3]}"];`)} return true;`],
  [
    "unknown names",
    `${many(400, (at) => `let ${longName(at)};`)} ${many(400, (at) => `${longName(at)}x;`)} return true;`,
  ],
  [
    "unknown names, guarded",
    `${many(400, (at) => `let ${longName(at)};`)} try { ${many(400, (at) => `${longName(at)}x;`)} } catch {} return true;`,
  ],
];

describe("reading a filter takes a bounded number of steps", () => {
  test.each(WORST)("%s", (_, code) => {
    // The step that is one too many is counted, and is at most a look back over all klines of the most averages in a row.
    expect(read(code).steps).toBeLessThan(MAX_STUDY_STEPS + 64 * 60_000);
    expect(read(code).steps).toBeGreaterThan(0);
  });

  test("twice the functions are twice the work, not its square", () => {
    const [once, twice] = [read(helpers(30)).steps, read(helpers(60)).steps];
    expect(twice / once).toBeCloseTo(2, 1);
  });

  test("a name's work doesn't grow with the scopes around it", () => {
    const within = (scopes: number): number => {
      return read(`let a; ${"{ let b;".repeat(scopes)} ${"a;".repeat(100)} ${"}".repeat(scopes)} return true;`).steps;
    };
    expect((within(100) - within(50)) / STEPS_PER_NODE).toBe(50 * 2);
  });

  test("what is guarded needs no suggestion", () => {
    const guarded = read(
      `${many(99, (at) => `let ${longName(at)};`)} try { ${many(99, (at) => `${longName(at)}x;`)} } catch {} return true;`,
    );
    expect(guarded.said).toBeUndefined();
    expect(guarded.steps).toBeLessThan(1_000 * STEPS_PER_NODE);
  });
});

describe("what is too much is refused at its place", () => {
  test.each([
    [
      "a value of more calls than may be",
      `const c = candles("1m").close;\nreturn ${"sma(".repeat(33)}c${", 2)".repeat(33)}.at(-1) > 0;`,
      "2:8 sma of so many indicators of indicators: expected 32 calls in one value at most",
    ],
    [
      "a value that reads one of many calls twice",
      `const v0 = candles("1m").close;\n${many(6, (at) => `const v${at + 1} = crossOver(v${at}, v${at});`)}\nreturn true;`,
      // 1, 3, 7, 15, 31, 63 calls.
      "2:157 crossOver of so many indicators of indicators: expected 32 calls in one value at most",
    ],
    [
      "more than can be looked at",
      `const c = candles("1m").close;\n${"macd(c, 1, 1000, 1000);\n".repeat(500)}return true;`,
      "line 242, column 1: the filter is too long to be looked at: expected fewer indicators, or ones that look back less far",
    ],
  ])("%s", (_, code, said) => {
    expect(read(code).said).toEndWith(said);
  });

  test("32 calls in one value, and a hundred indicators that look back far, are fine", () => {
    expect(read(`return ${nested("ema", 20, 32)}.at(-1) > 0;`).said).toBeUndefined();
    const hundred = many(100, (at) => `ema(c, ${901 + at}).at(-1) > 0 && `);
    expect(read(`const c = candles("1m").close; return ${hundred} true;`).said).toBeUndefined();
  });
});
