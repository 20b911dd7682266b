import { describe, expect, test } from "bun:test";
import { type FilterStudy, WORKED_FILTERS } from "../../strategy/mod.ts";
import { parseFilter } from "../parse.ts";
import { studyOf } from "./study.ts";

const study = (code: string): FilterStudy => studyOf(parseFilter(code));

/** The mistakes, each with its place before it. */
function faultsOf(code: string): string[] {
  return study(code).faults.map(({ what, place }) => `${place?.line}:${place?.column} ${what}`);
}

describe("mistakes that would be silently false are found before a filter runs", () => {
  test.each([
    [
      'return rsi(candles("1m").close) < 30;',
      '1:8 rsi(candles("1m").close) is a column, not a number: did you mean rsi(candles("1m").close).at(-1)?',
    ],
    [
      'const {close} = candles("1h");\nreturn close > ema(close, 200);',
      "2:8 close is a column, not a number: did you mean close.at(-1)?",
      "2:16 ema(close, 200) is a column, not a number: did you mean ema(close, 200).at(-1)?",
    ],
    [
      'const {close} = candles("1h");\nreturn close[close.length - 1] > 5;',
      "2:14 a column has no items in brackets: expected .at(i), where .at(-1) is the last value",
    ],
    ['return crosses(candles("1h").close, 5).at(-1) === 1;', "1:8 crosses is not defined: did you mean crossOver?"],
    ['return SMA(candles("1h").close, 5).at(-1) > 1;', "1:8 SMA is not defined: did you mean sma?"],
    ["return close.at(-1) > 5;", '1:8 close is not defined: did you mean candles("1h").close?'],
    ["return foo > 5;", "1:8 foo is not defined"],
    ['return candles("15min").close.at(-1) > 1;', '1:16 "15min" is not an interval: did you mean "15m"?'],
    ['return candles("60m").close.at(-1) > 1;', '1:16 "60m" is not an interval: did you mean "1h"?'],
    ['return candles("H4").close.at(-1) > 1;', '1:16 "H4" is not an interval: did you mean "4h"?'],
    ['return candles("1D").close.at(-1) > 1;', '1:16 "1D" is not an interval: did you mean "1d"?'],
    ["return timeframes['5min'].length > 1;", '1:19 "5min" is not an interval: did you mean "5m"?'],
    [
      'const c = candles("1h").close;\nreturn rsi(c, 0).at(-1) < 30;',
      "2:8 rsi(column, period = 14): period is 0, expected a whole number from 1 to 1000",
    ],
    [
      'const period = 2.5 * 3;\nreturn sma(candles("1h").close, period).at(-1) < 30;',
      "2:8 sma(column, period = 20): period is 7.5, expected a whole number from 1 to 1000",
    ],
    [
      'return atr(candles("1h").close).at(-1) > 1;',
      "1:8 atr(candles, period = 14) reads klines such as candles('1h'), not a column",
    ],
    [
      'return rsi(candles("1h")).at(-1) > 1;',
      "1:8 rsi(column, period = 14) reads a column such as candles('1h').close, or an array of 2000 numbers at most, not candles",
    ],
    ['return candles("1h").closes.at(-1) > 1;', "1:22 candles have no closes: did you mean close?"],
    [
      'return candles("1h").at(-1) > 1;',
      "1:22 candles have no .at: expected a column such as .close, or .row(i) for one kline",
    ],
    [
      'const {hist} = macd(candles("1h").close);\nreturn hist.at(-1) > 0;',
      "1:8 macd has no hist: did you mean histogram?",
    ],
    [
      'return macd(candles("1h").close).at(-1) > 0;',
      "1:34 macd gives several columns, macd, signal, histogram: expected for example .macd.at(-1)",
    ],
    [
      'return macd(candles("1h").close) > 0;',
      '1:8 macd(candles("1h").close) is an object with the columns macd, signal, histogram, not a number: did you mean macd(candles("1h").close).macd.at(-1)?',
    ],
    [
      'const {close} = candles("1h");\nif (crossOver(close, 5)) return true;\nreturn false;',
      "2:5 crossOver(close, 5) is a column, which is always true: did you mean crossOver(close, 5).at(-1)?",
    ],
    [
      'const {close} = candles("1h");\nreturn {match: crossOver(close, 5)};',
      "2:16 crossOver(close, 5) is a column, which is always true: did you mean crossOver(close, 5).at(-1)?",
    ],
    [
      'const {close} = candles("1h");\nreturn close.at(-1) > 3 && crossOver(close, 5);',
      "2:28 the filter gives back a column: expected true or false: did you mean crossOver(close, 5).at(-1)?",
    ],
    [
      'const up = crossOver(candles("1h").close, 5);\nif (up) return true;\nreturn !up;',
      "2:5 up is a column, which is always true: did you mean up.at(-1)?",
      "3:9 up is a column, which is always true: did you mean up.at(-1)?",
    ],
    [
      'const {close} = candles("1h");\nif (close.length > 3 && crossOver(close, 5)) return true;\nreturn false;',
      "2:25 crossOver(close, 5) is a column, which is always true: did you mean crossOver(close, 5).at(-1)?",
    ],
    [
      "const {close} = candles('1h');\ntry { return rsi(close) < 30; } catch { return false; }",
      "2:14 rsi(close) is a column, not a number: did you mean rsi(close).at(-1)?",
    ],
    ['return typeof f === "function" && g() > 1;', "1:35 g is not defined"],
    [
      'return candles("1h").close.map((c) => c > 1).length > 1;',
      "1:28 a column has .at(i), .slice(from, to) and .length, but no map: expected .slice().map(…), which is an array",
    ],
    [
      'for (const price of candles("1h").close) if (price > 5) return true;\nreturn false;',
      '1:21 candles("1h").close is a column, which isn\'t iterable: use candles("1h").close.slice()',
    ],
    [
      'return Math.max(candles("1h").close) > 5;',
      '1:17 candles("1h").close is a column, not a number: did you mean candles("1h").close.at(-1)?',
    ],
    ["return ticker.priceChangePct > 5;", "1:15 the ticker has no priceChangePct: did you mean priceChangePercent?"],
    [
      'const c = candles("1h").close;\nreturn Math.max(...c) > 5;',
      "2:20 c is a column, which isn't iterable: use c.slice()",
    ],
    [
      'const [first] = candles("1h").close;\nreturn first > 5;',
      '1:17 candles("1h").close is a column, which isn\'t iterable: use candles("1h").close.slice()',
    ],
    [
      'const c = candles("1h");\nreturn [...c].length > 5;',
      "2:12 c are candles, which aren't iterable: use c.row(i), or a column such as c.close.slice()",
    ],
    ["return new Date() > 5;", "1:12 Date is not defined: use closeTime, in Unix milliseconds"],
    [
      "console.log(1);\nreturn true;",
      "1:1 console is not defined: use facts to show a value: return {match, facts: {value}}",
    ],
    [
      'return candles("1m").close.at(-600) > 5;',
      '1:8 candles("1m").close.at(-600) is always undefined: the filter sees the newest 250 klines of 1m',
    ],
    [
      'return candles("1m").row(-251).close > 5;',
      '1:8 candles("1m").row(-251) is always undefined: the filter sees the newest 250 klines of 1m',
    ],
    ["return {match: true, fact: {a: 1}};", "1:22 the result has an unknown member fact: did you mean facts?"],
    ["return {matches: true};", "1:9 the result has an unknown member matches: did you mean match?"],
    ["return {match: true, why: 1};", "1:22 the result has an unknown member why: expected {match, facts}"],
    ["return ticker.lastPrice > 5;", "1:15 the ticker has no lastPrice: did you mean price?"],
    [
      'const last = timeframes["1h"].at(-1);\nreturn last.time > 5;',
      "2:13 a kline has no time: did you mean closeTime?",
    ],
    [
      'return helpers.calculateRSI(candles("1h")) !== null;',
      '1:29 calculateRSI(klines, period = 14) takes an array such as timeframes["1h"], not candles',
    ],
    // A check doesn't make right what is done regardless of it, or where the method isn't there.
    ...[
      "if (!c.at) return false;\nreturn c[c.length - 1] > 5;",
      "if (!c.length) return false;\nreturn c[c.length - 1] > 5;",
      "const a = c.at(-1);\nreturn c[c.length - 1] > a;",
      "if (c.last) return c.last() > 5;\nreturn c[c.length - 1] > 5;",
    ].map((code) => [
      `const c = candles("1h").close; ${code}`,
      "2:10 a column has no items in brackets: expected .at(i), where .at(-1) is the last value",
    ]),
    [
      'const c = candles("1h"); if (c.at) return c.at(-1) > 5;\nreturn c[c.length - 1].close > 5;',
      "2:10 candles have columns, not items: expected .row(i) for one kline",
    ],
    [
      'const c = candles("1h").close; if (typeof c !== "number") return false;\nreturn c > 5;',
      "2:8 c is a column, not a number: did you mean c.at(-1)?",
    ],
    ["x = 5;\nreturn x > 1;", "1:1 x is not defined", "2:8 x is not defined"],
  ] as string[][])("%s", (code = "", ...expected) => {
    expect(faultsOf(code)).toEqual(expected);
  });

  test.each([
    ...WORKED_FILTERS.map(({ code }) => code),
    'return candles("1m").close.at(-250) > 5;',
    'return candles("1m").close.at(-600) > ema(candles("1m").close, 200).at(-1);',
    'const {close} = candles("1m"); return close.length > 600 && close.at(-600) > 5;',
    'return (candles("1m").close.at(-600) ?? 5) > 4;',
    'const all = candles("1m").close.slice(); return Math.max(...all) > 5 && {...ticker}.price > 1;',
    "return typeof process === 'undefined';",
    'const r = rsi(candles("1h").close);\nif (!r || r.length < 5) return false;\nreturn r && r.at(-1) < 30;',
    'let c = candles("1h");\nc = c.close.slice();\nreturn c[c.length - 1] > 5 && c > 3;',
    "function crosses(a, b) { return a.at(-1) > b; }\nreturn crosses(candles('1h').close, 5);",
    "const periods = [10, 20];\nreturn periods.every((n) => sma(candles('1h').close, n).at(-1) > 5);",
    'const k = timeframes["1h"];\nif (!k || k.length < 50) return false;\nfor (const {close} of k) if (close > 5) return true;\nreturn k.some((one) => one.anything);',
    "const {price, open: first = 5, ...rest} = ticker;\nreturn price > first && rest.low < 5;",
    "class A { static x = 5; y = 1; m(z) { return this.y + z; } get q() { return 1; } }\nreturn new A().m(A.x) > 5;",
    "outer: for (let i = 0; i < 3; i++) { for (;;) { continue outer; } }\nreturn true;",
    "try { null.x; } catch ({message}) { return message.length > 0; }\nreturn false;",
    "switch (symbol) { case 'A': { const q = 1; return q > 0; } default: return false; }",
    "var a = 1; { var b = a; }\nconst f = function g(n) { return n > 0 ? g(n - 1) : b; };\nreturn f(arguments.length) > 0;",
    'const key = "close";\nreturn candles("1h")[key].at(-1) > 5;',
    'const c = candles("1h"); var x = c.close.at(-1); if (symbol === "A") { var x = c.close; } return x > 2;',
    'return "rsi: " + rsi(candles("1h").close) !== "";',
  ])("nothing is said of what may be right: %s", (code) => {
    expect(faultsOf(code)).toEqual([]);
  });

  test("a filter that is one mistake has a bounded list of them", () => {
    expect(study(`return [${Array(500).fill("nobody").join()}].length > 0;`).faults).toHaveLength(20);
  });
});

describe("columns that not all markets send", () => {
  const columns = (code: string): string[] =>
    study(code).columns.map(({ column, place }) => `${place.line}:${place.column} ${column}`);

  test.each([
    ['return candles("1m").trades.at(-1) > 100;', ["1:22 trades"]],
    ['const {close, quoteVolume} = candles("1h");\nreturn quoteVolume.at(-1) > close.at(-1);', ["1:15 quoteVolume"]],
    [
      'const c = candles("1m");\nreturn sma(c.takerBuyVolume, 20).at(-1) > c.row(-1).takerBuyQuoteVolume && c.takerBuyVolume.at(-1) > 1;',
      ["2:14 takerBuyVolume", "2:53 takerBuyQuoteVolume"],
    ],
    ['return timeframes["1m"].at(-1).trades > 100;', ["1:32 trades"]],
    ['for (const kline of timeframes["1m"]) if (kline.trades > 9) return true;\nreturn false;', ["1:49 trades"]],
    // Known everywhere, another's, or guarded.
    ['return candles("1m").volume.at(-1) > 100;', []],
    ["return ticker.quoteVolume > 100;", []],
    ["const a = {trades: 1}; return a.trades > 0;", []],
    ['return (candles("1m").row(-1).trades ?? 0) > 1;', []],
    ['try { return candles("1m").trades.at(-1) > 1; } catch { return false; }', []],
  ] as [string, string[]][])("%s", (code, expected) => {
    expect(columns(code)).toEqual(expected);
    expect(faultsOf(code)).toEqual([]);
  });
});

describe("intervals and windows", () => {
  const longest = (code: string): [string, string, number][] =>
    [...study(code).longest].map(([interval, { expression, klinesWanted }]) => [interval, expression, klinesWanted]);

  test("the intervals that a filter names are found, the shortest first", () => {
    const found = study('const a = candles("1h"), b = timeframes["5m"];\nreturn a.length > b.length;');
    expect(found.reads).toEqual([
      { interval: "5m", place: { line: 1, column: 41 }, isNeeded: true },
      { interval: "1h", place: { line: 1, column: 19 }, isNeeded: true },
    ]);
    expect(found.mayReadOthers).toBe(false);
    for (const code of [
      "const n = symbol.length; return candles(n + 'm').length > 0;",
      "return Object.keys(timeframes).length > 1;",
      "const f = candles; return f('1h').length > 0;",
    ]) {
      expect(study(code).mayReadOthers).toBe(true);
    }
  });

  // By hand: an EMA keeps (n − 1) ÷ (n + 1) at each step, Wilder's smoothing (n − 1) ÷ n. ln 1e-6 = −13.8155.
  // ema(200): 13.8155 ÷ ln(201 ÷ 199) = 1381.5, so 1382 steps from the first kline on.
  // rsi(14): 13.8155 ÷ ln(14 ÷ 13) = 186.4, so 187 steps behind 15 klines of warm-up.
  test.each([
    ['return ema(candles("1h").close, 200).at(-1) > 1;', [["1h", "ema(1h.close,200)", 1_383]]],
    ['return rsi(candles("1h").close).at(-1) > 1;', [["1h", "rsi(1h.close,14)", 202]]],
    ['return sma(candles("1h").close, 600).at(-1) > 1;', [["1h", "sma(1h.close,600)", 600]]],
    [
      'const n = 2 * 100;\nconst {close} = candles("4h");\nreturn ema(close, 20).at(-1) > ema(close, n).at(-1);',
      [["4h", "ema(4h.close,200)", 1_383]],
    ],
    [
      'var n = 600, c = candles("1h"); const f = () => { var m = 50; return sma(c.close, m).at(-1); };\nreturn sma(c.close, n).at(-1) > f();',
      [["1h", "sma(1h.close,600)", 600]],
    ],
    ['return vwap(candles("5m")).at(-1) > 1;', [["5m", "vwap(5m)", 288]]],
    ['return getLatestRSI(timeframes["1h"], 50) > 1;', [["1h", "rsi(1h.close,50)", 735]]],
    ['const k = timeframes["1h"]; return helpers.calculateMA(k, 300) > 1;', [["1h", "sma(1h.close,300)", 300]]],
    ['return calculateVolumeMA(timeframes["1h"], 300) > 1;', [["1h", "sma(1h.volume,300)", 300]]],
    [
      'return helpers.getLatestBollingerBands(timeframes["1h"], 300, 2).upper > 1;',
      [["1h", "bollinger(1h.close,300,2).upper", 300]],
    ],
    ['return helpers.getLatestRSI(timeframes["1h"].slice(0, -1)) > 1;', []],
  ] as [string, [string, string, number][]][])("%s", (code, expected) => {
    expect(longest(code)).toEqual(expected);
    expect(study(code).mayLookFurther).toBe(false);
  });

  test("averages of averages look back further than each alone, and less far than both in a row", () => {
    const [[, , one = 0] = []] = longest('return ema(candles("1h").close, 50).at(-1) > 1;');
    const [[, , two = 0] = []] = longest('const c = candles("1h").close; return ema(ema(c, 50), 50).at(-1) > 1;');
    expect(one).toBe(347);
    expect(two).toBeGreaterThan(one);
    expect(two).toBeLessThan(2 * one);
  });

  test("helpers under another name count, too", () => {
    for (const code of [
      'const h = helpers; return h.getLatestRSI(timeframes["1h"], 50) < 30;',
      'const { getLatestRSI } = helpers; return getLatestRSI(timeframes["1h"], 50) < 30;',
      'const { getLatestRSI: strength } = helpers; return strength(timeframes["1h"], 50) < 30;',
      'const strength = helpers.getLatestRSI; return strength(timeframes["1h"], 50) < 30;',
    ]) {
      expect(longest(code)).toEqual([["1h", "rsi(1h.close,50)", 735]]);
    }
  });

  test("what only a run shows is left to the run", () => {
    for (const code of [
      'const n = symbol.length; return ema(candles("1h").close, n).at(-1) > 1;',
      'const at = (n) => ema(candles("1h").close, n).at(-1); return at(200) > 1;',
      "return ema(candles(symbol).close, 20).at(-1) > 1;",
      'const n = symbol.length; return helpers.calculateMA(timeframes["1h"], n) > 1;',
      'return helpers.calculateMA(timeframes["1h"].slice(0, -1), 300) > 1;',
      'return [300].map((n) => helpers["calculateMA"](timeframes["1h"], n))[0] > 1;',
      'const f = (tools) => tools.calculateMA(timeframes["1h"], 300); return f(helpers) > 1;',
      'if (closeTime > 5) { var p = 900; } else { var p = 10; } return sma(candles("1h").close, p).at(-1) > 1;',
      'var p = 10; if (closeTime > 5) { var p = 900; } return sma(candles("1h").close, p).at(-1) > 1;',
      'for (var i = 0; i < 2; i++) { var n = i * 300; } return sma(candles("1h").close, n).at(-1) > 1;',
      'if (closeTime > 5) var p = 900; return sma(candles("1h").close, p).at(-1) > 1;',
      'const f = ema; return f(candles("1h").close, 200).at(-1) > 1;',
    ]) {
      expect(study(code).mayLookFurther).toBe(true);
    }
  });
});
