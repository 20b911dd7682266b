import type { Random } from "../../src/core/mod.ts";
import type { Program } from "./generate.ts";

/** Values that a filter compares: figures of the market, and odd ones. */
const VALUES: readonly string[] = [
  'candles("1m").close.at(-1)',
  'candles("5m").volume.at(-2)',
  'rsi(candles("1m").close, 3).at(-1)',
  'ema(candles("5m").close, 2).at(-1)',
  'candles("1m").length',
  "ticker.priceChangePercent",
  "closeTime",
  "calls",
  "100",
  "0",
  "-1",
  "NaN",
  "undefined",
  "null",
  '"a"',
  '""',
  "symbol",
  "[1, 2]",
  "{a: 1}",
  "!calls",
];

const OPERATORS: readonly string[] = ["<", "<=", ">", ">=", "===", "!==", "== null ? 1 : 0) + ("];

/** The statements that a filter's conditions stand in. `x` is a condition, `y` another. */
const SHAPES: readonly ((x: string, y: string) => string)[] = [
  (x) => `return ${x};`,
  (x, y) => `return {match: ${x}, facts: {calls, other: !!(${y})}};`,
  (x, y) => `if (${x}) { calls += 1; } else if (${y}) return true;\nreturn calls > 1 || ${y};`,
  (x, y) => `const ok = ${x}, also = ok ? ${y} : !ok;\nreturn ok && also;`,
  (x, y) => `for (let i = 0; i < 5 && ${x}; i++) { calls += i; if (${y}) break; }\nreturn calls;`,
  (x, y) =>
    `while (calls++ < 3) if (${x}) continue; else if (${y}) return {match: true, facts: {calls}};\nreturn false;`,
  (x, y) => `const some = [3, 1, 2].filter((one) => one > 1 && (${x}));\nreturn some.length > 1 ? ${y} : ${x};`,
  (x, y) => `do calls += (${x}) ? 1 : 2; while (calls < 4)\nif (!(${y})) return false\nreturn calls === 4`,
  (x, y) => `switch (${x}) { case true: return !!(${y}); default: return (calls, ${y}); }`,
  (x, y) => `try { if (${x}) null.x; return ${y}; } catch (e) { return e.name === "TypeError" && (${y}); }`,
  (x, y) => `const f = (depth) => depth < 1 || f(depth - 1) && (${x});\nreturn f(4) ? ${y} : null;`,
  (x, y) => `let kept;\nkept ||= ${x};\nkept &&= ${y};\nreturn kept ?? false;`,
  (x, y) => `const {a, b} = {a: ${x}, b: ${y}};\na && b || (calls = 7)\n!a || calls\nreturn (a, b) && calls < 8;`,
];

/** Makes filters of nested conditions: each operator, short-circuits, loops, branches, early returns, assignments within. */
export function generateConditions(random: Random): Program {
  const one = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)] as Value;
  const comparison = (): string => {
    const operator = one(OPERATORS);
    const isNested = operator.includes("(");
    return `${isNested ? "(" : ""}${one(VALUES)} ${operator}${isNested ? "" : " "}${one(VALUES)}${isNested ? ")" : ""}`;
  };
  const condition = (depth: number): string => {
    const draw = random();
    if (depth <= 0 || draw < 0.35) return `(${comparison()})`;
    const [left, right] = [condition(depth - 1), condition(depth - 1)];
    if (draw < 0.5) return `!${left}`;
    if (draw < 0.65) return `(${left} ? ${right} : ${one(VALUES)})`;
    if (draw < 0.72) return `(${left} ?? ${right})`;
    if (draw < 0.78) return `((calls += 1) && ${left})`;
    return `(${left} ${one(["&&", "||"])} ${right})`;
  };
  const body = one(SHAPES)(condition(3), condition(2));
  return { name: "conditions", code: `let calls = 0;\n${body}` };
}
