/** Repeats a statement. */
function lines(count: number, statement: string): string {
  return statement.repeat(count);
}

const TEXT_OF_4096 = 'let t = "aaaaaaaaaaaaaaaa"; for (let i = 0; i < 8; i++) t = t + t;\n';
const MEGABYTES =
  'const m = new Map(); let a = "x"; for (let i = 0; i < 20; i++) a += a; let b = a + "y"; b = b.slice ? b : a;\n';

/**
 * Filters that do much between two turns of a loop, in a straight line: by name, what stands in the loop or at the top. All of
 * them once outlived their bounds by seconds or minutes.
 */
export const BAD_FILTERS: Readonly<Record<string, string>> = {
  "numbers to text": `const a = 1 / 3; for (let i = 0; i < 199000; i++) { ${lines(1_300, "a.toFixed(99);")} }\nreturn false;`,
  "search in text": `${TEXT_OF_4096}for (let i = 0; i < 199000; i++) { ${lines(1_300, 't.includes("b");')} }\nreturn false;`,
  "place in text": `${TEXT_OF_4096}for (let i = 0; i < 199000; i++) { ${lines(1_300, 't.indexOf("b");')} }\nreturn false;`,
  "text to numbers": `${TEXT_OF_4096}let n = 0; for (let i = 0; i < 199000; i++) { ${lines(1_900, "n = -t;")} }\nreturn n > 0;`,
  "long texts compared": `${MEGABYTES}let n = 0; ${lines(1_000, "if (a < b) n++;")}\nreturn n >= 0;`,
  "many arguments": `const f = Math.max; ${lines(700, "f.apply(0, { length: 65000 });")}\nreturn true;`,
  "spread arguments": `const all = new Array(60000).fill(1); const m = new Map(); ${lines(1_000, "Math.max(...all);")}\nreturn true;`,
  "turns without end": "for (;;) {}\nreturn true;",
  "memory without end": "const kept = []; for (;;) kept.push(new Array(10000).fill(kept.length));\nreturn true;",
};

/** A filter that is never run: finding out how many klines its averages need once took seconds. */
export const NESTED_FILTER: string = `return ${"rsi(".repeat(280)}candles("1m").close${", 1000)".repeat(280)}.at(-1) > 0;`;

/** The same filter, but another text, so that nothing that is known of the one helps with the other. */
export function unlike(code: string, number: number): string {
  return `${code}\n// ${number}`;
}
