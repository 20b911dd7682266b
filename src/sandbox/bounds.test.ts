import { beforeAll, describe, expect, test } from "bun:test";
import { viewOfArrays } from "../../tests/helpers/arrays-view.ts";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import { parseSymbol, type UnixMs } from "../core/mod.ts";
import {
  Calculator,
  type ClosedKlines,
  FilterCodeFault,
  FilterInput,
  type FilterOutcome,
  MAX_CODE_LENGTH,
} from "../strategy/mod.ts";
import { createSandbox, type Sandbox } from "./mod.ts";
import { SYMBOL_THREAD_MS } from "./symbol-clock.ts";

const START = Date.UTC(2026, 1, 10);
const SYMBOL = parseSymbol("BTCUSDT");
const CLOSE_TIME = (START + 300 * 60_000 - 1) as UnixMs;
const view = viewOfArrays([
  { symbol: SYMBOL, interval: "1m", settled: true, klines: minuteKlines(START, 300, 7, () => false) },
]);

function inputOf(): FilterInput {
  const windows = new Map([["1m" as const, view.closed(SYMBOL, "1m", CLOSE_TIME, 250) as ClosedKlines]]);
  return new FilterInput(SYMBOL, CLOSE_TIME, undefined, windows, new Calculator());
}

/** The thread's time: a test's computer may be as busy as it likes. */
function threadTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/** As many repetitions as fit into a filter, by characters and by words and signs. */
function line(statement: string, most: number = Number.POSITIVE_INFINITY): string {
  const tokens = statement.match(/\w+|[^\w\s]/g)?.length ?? 1;
  return statement.repeat(Math.floor(Math.min(most, 30_000 / statement.length, 9_500 / tokens)));
}

/** Filters that took seconds or minutes when looks at the clock and steps were few. */
const ATTACKS: readonly (readonly [name: string, code: string])[] = [
  [
    "toFixed in a loop",
    `const a = 1e20 / 3; for (let i = 0; i < 199000; i++) { ${line("a.toFixed(99);")} } return true;`,
  ],
  [
    "includes on a long text in a loop",
    `let t = "a"; for (let i = 0; i < 11; i++) t += t; const u = t + "b"; for (let i = 0; i < 199000; i++) { ${line("t.includes(u);")} } return true;`,
  ],
  [
    "indexOf of a text in itself",
    `let t = "a"; for (let i = 0; i < 11; i++) t += t; const v = t + t; const u = t + "b"; for (let i = 0; i < 199000; i++) { ${line("v.indexOf(u);")} } return true;`,
  ],
  [
    "a long text as a number",
    `let a = "7"; for (let i = 0; i < 11; i++) a += a; let n = 0; for (let i = 0; i < 199000; i++) { ${line("n = -a;")} } return true;`,
  ],
  [
    "long texts in arrays",
    `let t = "a"; for (let i = 0; i < 11; i++) t += t; const l = []; for (let i = 0; i < 2000; i++) l.push(t); for (let i = 0; i < 199000; i++) { ${line('l.indexOf("b" + t);', 500)} } return true;`,
  ],
  [
    "a comparison of long texts in a straight line",
    `const a = "a".repeat(16000) + "b"; const b = "a".repeat(16000) + "c"; let n = 0; for (;;) { ${line("n += a < b;")} } return true;`,
  ],
  [
    "a comparison of texts that are made long by doubling",
    `let a = "a".repeat(4000); let b = a + "b"; a += "c"; try { for (let i = 0; i < 8; i++) { a += a; b += b; } } catch (e) {} let n = 0; ${line("n += a < b;")} return true;`,
  ],
  [
    "a text that is made long by an object's field",
    `const o = {a: "a".repeat(4000)}; for (let i = 0; i < 12; i++) try { o.a += o.a; } catch (e) {} let n = 0; ${line("n += +o.a;")} return true;`,
  ],
  ["apply with an array-like", `const f = () => 1; ${line("f.apply(0,{length:65000});", 1_000)} return true;`],
  [
    "apply with many values",
    `const f = () => 1; const l = new Array(4000).fill(1); ${line("f.apply(0,l);", 2_000)} for (;;) f.apply(0, l); return true;`,
  ],
  ["spread into a call", `const l = new Array(30000).fill(1); for (;;) { ${line("Math.max(...l);")} } return true;`],
  ["spread into an array", `let l = [1]; for (;;) { ${line("l = [...l, ...l].slice(0, 30000);", 800)} } return true;`],
  [
    "sort by a function of the language's",
    `const l = new Array(30000).fill(1).map((_, i) => i % 977); for (;;) { ${line("l.sort(Math.max);")} } return true;`,
  ],
  [
    "sort as texts",
    `const l = new Array(30000).fill("a".repeat(4000)); for (;;) { ${line("l.sort();")} } return true;`,
  ],
  [
    "a long text for each item",
    `const d = "1".repeat(16000); const l = new Array(30000).fill(d); for (;;) { ${line("l.map(parseFloat);")} } return true;`,
  ],
  [
    "a search for a long text",
    `const d = "1".repeat(16000); const l = new Array(30000).fill(d + "1"); for (;;) { ${line('l.indexOf(d+"2");', 500)} } return true;`,
  ],
  ["a regular expression", 'for (;;) /(a+)+$/.test("a".repeat(4000) + "b"); return true;'],
  [
    "numbers of long texts in one call",
    `const d = "1".repeat(16000); for (;;) Math.max(${"d,".repeat(4_000)} 1); return true;`,
  ],
  [
    "numbers of long texts, spread",
    'const l = new Array(30000).fill("1".repeat(16000)); for (;;) Math.max(...l); return true;',
  ],
  [
    "numbers of long texts, applied",
    'const l = new Array(4000).fill("1".repeat(16000)); for (;;) Math.hypot.apply(null, l); return true;',
  ],
  [
    "fields of long names",
    'const e = ["1".repeat(16000), 1]; const l = new Array(30000).fill(e); for (;;) Object.fromEntries(l); return true;',
  ],
  [
    "long texts as JSON",
    'const l = new Array(900).fill("1".repeat(16000)); for (;;) try { JSON.stringify(l); } catch (e) {} return true;',
  ],
  [
    "names of a large array",
    "const a = new Array(30000).fill(1); const l = [...a, ...a, ...a, ...a, ...a, ...a, ...a]; for (;;) { for (const k in l) break; } return true;",
  ],
  ["short searches", `for (;;) { ${line('/(x?){200}y/.exec("[object Object]");', 40)} } return true;`],
  ["expressions from text", 'for (;;) new RegExp("\\\\p{L}".repeat(51), "iu"); return true;'],
  [
    "keys of large objects",
    "const o = {}; for (let i = 0; i < 20000; i++) o['k' + i] = i; for (;;) { Object.entries(o); ({...o}); } return true;",
  ],
  [
    "rest of large objects",
    `const o = {}; for (let i = 0; i < 9000; i++) o['k' + i] = i; let r; for (;;) { ${line("({a:r,...r}=o);", 1_000)} } return true;`,
  ],
  ["computing of own numbers", `const l = new Array(2000).fill(1); ${line("wma(l,1000);")} return true;`],
  [
    "a class's fields",
    `const a = "a".repeat(16000) + "b"; const b = "a".repeat(16000) + "c"; class A { ${line("x=a<b;", 1_000)} } for (;;) new A(); return true;`,
  ],
  [
    "defaults of parameters",
    `const a = "1".repeat(16000); const f = (${Array.from({ length: 500 }, (_, at) => `a${at}=a*1`).join()}) => 1; for (;;) f(); return true;`,
  ],
  ["names of functions in stacks", 'const f = {["a".repeat(16000)]() { return new Error("x").stack; }}; return true;'],
  [
    "digits that are no number",
    `const a = 1e300 / 3; for (let i = 0; i < 199000; i++) { ${line("a.toFixed(NaN);", 900)} } return true;`,
  ],
  [
    "branches around looks",
    `const a = "1".repeat(16000); let n = 0; for (;;) { ${line("n=a*1;n=a*1;if(n<0){n=a*1;n=a*1;}", 500)} } return true;`,
  ],
];

describe("what does much in one go ends within the bound, and is no match", () => {
  let both: Sandbox;
  let machine: Sandbox;
  beforeAll(async () => {
    both = await createSandbox({ stopwatch: () => performance.now(), threadTime });
    machine = await createSandbox({ stopwatch: () => performance.now(), threadTime, only: "quickjs" });
    for (const sandbox of [both, machine]) sandbox.prepare("class A {}\nreturn true;").run(inputOf());
  });

  test.each(ATTACKS)("%s", async (_, code) => {
    for (const sandbox of [both, machine]) {
      await sandbox.ready();
      const filter = sandbox.prepare(code);
      const began = threadTime();
      const { outcome } = filter.run(inputOf());
      const ms = threadTime() - began;
      filter.close();
      expect(["stopped", "error"]).toContain(outcome.kind);
      // What isn't stopped takes seconds. On a busy machine a thread's own time, too, is several times that on a quiet one;
      // npm run programs measures it there.
      expect(ms).toBeLessThan(10 * SYMBOL_THREAD_MS);
    }
  });

  test("a run that was over its bound is no match, even if it was so at the very end only", async () => {
    let now = 0;
    let worked = 0;
    const options = { stopwatch: () => now, threadTime: () => worked };
    const sandbox = await createSandbox({ ...options, only: "quickjs" });
    const filter = sandbox.prepare("const l = [3, 1, 2]; return l.sort().length === 3;");
    expect(filter.run(inputOf()).outcome.kind).toBe("match");
    // Each look finds that the thread has worked for long since the one before.
    const late = await createSandbox({
      stopwatch: () => (now += 100),
      threadTime: () => (worked += 100),
      only: "quickjs",
    });
    expect(late.prepare("return true;").run(inputOf()).outcome).toMatchObject({ kind: "stopped" });
  });
});

describe("what compiled filters charge", () => {
  /** Steps are counted by what is left when a filter hands over: with a clock that stands still only they can end it. */
  test.each([
    ["an operation", "n = i - 1;", 40_000],
    ["a long text read as a number", "n = -long;", 500],
    ["texts compared", "n = long < other ? 1 : 2;", 3_000],
    ["toFixed", "n = i.toFixed(99).length;", 3_000],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the filter's template
    ["a text made", "n = `${long}`.length;", 800],
  ])("%s", async (_, statement, turns) => {
    const sandbox = await createSandbox({ stopwatch: () => 0 });
    const code = (count: number): string =>
      `let long = "1"; for (let i = 0; i < 11; i++) long += long; const other = long + "2"; let n = 0;
       for (let i = 0; i < ${count}; i++) { ${statement} } return false;`;
    const engineOf = (count: number): string => sandbox.prepare(code(count)).run(inputOf()).engine;
    expect(engineOf(turns)).toBe("compiled");
    expect(engineOf(turns * 12)).toBe("quickjs");
  });
});

describe("reading is bounded", () => {
  const full = (unit: string, before = "", behind = "return 1;"): string =>
    before + unit.repeat(Math.floor((MAX_CODE_LENGTH - before.length - behind.length) / unit.length)) + behind;
  const names = (count: number): string => Array.from({ length: count }, (_, at) => `a${at.toString(36)}`).join();

  test.each([
    ["semicolons", full(";"), "more than 10000 words and signs"],
    ["a list", full("1,", "return [", "1];"), "more than 10000 words and signs"],
    ["names", `let ${names(1_500)}; return 1;`, "more than 1000 different names"],
    ["a long name", `let ${"a".repeat(300)}; return 1;`, "a name of more than 256 characters"],
    ["a long name in quotes", `return {"${"a".repeat(300)}": () => 1};`, "a name of more than 256 characters"],
    ["a long text", `return "${"a".repeat(17_000)}" > "";`, "a text of more than 16384 characters"],
    ["a reference back", "return /(a+)\\1/.test(symbol);", "a regular expression can't refer back to its groups"],
    ["a long expression", `return /${"a".repeat(257)}/.test(symbol);`, "a regular expression of more than 256"],
    [
      "many expressions",
      `return [${`/${"a".repeat(200)}/,`.repeat(6)}].length;`,
      "more than 1024 characters of regular",
    ],
    ["parentheses", `return ${"(".repeat(16_000)}1${")".repeat(16_000)};`, ""],
  ])("%s", async (_, code, message) => {
    const sandbox = await createSandbox({ stopwatch: () => 0 });
    expect(() => sandbox.check(code)).toThrow(FilterCodeFault);
    expect(() => sandbox.check(code)).toThrow(message);
  });
});

describe("texts of which a character takes as much as the whole text are short", () => {
  test.each([
    ["t.normalize('NFC').length", 512],
    ["t.localeCompare('a') + 2", 512],
    ["'a'.localeCompare(t) + 2", 512],
    ["'a'.localeCompare({toString: () => t}) + 2", 512],
    ["t.toLowerCase().length", 512],
    ["t.toLocaleLowerCase().length", 512],
    ["+/b/.test(t) + 1", 512],
    ["t.split(/b/).length", 512],
    ["t.replace(/b/, 'c').length", 512],
    ["t.search(/b/) + 2", 512],
    ["t.indexOf('b') + 2", 4_096],
    ["t.toUpperCase().length", 4_096],
  ])("%s", async (expression, most) => {
    const sandbox = await createSandbox({ stopwatch: () => 0, only: "quickjs" });
    const code = (length: number): string => `const t = "a".repeat(${length}); return ${expression} > 0;`;
    expect(sandbox.prepare(code(most)).run(inputOf()).outcome).toEqual({ kind: "match", facts: undefined });
    expect(sandbox.prepare(code(most + 1)).run(inputOf()).outcome).toMatchObject({
      kind: "error",
      message: expect.stringContaining(`a text of more than ${most} characters is too long`),
    });
  });
});

test("a join looks at the clock as it goes, and ends where its text is too long", async () => {
  let looks = 0;
  const stopwatch = (): number => {
    looks += 1;
    return 0;
  };
  const sandbox = await createSandbox({ stopwatch, only: "quickjs" });
  const looksOf = (statement: string): number => {
    const before = looks;
    sandbox
      .prepare(`const l = new Array(30000).fill(1 / 3); try { ${statement} } catch (e) {} return true;`)
      .run(inputOf());
    return looks - before;
  };
  const none = looksOf("0;");
  for (const made of ["l.join();", "String(l);", "l.toLocaleString();"]) {
    // 862 numbers of 18 characters and a comma each are as many as there may be: 20 units each, a look every 1000.
    expect(looksOf(made) - none).toBeWithin(15, 40);
  }
});

describe("indicators of indicators", () => {
  test.each(["compiled", "quickjs"] as const)(
    "more calls in one value than may be are a mistake: %s",
    async (engine) => {
      const sandbox = await createSandbox({ stopwatch: () => 0, ...(engine === "quickjs" && { only: engine }) });
      const code = (count: number): string =>
        `let x = candles("1m").close;\nfor (let i = 0; i < ${count}; i += 1) x = ema(x, 2);\nreturn x.at(-1) > 0;`;
      expect(sandbox.prepare(code(32)).run(inputOf()).outcome.kind).toBe("match");
      expect(sandbox.prepare(code(33)).run(inputOf()).outcome).toMatchObject({
        kind: "error",
        message: "line 2, column 40: ema of so many indicators of indicators: expected 32 calls in one value at most",
      });
    },
  );

  test("a compiled filter pays for finding out how far they look back", async () => {
    const sandbox = await createSandbox({ stopwatch: () => 0 });
    // The slow ones look back over some 1,700 klines.
    const engineOf = (period: number): string => {
      const code = `const c = candles("1m").close; let n = 0; for (let i = 0; i < 3500; i += 1) n += ema(c, ${period} + i % 10).length; return n > 0;`;
      return sandbox.prepare(code).run(inputOf()).engine;
    };
    expect(engineOf(2)).toBe("compiled");
    expect(engineOf(240)).toBe("quickjs");
  });
});

describe("what both engines say", () => {
  let both: Sandbox;
  let machine: Sandbox;
  beforeAll(async () => {
    both = await createSandbox({ stopwatch: () => 0 });
    machine = await createSandbox({ stopwatch: () => 0, only: "quickjs" });
  });
  const said = (sandbox: Sandbox, code: string): FilterOutcome => sandbox.prepare(code).run(inputOf()).outcome;
  const nested = (depth: number): string => `let a = 1; for (let i = 0; i < ${depth}; i++) a = [a]; `;

  test.each([
    [
      "forEach while the array grows",
      "const l = [1, 2, 3]; let n = 0; l.forEach((x) => { n++; if (n < 14) l.push(x); }); return {match: true, facts: {n}};",
      { n: 3 },
    ],
    [
      "map and filter while the array grows",
      "const l = [1, 2]; const m = l.map((x) => { l.push(x); return x; }); const f = l.filter((x) => { if (l.length < 9) l.push(x); return true; }); return {match: true, facts: {m, f}};",
      { m: [1, 2], f: [1, 2, 1, 2] },
    ],
    [
      "for of while the array grows",
      "const l = [1, 2]; let n = 0; for (const x of l) { n += x; if (l.length < 5) l.push(x); } return {match: true, facts: {n}};",
      { n: 7 },
    ],
    [
      "a field that reads as an exponent",
      "const o = {e5: 1}; return {match: true, facts: {a: 1 .e5 === undefined, b: 1..e5 === undefined, c: (1).e5 === undefined, d: o.e5}};",
      { a: true, b: true, c: true, d: 1 },
    ],
    [
      "signs in a row",
      "const a = 1; return {match: true, facts: {a: - -a, b: + +a, c: -(-1), d: 1 - -1, e: !(-1)}};",
      { a: 1, b: 1, c: 1, d: 2, e: false },
    ],
    [
      "where a search begins",
      "const l = [1, 2, 1]; return {match: true, facts: {a: l.indexOf(1, 1), b: l.includes(2, 2), c: 'aba'.indexOf('a', 1), d: 'ab'.startsWith('b', 1), e: 'ab'.endsWith('a', 1)}};",
      { a: 2, b: false, c: 2, d: true, e: true },
    ],
    ["facts nested as deep as they may be", `${nested(31)}return {match: true, facts: {a}};`, undefined],
    [
      "a sum that is read and not kept",
      "let s = 'a'; const n = (s += 'b') === 'ab' ? 1 : 2; return {match: true, facts: {s, n}};",
      { s: "ab", n: 1 },
    ],
  ])("%s", (_, code, facts) => {
    const outcome = said(machine, code);
    expect(said(both, code)).toEqual(outcome);
    expect(outcome.kind).toBe("match");
    if (facts !== undefined) expect(outcome).toMatchObject({ facts });
  });

  test("facts that are nested too deep are refused by both", () => {
    for (const depth of [40, 900]) {
      expect(said(both, `${nested(depth)}return {match: true, facts: {a}};`)).toEqual(
        said(machine, `${nested(depth)}return {match: true, facts: {a}};`),
      );
    }
    expect(said(both, `${nested(900)}return {match: true, facts: {a}};`)).toMatchObject({
      kind: "error",
      message: expect.stringContaining("nested deeper than 64"),
    });
  });
});
