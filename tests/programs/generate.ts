import { INTERVALS, type Random } from "../../src/core/mod.ts";
import { HELPERS, INDICATORS } from "../../src/strategy/mod.ts";

/** A filter that was made to do much, or to do it oddly. */
export interface Program {
  /** What it does, for messages. */
  readonly name: string;
  readonly code: string;
}

/** The longest code of a straight line, in UTF-16 units: as much as a filter may have, with room for what is around. */
const LINE_LENGTH = 30_000;

/** Values that things are done to and with, by name. The first ones keep to the compiled subset, the others are QuickJS's. */
const SMALL_VALUES: Readonly<Record<string, string>> = {
  text: 'let text = "ab"; for (let i = 0; i < 10; i++) text += text;',
  digits: 'let digits = "7"; for (let i = 0; i < 11; i++) digits += digits;',
  wide: 'let wide = "\\u0416😀"; for (let i = 0; i < 9; i++) wide += wide;',
  list: "const list = []; for (let i = 0; i < 2000; i++) list.push(i % 7);",
  texts: "const texts = []; for (let i = 0; i < 500; i++) texts.push(text);",
  mixed: 'const mixed = [3, "b", null, undefined, NaN, -0, true, 1e21, "3"];',
  few: "const few = [2, 1, 3];",
  rows: 'const rows = timeframes["1m"];',
  close: 'const close = candles("1m").close;',
  minute: 'const minute = candles("1m");',
  object: 'const object = {level: 3, other: "x", e5: 7};',
  big: "const big = 1e300 / 3;",
  number: "const number = -12.5;",
  tiny: "const tiny = 0.000001234;",
  zero: "const zero = -0;",
  none: "const none = undefined;",
};
const WIDE_VALUES: Readonly<Record<string, string>> = {
  longText: 'const longText = "x".repeat(16000) + "y";',
  sameText: 'const sameText = "x".repeat(16000) + "z";',
  longDigits: 'const longDigits = "1".repeat(16000);',
  words: 'const words = "a1b2 ".repeat(800);',
  filled: "const filled = new Array(32000).fill(0).map((_, i) => i);",
  holes: "const holes = []; holes[3000] = 1;",
  longTexts: "const longTexts = []; for (let i = 0; i < 400; i++) longTexts.push(longText);",
  keyed: 'const keyed = {}; for (let i = 0; i < 3000; i++) keyed["k" + i] = i;',
  map: "const map = new Map(filled.slice(0, 9000).map((x) => [x, x]));",
  set: "const set = new Set(filled.slice(0, 9000));",
  own: "const own = (x) => x;",
  arrayLike: "const arrayLike = {length: 65000};",
  nested: "let nested = []; for (let i = 0; i < 50; i++) nested = [nested];",
  pattern: "const pattern = /(a+)+$/;",
};
/** What a value's preparation stands on. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  texts: ["text"],
  longTexts: ["longText"],
  map: ["filled"],
  set: ["filled"],
};

const OPERATORS = "+ - * / % < <= > >= === !==".split(" ");
const WIDE_OPERATORS = [...OPERATORS, ..."== != ** & | ^ << >> >>> in instanceof".split(" ")];
const SMALL_METHODS =
  "at row slice push includes indexOf join toFixed startsWith endsWith map filter some every find findIndex reduce forEach".split(
    " ",
  );
const CALLING =
  /^(map|filter|some|every|find|findIndex|findLast|findLastIndex|reduce|reduceRight|forEach|flatMap|sort|toSorted)$/;
const EXACT = "abs ceil floor max min round sign sqrt trunc".split(" ");
const SMALL_CALLBACKS = [
  "(a, b) => a",
  "(a, b) => a > b",
  "(a, b, c) => b * 2",
  "(a) => { few.push(1); return a; }",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the program's template
  "(a) => `${a}`",
  "(a) => few.length",
  "(a) => { if (few.length < 50) few.push(a); return few.length > 9; }",
];
const WIDE_CALLBACKS = [
  "Math.max",
  "String",
  "parseFloat",
  "(a, b) => (a < b ? -1 : 1)",
  '"".concat.bind("x")',
  "(a, b, all) => { all.length = 2; return a; }",
  "function () { return arguments.length; }",
];

/** Names that the language brings along, by what they are called on. */
const WIDE_METHODS: readonly string[] = [String, Array, Object, Number, RegExp, Map, Set, Function]
  .flatMap(({ prototype }) => Object.getOwnPropertyNames(prototype))
  .filter((name) => /^[a-z]\w*$/i.test(name) && name !== "constructor");
const WIDE_FUNCTIONS: readonly string[] = Object.entries({ Object, Array, Math, Number, JSON, String })
  .flatMap(([owner, one]) => Object.getOwnPropertyNames(one).map((name) => `${owner}.${name}`))
  .filter((name) => !/\.(prototype|length|name|[A-Z0-9_]+)$/.test(name));

/** Makes programs: each built-in, on big and odd values, in a straight line, a loop, a callback or alone. */
export function generateProgram(random: Random): Program {
  const one = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)] as Value;
  const isSmall = random() < 0.6;
  const names = [...Object.keys(SMALL_VALUES), ...(isSmall ? [] : Object.keys(WIDE_VALUES))];
  const value = (): string => {
    if (random() < 0.15)
      return one(["0", "1", "-1", "99", "3.7", "1e5", '"a"', '""', "NaN", "null", "true", "Infinity"]);
    return one(names);
  };
  const callback = (): string => one([...SMALL_CALLBACKS, ...(isSmall ? [] : WIDE_CALLBACKS)]);
  const some = (most: number): string[] => Array.from({ length: Math.floor(random() * (most + 1)) }, value);
  const argument = (): string => (random() < 0.2 && !isSmall ? `...${value()}` : value());

  const kinds: readonly (() => string)[] = [
    () => `${value()} ${one(isSmall ? OPERATORS : WIDE_OPERATORS)} ${value()}`,
    () => `${one(["-", "+", "!", "typeof "])}(${value()})`,
    () => {
      const name = one(isSmall ? SMALL_METHODS : WIDE_METHODS);
      const given = CALLING.test(name) ? [callback(), ...some(1)] : some(2);
      return `${value()}.${name}(${given.join(", ")})`;
    },
    () => `${value()}.toFixed(${one(["0", "2", "99", "100", "101", "-1", "NaN", "1.9"])})`,
    () => `Math.${one(EXACT)}(${one([value(), `...${value()}`, `${value()}, ${value()}`])})`,
    () =>
      `${one(["Number", "String", "Boolean", "isNaN", "isFinite", "Number.isInteger", "Array.isArray"])}(${value()})`,
    () => `\`\${${value()}}:\${${value()}}\``,
    () => {
      const { name, reads } = one(INDICATORS);
      const input = reads === "klines" ? "minute" : one(["close", "list", value()]);
      const given = one([[], ["2"], ["14"], ["1000"], ["0.5"], ["3", "5"], [value()]]);
      return `${name}(${[input, ...(reads === "pair" ? [one(["close", "100", value()])] : []), ...given].join(", ")}).at(-1)`;
    },
    () => `${one(HELPERS).name}(${one(["rows", "list", value()])}, ${one(["3", "14", "1000", value()])})`,
    () => `candles("${one(["1m", "5m", "1h", ...INTERVALS])}").${one(["close", "high", "openTime"])}.at(${value()})`,
    () => `${value()}[${value()}]`,
    () => `${value()}?.${one(["length", "close", "level", "e5", "price"])}`,
    () => `(${one(["1", "1e5", "0.5", "1e21"])}).${one(["e5", "level", "length"])}`,
    () => `(${value()} ? ${value()} : ${value()}) ${one(["&&", "||", "??"])} ${value()}`,
    ...(isSmall
      ? []
      : [
          () => `${one(WIDE_FUNCTIONS)}(${[argument(), ...some(1)].join(", ")})`,
          () => `${one(["Math.max", "own", "String.prototype.concat", "Array.of"])}.apply(${value()}, ${value()})`,
          () => `${one(["Math.max", "own", "Array.of"])}(${argument()})`,
          () => `[...${value()}, ...${value()}].length`,
          () => `Object.keys({...${value()}}).length`,
          () => `(([a, ...b]) => b.length)(${value()})`,
          () => `(({length, ...b}) => length)(${value()})`,
          () => `(() => { let n = 0; for (const k in ${value()}) n++; return n; })()`,
          () => `(() => { let n = 0; for (const k of ${value()}) n++; return n; })()`,
          () =>
            `(() => { switch (${value()}) { case ${value()}: return 1; case ${value()}: return 2; default: return 3; } })()`,
          () => `new ${one(["Map", "Set", "RegExp", "Array", "Error", "String"])}(${value()})`,
          () =>
            `${one(["pattern", "/a*b/g", "/[^a]+?$/", "/(\\\\p{L})*1/u", "/(x?){200}y/"])}.${one(["test", "exec"])}(${value()})`,
          () =>
            `${one(["words", "text", "longText"])}.${one(["replace", "replaceAll", "match", "split", "search"])}(${one(["/a|b/g", "/(.*)*x/g", '"a"', value()])}, ${value()})`,
          () =>
            `(() => { try { return ${value()}.${one(WIDE_METHODS)}(${value()}); } catch (e) { return e.name; } })()`,
          () =>
            `(() => { const f = (d) => (d > 0 ? f(d - 1) + ${value()} : 0); return f(${one(["3", "50", "100000"])}); })()`,
        ]),
  ];
  const expression = one(kinds)();
  const [shape, body] = one(shapes(expression, random));
  return { name: `${isSmall ? "small" : "wide"} ${shape}: ${expression}`, code: codeOf(body) };
}

/** The ways in which an expression is carried out. What it came to is `r`, in the end. */
function shapes(expression: string, random: Random): readonly (readonly [string, string])[] {
  const many = Math.floor(LINE_LENGTH / (expression.length + 10));
  const turns = [3, 40, 1_000, 199_000][Math.floor(random() * 4)];
  const loop = `for (let i = 0; i < ${turns}; i++) { r = ${expression}; }`;
  const line = `r = ${expression};\n`.repeat(Math.min(many, 900));
  return [
    ["alone", `r = ${expression};`],
    ["alone", `r = ${expression};`],
    ["loop", loop],
    ["line", line],
    ["loop over a line", `for (let i = 0; i < ${turns}; i++) { ${`r = ${expression};\n`.repeat(Math.min(many, 40))} }`],
    ["list", `r = [${`${expression}, `.repeat(Math.min(many, 300))}0];`],
    ["callback", `few.forEach((x) => { r = ${expression}; });`],
    ["growing", `few.forEach((x) => { few.push(x); r = ${expression}; });`],
    ["of", `for (const x of few) { if (few.length < 300) few.push(x); r = ${expression}; }`],
    ["nested", `for (const x of list) for (const y of few) r = ${expression};`],
    ["summed", `let s = ""; for (let i = 0; i < ${turns}; i++) { s += ${expression}; } r = s;`],
    ["kept", `const kept = []; for (let i = 0; i < ${turns}; i++) { kept.push(${expression}); } r = kept.length;`],
    ["condition", `let c = 0; while (c++ < ${turns} && ${expression} !== 5) {} r = c;`],
  ];
}

/** A filter of it, with the values that it names, whose facts tell what it came to. */
function codeOf(body: string): string {
  const all = { ...SMALL_VALUES, ...WIDE_VALUES };
  const wanted = new Set<string>();
  const want = (name: string): void => {
    for (const other of NEEDS[name] ?? []) want(other);
    wanted.add(name);
  };
  for (const name of Object.keys(all)) if (new RegExp(`\\b${name}\\b`).test(body)) want(name);
  const values = Object.entries(all).flatMap(([name, made]) => (wanted.has(name) ? [made] : []));
  return `${values.join("\n")}
let r;
${body}
const shown = typeof r === "string" ? r.slice(0, 60) : typeof r === "number" || typeof r === "boolean" ? r : null;
return {match: true, facts: {type: typeof r, shown, size: Array.isArray(r) || typeof r === "string" ? r.length : -1, list: Array.isArray(r) ? r.slice(0, 8) : null}};`;
}
