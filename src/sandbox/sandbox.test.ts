import { beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { viewOfArrays } from "../../tests/helpers/arrays-view.ts";
import { minuteKlines, rolledUp } from "../../tests/helpers/truth.ts";
import { type Interval, parseSymbol, type Ticker, tickerFromKlines, type UnixMs } from "../core/mod.ts";
import {
  Calculator,
  type ClosedKlines,
  FilterCodeFault,
  FilterInput,
  type FilterOutcome,
  type FilterRun,
  type MarketView,
} from "../strategy/mod.ts";
import { createSandbox, type Sandbox } from "./mod.ts";

const START = Date.UTC(2026, 1, 10);
const SYMBOL = parseSymbol("BTCUSDT");
const MINUTES = 600;
const CLOSE_TIME = (START + MINUTES * 60_000 - 1) as UnixMs;

/** Minutes of a seed; hours are too few for most indicators. */
function viewOf(seed: number): MarketView {
  const minutes = minuteKlines(START, MINUTES, seed, () => false);
  return viewOfArrays(
    (["1m", "5m", "1h"] as const).map((interval) => ({
      symbol: SYMBOL,
      interval,
      settled: true,
      klines: rolledUp(interval, minutes, CLOSE_TIME + 1),
    })),
    [tickerFromKlines(SYMBOL, minutes, CLOSE_TIME) as Ticker],
  );
}

function inputOf(view: MarketView, most = 250): FilterInput {
  const windows = new Map<Interval, ClosedKlines>();
  for (const interval of ["1m", "5m", "1h"] as const) {
    windows.set(interval, view.closed(SYMBOL, interval, CLOSE_TIME, most) as ClosedKlines);
  }
  return new FilterInput(SYMBOL, CLOSE_TIME, view.ticker(SYMBOL), windows, new Calculator());
}

function runOnce(sandbox: Sandbox, code: string, input: FilterInput): FilterRun {
  const filter = sandbox.prepare(code);
  try {
    return filter.run(input);
  } finally {
    filter.close();
  }
}

/** The same filter over one input after the other. */
function runAll(sandbox: Sandbox, code: string, inputs: readonly FilterInput[]): FilterRun[] {
  const filter = sandbox.prepare(code);
  try {
    return inputs.map((input) => filter.run(input));
  } finally {
    filter.close();
  }
}

let machine: Sandbox;
let both: Sandbox;
const view = viewOf(7);

beforeAll(async () => {
  // A clock that stands still: no filter here is stopped because the computer was busy.
  machine = await createSandbox({ stopwatch: () => 0, only: "quickjs" });
  both = await createSandbox({ stopwatch: () => 0 });
});

describe("a filter in either engine", () => {
  test.each([
    ["rsi", "return {match: true, facts: {value: rsi(candles('1m').close, 14).at(-1) > 0}};", { value: true }],
    ["a column's length", "return {match: true, facts: {length: candles('1m').close.length}};", { length: 250 }],
    [
      "beyond a column",
      "return {match: true, facts: {none: candles('1m').close.at(250) === undefined}};",
      { none: true },
    ],
    [
      "several outputs",
      "const {0: x} = [1]; const m = macd(candles('1m').close); return {match: true, facts: {d: m.macd.at(-1) - m.signal.at(-1) === m.histogram.at(-1)}};",
      { d: true },
    ],
    [
      "symbol and close",
      "return {match: true, facts: {symbol, closeTime}};",
      { symbol: SYMBOL, closeTime: CLOSE_TIME },
    ],
    [
      "a chain of indicators",
      "return {match: true, facts: {n: ema(rsi(candles('1m').close, 14), 9).at(21), m: ema(rsi(candles('1m').close, 14), 9).at(22) > 0}};",
      { n: null, m: true },
    ],
    [
      "null and nothing",
      "return {match: true, facts: {a: null, b: undefined, c: NaN, d: -0}};",
      { a: null, c: null, d: 0 },
    ],
  ])("%s", (_, code, facts) => {
    for (const sandbox of [machine, both]) {
      expect(runOnce(sandbox, code, inputOf(view)).outcome).toEqual({ kind: "match", facts });
    }
  });

  test("klines as objects are the columns' rows, and helpers read them", () => {
    const code = `const k = timeframes["1m"];
      const bands = getLatestBollingerBands(k, 20, 2);
      return {match: true, facts: {
        rows: k.length === candles("1m").length && k[0].close === candles("1m").close.at(0) && k[249].trades === candles("1m").row(-1).trades,
        ma: helpers.calculateMA(k, 20) === sma(candles("1m").close, 20).at(-1),
        volume: calculateVolumeMA(k, 20) === volumeAverage(candles("1m"), 20).at(-1),
        rsi: getLatestRSI(k) === rsi(candles("1m").close).at(-1) && calculateRSI(k, 14)[13] === null && calculateRSI(k)[14] > 0,
        bands: bands.upper === bollinger(candles("1m").close).upper.at(-1),
        few: calculateMA(k.slice(0, 5), 20) === null && calculateRSI(k.slice(0, 5)) === null && getLatestBollingerBands([]).upper === null,
        own: calculateMA([1, 2, 3], 3) === 2,
      }};`;
    for (const sandbox of [machine, both]) {
      const { outcome } = runOnce(sandbox, code, inputOf(view));
      expect(outcome).toEqual({
        kind: "match",
        facts: { rows: true, ma: true, volume: true, rsi: true, bands: true, few: true, own: true },
      });
    }
    expect(both.prepare(code).engine).toBe("compiled");
  });

  test("what it gives back is read as true or false, or as {match, facts}", () => {
    for (const sandbox of [machine, both]) {
      const kind = (code: string): string => runOnce(sandbox, code, inputOf(view)).outcome.kind;
      for (const yes of ["true", "1", "'x'", "{match: 5}", "{match: true, facts: null}"]) {
        expect(kind(`return ${yes};`)).toBe("match");
      }
      for (const no of ["false", "0", "''", "null", "NaN", "{match: false, facts: {a: 1}}"]) {
        expect(kind(`return ${no};`)).toBe("no_match");
      }
      expect(kind("if (symbol === 'x') return true;")).toBe("no_match");
      for (const wrong of [
        "[]",
        "{}",
        "{facts: {}}",
        "candles('1m')",
        "{match: 1, facts: [1]}",
        "{match: 1, facts: 'x'}",
      ]) {
        expect(kind(`return ${wrong};`)).toBe("error");
      }
    }
  });

  test("too few klines for an indicator skip the symbol, even if the filter catches it", () => {
    for (const code of [
      "return rsi(candles('1h').close, 14).at(-1) > 0;",
      "try { rsi(candles('1h').close, 14) } catch (e) {} return true;",
    ]) {
      for (const sandbox of [machine, both]) {
        expect(runOnce(sandbox, code, inputOf(view)).outcome).toEqual({
          kind: "skipped",
          reason: "rsi(1h.close,14) wants 15 closed klines of 1h, there are 10",
          interval: "1h",
          wanted: 15,
        });
      }
    }
  });
});

describe("mistakes point at the filter's own line and column", () => {
  test.each([
    ["return 1 +;", "line 1, column 11: Unexpected token ;"],
    ["return (1 + 2", "line 1, column 14: Unexpected end of the code: a bracket or a value is missing"],
    ["const a = 1;\nreturn a => => 2;", "line 2, column 13: Unexpected token =>"],
    ['return 1 "two";', 'line 1, column 10: Unexpected token "two"'],
    ["if (symbol.length = 5 = 6) return true;", "line 1, column 21: can't assign to this: did you mean == or ===?"],
    ["if (1 = closeTime) return true;", "line 1, column 5: can't assign to this: did you mean == or ===?"],
    ["await fetch(1); return true;", "line 1, column 7: a filter can't wait for anything"],
    ["import x from 'y';\nreturn true;", "line 1, column 1: a filter can't import or export anything"],
    ["let a = 1;\nlet a = 2;\nreturn a;", "line 2, column 5: Identifier 'a' has already been declared"],
    ["let a = 1;", "the filter never returns anything: expected return followed by true or false"],
    ["return (async () => 1)();", "line 1, column 9: a filter can't wait for anything"],
  ])("before it runs: %s", (code, message) => {
    expect(() => both.prepare(code)).toThrow(new FilterCodeFault(message));
  });

  test.each([
    ["const a = {};\n  return a.b.c > 0;", 2, 13, "TypeError: cannot read property 'c' of undefined"],
    ["for (const x of [1]) {\n if (x) { missing(); }\n}\nreturn 1;", 2, 11, "ReferenceError: 'missing' is not defined"],
    ["const f = (x) => x.y.z; return [1].map((x) => f(x));", 1, 21, "TypeError: cannot read property 'z' of undefined"],
    [
      "return (\n  rsi(candles('2h').close)\n);",
      2,
      14,
      '"2h" is not among the filter\'s timeframes: expected one of 1m, 5m, 1h',
    ],
    [
      "return sma(candles('1m').close, 0.5).at(-1);",
      1,
      11,
      "sma(column, period = 20): period is 0.5, expected a whole number from 1 to 1000",
    ],
    [
      "return atr(candles('1m').close);",
      1,
      1,
      "atr(candles, period = 14) reads klines such as candles('1h'), not a column",
    ],
    ["throw new Error('mine'); return 1;", 1, 16, "mine"],
  ])("while it runs: %s", (code, line, column, message) => {
    const [alone, together] = [machine, both].map((sandbox) => runOnce(sandbox, code, inputOf(view)).outcome);
    expect(together).toEqual(alone as FilterRun["outcome"]);
    const where = `line ${line}, column ${column}: `;
    expect(alone).toEqual({ kind: "error", message: `${where}${message}`, place: { line, column } });
  });

  test("an unknown member of the result is one, too", () => {
    const codes = [
      "const why = {match: true, facts: {}, why: 1}; return why;",
      "const a = {match: 1 > 2, why: 1}; return a;",
    ];
    for (const code of codes) {
      const [alone, together] = [machine, both].map((sandbox) => runOnce(sandbox, code, inputOf(view)).outcome);
      expect(together).toEqual(alone as FilterRun["outcome"]);
      const message = "the result has an unknown member why: expected {match, facts}";
      expect(alone).toMatchObject({ kind: "error", message: expect.stringContaining(message) });
    }
  });
});

describe("bounds", () => {
  test("a filter is stopped at its time, and the next symbol runs as if nothing had been", async () => {
    let now = 0;
    const sandbox = await createSandbox({ stopwatch: () => now++ });
    const filter = sandbox.prepare("if (symbol === 'SLOWUSDT') for (;;) {} return true;");
    const input = inputOf(view);
    const slow = new FilterInput(parseSymbol("SLOWUSDT"), CLOSE_TIME, undefined, new Map(), new Calculator());
    expect(filter.run(slow)).toMatchObject({ engine: "quickjs", outcome: { kind: "stopped" } });
    expect(filter.run(input).outcome).toEqual({ kind: "match", facts: undefined });
    filter.close();
  });

  test("a pause of the computer isn't counted against a filter that does little", async () => {
    let now = 0;
    const sandbox = await createSandbox({
      stopwatch: () => (now += 10_000),
      threadTime: () => 0,
      only: "quickjs",
    });
    const code = "let n = 0; for (let i = 0; i < 250; i++) n += i; return n > 0;";
    expect(runOnce(sandbox, code, inputOf(view)).outcome.kind).toBe("match");
  });

  test("a filter has some 8 MB, not more, whatever it fills them with", () => {
    const filling = (what: string, count: number): string =>
      `const a = []; for (let i = 0; i < ${count}; i++) a.push(${what}); return a.length === ${count};`;
    const kind = (code: string): string => runOnce(machine, code, inputOf(view)).outcome.kind;
    expect(kind(filling("'x'.repeat(10000) + i", 600))).toBe("match");
    expect(kind(filling("'x'.repeat(10000) + i", 900))).toBe("stopped");
    expect(kind(filling("{i}", 20_000))).toBe("match");
    expect(kind(filling("{i, a: {i}, b: [i]}", 100_000))).toBe("stopped");
  });

  test("filters that take turns in one machine know nothing of each other, nor of one that filled it", () => {
    const input = inputOf(view);
    const told = machine.prepare(
      "return {match: true, facts: {t: Object.keys(timeframes), r: rsi(candles('1m').close, 14).at(-1)}};",
    );
    const keeps = machine.prepare(
      "for (const o of [Array.prototype, Map.prototype, timeframes, Math, candles]) { try { o.mark = 1; } catch (e) {} }" +
        "return Math.mark === undefined && [].mark === undefined;",
    );
    const hog = machine.prepare("const a = []; for (;;) a.push('x'.repeat(4000) + a.length); return true;");
    const roomy = machine.prepare(
      "const a = []; for (let i = 0; i < 600; i++) a.push('x'.repeat(10000) + i); return a.length === 600;",
    );
    const hourless = new FilterInput(
      SYMBOL,
      CLOSE_TIME,
      undefined,
      new Map([...input.windows].filter(([interval]) => interval !== "1h")),
      new Calculator(),
    );
    const before = told.run(input).outcome;
    expect(before).toMatchObject({ kind: "match", facts: { t: ["1m", "5m", "1h"] } });
    for (let turn = 0; turn < 3; turn += 1) {
      expect(keeps.run(input).outcome.kind).toBe("match");
      expect(told.run(input).outcome).toEqual(before);
      expect(told.run(hourless).outcome).toMatchObject({ kind: "match", facts: { t: ["1m", "5m"] } });
      expect(hog.run(input).outcome.kind).toBe("stopped");
      expect(roomy.run(input).outcome.kind).toBe("match");
    }
    for (const filter of [told, keeps, hog, roomy]) filter.close();
    expect(told.run(input).outcome).toEqual(before);
  });

  test("a filter outside of the compiled subset says why it runs in QuickJS", () => {
    expect(both.prepare("return true;")).toMatchObject({
      engine: "compiled",
      why: "everything in it can be compiled",
    });
    expect(both.prepare("\nconst f = () => 1; return f();").why).toBe("line 2: a function of its own");
    expect(both.prepare("try { return 1 } catch (e) { return 0 }").why).toBe("line 1: try");
  });
});

/** Filters as text: every construct of the compiled subset, with values that are often of the wrong kind. */
const generated: fc.Arbitrary<string> = fc
  .letrec<{ value: string; statement: string; body: string; call: string }>((tie) => ({
    call: fc.oneof(
      fc.constantFrom(
        "candles('1m').close",
        "candles('5m').high",
        "candles('1h').volume",
        "timeframes['1m']",
        "timeframes['5m'].slice(-5)",
        "rsi(candles('1m').close, 14)",
        "sma(candles('5m').close, 7)",
        "bollinger(candles('1m').close).upper",
        "atr(candles('5m'), 3)",
        "supertrend(candles('1m')).direction",
        "crossOver(candles('1m').close, ema(candles('1m').close, 5))",
        "calculateRSI(timeframes['1m'], 5)",
        "getLatestBollingerBands(timeframes['5m']).lower",
        "[3, 1, 2, -5]",
        "ticker.price",
        "symbol",
        "closeTime",
        "a",
        "b",
        "list",
        "note.level",
      ),
      tie("value"),
    ),
    value: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom(
        "0",
        "1",
        "-2",
        "0.1",
        "14",
        "1e9",
        "true",
        "false",
        "null",
        "undefined",
        "NaN",
        "'x'",
        "''",
        "'12'",
      ),
      fc.constantFrom("a", "b", "list", "a.length", "list.length", "note.level", "note.other", "closeTime % 7"),
      tie("call").map((call) => `(${call}).at(-1)`),
      tie("call").map((call) => `(${call}).length`),
      fc.tuple(tie("call"), tie("value")).map(([call, value]) => `(${call})[${value}]`),
      fc.tuple(tie("call"), tie("value")).map(([call, value]) => `(${call})?.at(${value})`),
      fc
        .tuple(tie("value"), fc.constantFrom(..."+ - * / % < <= > >= === !== && || ??".split(" ")), tie("value"))
        .map(([left, operator, right]) => `((${left}) ${operator} (${right}))`),
      fc
        .tuple(fc.constantFrom("!", "-", "+", "typeof "), tie("value"))
        .map(([operator, value]) => `(${operator}(${value}))`),
      fc.tuple(tie("value"), tie("value"), tie("value")).map(([test, yes, no]) => `((${test}) ? (${yes}) : (${no}))`),
      fc
        .tuple(fc.constantFrom("abs", "floor", "round", "sqrt", "max", "min", "trunc", "sign"), tie("value"))
        .map(([name, value]) => `Math.${name}(${value})`),
      tie("call").map((call) => `Math.max(...(${call}))`),
      fc.tuple(tie("value"), tie("value")).map(([left, right]) => `\`\${${left}}:\${${right}}\``),
      tie("value").map((value) => `(${value}).toFixed(2)`),
      tie("value").map((value) => `Number(${value})`),
      tie("value").map((value) => `String(${value})`),
      tie("call").map((call) => `(${call}).slice(-3).join("/")`),
      fc
        .tuple(tie("call"), fc.constantFrom("map", "filter", "some", "every", "find", "findIndex"), tie("value"))
        .map(([call, name, value]) => `(${call}).${name}((a, b) => ${value})`),
      fc.tuple(tie("call"), tie("value")).map(([call, value]) => `(${call}).reduce((a, b) => ${value}, 0)`),
      fc.tuple(tie("call"), tie("value")).map(([call, value]) => `(${call}).includes(${value})`),
    ),
    statement: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc
        .tuple(fc.constantFrom("a", "b", "n"), fc.constantFrom("=", "+=", "-=", "*="), tie("value"))
        .map(([name, operator, value]) => `${name} ${operator} ${value};`),
      tie("call").map((call) => `{const {close, level: a} = {level: n}; b = a; const {length} = ${call}; n = length;}`),
      fc.constantFrom("a++;", "--b;", "n = a++;", "list.push(a);", "if (n > 3) return n;"),
      tie("value").map((value) => `list.push(${value});`),
      fc.tuple(tie("value"), tie("body"), tie("body")).map(([test, yes, no]) => `if (${test}) {${yes}} else {${no}}`),
      fc
        .tuple(fc.integer({ min: 0, max: 6 }), tie("body"))
        .map(([count, body]) => `for (let i = 0; i < ${count}; i++) {n += i; ${body} if (n > 50) break;}`),
      fc
        .tuple(tie("call"), tie("body"))
        .map(([call, body]) => `for (const x of (${call}).slice(0, 4)) {b = x; ${body}}`),
      tie("body").map((body) => `{let a = n; ${body}}`),
      tie("value").map((value) => `if (${value}) return {match: a, facts: {a, b, n, list}};`),
    ),
    body: fc.array(tie("statement"), { maxLength: 3 }).map((statements) => statements.join(" ")),
  }))
  .body.map(
    (body) =>
      `let a = 1; let b = 2.5; let n = 0; const list = [1, 2]; const note = {level: 3, other: "x"}; ${body}
       return {match: true, facts: {a, b, n, list, note}};`,
  );

/** Runs that are always the same, so that they are sure to meet every kind of outcome; and as many by chance. */
const GENERATED = { always: { numRuns: 100, seed: 20260210 }, "by chance": { numRuns: 100 } };

test.each(["always", "by chance"] as const)(
  "generated filters come out the same in both engines, to the last bit: %s",
  (runs) => {
    const engines = { compiled: 0, quickjs: 0 };
    const kinds = new Map<string, number>();
    fc.assert(
      fc.property(generated, fc.integer({ min: 1, max: 4 }), fc.constantFrom(3, 30, 250), (code, seed, most) => {
        const input = inputOf(viewOf(seed), most);
        const alone = runOnce(machine, code, input);
        const together = runOnce(both, code, input);
        engines[together.engine] += 1;
        kinds.set(alone.outcome.kind, (kinds.get(alone.outcome.kind) ?? 0) + 1);
        expect(together.outcome).toEqual(alone.outcome);
        // And what a machine was asked for other symbols before shows in nothing.
        const other = inputOf(viewOf(seed + 1), 30);
        const [alike, differs] = [machine, both].map((sandbox) =>
          runAll(sandbox, code, [other, input, other, other, input]).map(({ outcome }) => outcome),
        );
        expect(alike).toEqual(differs as FilterOutcome[]);
        expect([alike?.[1], alike?.[4]]).toEqual([alone.outcome, alone.outcome]);
      }),
      { ...GENERATED[runs], includeErrorInReport: true },
    );
    if (runs === "by chance") return;
    expect(engines.compiled).toBeGreaterThan(30);
    expect([...kinds.keys()].sort()).toEqual(["error", "match", "skipped"]);
  },
);

test("a method of nothing fails before its arguments are looked at, in both engines", () => {
  const input = inputOf(viewOf(1), 3);
  for (const on of ["undefined", "null", "note.nothing"]) {
    const code = `const note = {}; return (${on}).includes(bollinger(candles("1m").close).upper.length);`;
    const alone = runOnce(machine, code, input).outcome;
    expect(alone).toMatchObject({ kind: "error", message: expect.stringContaining("includes") });
    expect(runOnce(both, code, input).outcome).toEqual(alone);
  }
});
