import { beforeAll, describe, expect, test } from "bun:test";
import { parseSymbol, type UnixMs } from "../../core/mod.ts";
import { Calculator, FilterInput } from "../../strategy/mod.ts";
import { createSandbox, type Sandbox } from "../mod.ts";

const INPUT = new FilterInput(parseSymbol("BTCUSDT"), 59_999 as UnixMs, undefined, new Map(), new Calculator());

let engines: readonly Sandbox[];
beforeAll(async () => {
  const stopwatch = (): number => 0;
  engines = [await createSandbox({ stopwatch }), await createSandbox({ stopwatch, only: "quickjs" })];
});

/** The conditions of a filter with their verdicts, as each engine sees them, after its own verdict. */
function seen(code: string): unknown[] {
  return engines.map((sandbox) => {
    const plain = sandbox.prepare(code).run(INPUT);
    const watched = sandbox.watch(code);
    expect(watched?.run(INPUT)).toEqual(plain);
    return [
      plain.outcome.kind,
      ...(watched?.conditions() ?? []).map(({ text, verdict, times }) => [text, verdict, times]),
    ];
  });
}

function both(...expected: unknown[]): unknown[] {
  return [expected, expected];
}

describe("conditions", () => {
  test("that short-circuits pass over are told as not reached", () => {
    expect(seen("const a = 3;\nreturn a < 2 && a > 0 || a === 3;")).toEqual(
      both(
        "match",
        ["a < 2 && a > 0 || a === 3", true, 1],
        ["a < 2 && a > 0", false, 1],
        ["a < 2", false, 1],
        ["a > 0", null, 0],
        ["a === 3", true, 1],
      ),
    );
  });

  test("of a loop are counted, and told as they were last", () => {
    expect(seen("let n = 0;\nfor (let i = 0; i < 4; i++) if (i % 2 === 0) n += 1;\nreturn n > 1;")).toEqual(
      both("match", ["i < 4", false, 5], ["i % 2 === 0", false, 4], ["n > 1", true, 1]),
    );
  });

  test("have the truth that the language gives their values", () => {
    const values = ["0", "-1", "NaN", '""', '"a"', "null", "undefined", "true", "[]"];
    const code = `const v = [${values.join(", ")}];\nlet n = 0;\n${values.map((_, at) => `if (v[${at}]) n += 1;`).join("\n")}\nreturn n === 4;`;
    const truths = [false, true, false, false, true, false, false, true, true];
    expect(seen(code)).toEqual(
      both("match", ...truths.map((truth, at) => [`v[${at}]`, truth, 1]), ["n === 4", true, 1]),
    );
  });

  test("in the answer are its match, also behind an early return, and not what functions within give back", () => {
    const code =
      "const list = [1, 5, 9].filter((x) => { return x; });\nif (list.length > 5) return false;\nreturn {match: list.length, facts: {n: 1}};";
    expect(seen(code)).toEqual(both("match", ["list.length > 5", false, 1], ["list.length", true, 1]));
  });

  test("may begin a statement on a line of their own, stand in parentheses, and have commas and assignments", () => {
    const code = "let a = 1, b\na > 5 || (b = 2)\n!a && b\nreturn ((b === 2))";
    const [, ...conditions] = seen(code)[0] as unknown[][];
    expect(conditions.map(([text, verdict]) => [text, verdict])).toEqual([
      ["a > 5", false],
      ["b = 2", true],
      ["!a", false],
      ["a", true],
      ["b", null],
      ["b === 2", true],
    ]);
    expect(seen(code)[1]).toEqual(seen(code)[0]);
    // Only QuickJS takes a comma between values.
    expect(seen("let a = 1;\nreturn (a += 1, a) && a === 2;")).toEqual(
      both("match", ["(a += 1, a) && a === 2", true, 1], ["a += 1, a", true, 1], ["a === 2", true, 1]),
    );
  });

  test("are refused to a filter that names the probe", () => {
    for (const sandbox of engines)
      expect(() => sandbox.watch("return $saw$(1, 2);")).toThrow(/the name \$saw\$ is taken/);
  });
});

test("what is noted of a run is forgotten before the next one", () => {
  const watched = engines.map((sandbox) =>
    sandbox.watch('if (symbol === "BTCUSDT") return 1 < closeTime;\nreturn closeTime > 5;'),
  );
  const other = new FilterInput(parseSymbol("ETHUSDT"), 1 as UnixMs, undefined, new Map(), new Calculator());
  for (const one of watched) {
    one?.run(INPUT);
    expect(one?.conditions().map(({ verdict }) => verdict)).toEqual([true, true, null]);
    one?.run(other);
    expect(one?.conditions().map(({ verdict }) => verdict)).toEqual([false, null, false]);
  }
});
