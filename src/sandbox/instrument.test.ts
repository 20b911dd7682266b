import { describe, expect, test } from "bun:test";
import { instrument } from "./instrument.ts";
import { parseFilter } from "./parse.ts";

/** The code with its looks and guards, without what they say. */
function instrumented(code: string): string {
  return instrument(parseFilter(code)).code;
}

describe("looks", () => {
  test.each([
    ["for (;;) x(); return 1;", /^for \(;;\) \{\$look\$\(\d+\);x\(\);\} \$look\$\(\d+\);return 1;$/],
    ["while (x) { y(); } return 1;", /^while \(x\) \{\$look\$\(\d+\); y\(\); \} \$look\$\(\d+\);return 1;$/],
    ["return l.map((x) => x * 2);", /^return l\.map\(\(x\) => \(\$look\$\(\d+\), x \* 2\)\);$/],
    ["return l.map((x) => (x, 2));", /^return l\.map\(\(x\) => \(\(\$look\$\(\d+\), x, 2\)\)\);$/],
    ["return l.map((x) => ({a: x}));", /^return l\.map\(\(x\) => \(\(\$look\$\(\d+\), \{a: x\}\)\)\);$/],
    ["try { x(); } catch (e) { y(); } return 1;", /catch \(e\) \{\$look\$\(1e9\); y\(\); \}/],
    ["class A { a = x(); } return 1;", /\{ a = \(\$look\$\(\d+\), x\(\)\); \}/],
  ])("%s", (code, expected) => {
    expect(instrumented(code)).toMatch(expected);
  });

  test("a straight line has one every so often, and behind each branch that has one", () => {
    const looks = (code: string): number => instrumented(code).split("$look$").length - 1;
    expect(looks("x(); return 1;")).toBe(0);
    expect(looks(`${"x();".repeat(200)} return 1;`)).toBeGreaterThan(3);
    expect(looks(`return [${"x(),".repeat(200)} 1];`)).toBeGreaterThan(3);
    expect(looks(`${`${"x();".repeat(20)}if (y) { ${"x();".repeat(30)} }`.repeat(10)} return 1;`)).toBeGreaterThan(9);
  });
});

describe("guards of texts", () => {
  test.each([
    ["return a + b;", true],
    ["return a * 2 + b * 3;", false],
    ["return a + 1;", false],
    ["return a + b > 3;", false],
    ["let s = a; s += b; return 1;", true],
    ["return (s += b) > 3;", true],
    ["return a + 123456789;", true],
  ])("%s", (code, isGuarded) => {
    expect(instrumented(code).includes("$tooLong$")).toBe(isGuarded);
  });

  test("an assignment that begins a statement isn't put in parentheses, which could be a call of the line before", () => {
    expect(instrumented("let s = a\ns += b\nreturn s")).toMatch(/^let s = a\n\$text\$ = s \+= b, typeof .*\nreturn s$/);
  });
});

test("places are found again, whatever was put in before them", () => {
  const code = "const a = {};\nfor (const x of [1]) { let s = a + x; s += x; x.y.z(); }\nreturn 1;";
  const text = instrument(parseFilter(code));
  const lines = text.code.split("\n");
  const column = (lines[1] as string).indexOf("x.y.z") + 1;
  expect(text.original({ line: 2, column })).toEqual({
    line: 2,
    column: (code.split("\n")[1] as string).indexOf("x.y.z") + 1,
  });
  const last = (lines[2] as string).indexOf("1;", 10) + 1;
  expect(text.original({ line: 3, column: last })).toEqual({ line: 3, column: 8 });
});
