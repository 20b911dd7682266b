/**
 * Attempts to get out of a filter, or to take more than its share. Each is the body of a filter that answers true, and so
 * is a match, only if it got what it was after. vm2's are the published ones, written for what a filter has in reach;
 * their names are those of the advisories (github.com/patriksimek/vm2/security, state of 2023-07).
 */
export const ESCAPES: readonly { readonly name: string; readonly code: string }[] = [
  // Words of the world outside.
  ...(
    "process require module exports global globalThis window self Bun Deno navigator fetch XMLHttpRequest WebSocket Worker " +
    "importScripts setTimeout setInterval setImmediate queueMicrotask performance crypto console structuredClone Buffer " +
    "WebAssembly SharedArrayBuffer Atomics Date Intl Promise Proxy Reflect eval Function BigInt WeakRef " +
    "FinalizationRegistry postMessage alert print std os scriptArgs gc host prelude $ runtime"
  )
    .split(" ")
    .map((name) => ({ name: `the word ${name}`, code: `return typeof ${name} !== "undefined";` })),
  // Code from text.
  { name: "constructor of a function", code: `return (() => {}).constructor("return this")() !== undefined;` },
  { name: "constructor twice", code: `return "".constructor.constructor("return 1")() === 1;` },
  { name: "constructor by computed name", code: `const c = "con" + "structor"; return [][c][c]("return 1")() === 1;` },
  { name: "constructor of a contract's function", code: `return candles.constructor("return 1")() === 1;` },
  { name: "constructor of a column", code: `return candles("1m").close.constructor.constructor("return 1")() === 1;` },
  { name: "constructor of the ticker", code: `return ticker.constructor.constructor("return 1")() === 1;` },
  { name: "constructor of a kline", code: `return timeframes["1m"][0].constructor.constructor("return 1")() === 1;` },
  {
    name: "constructor of a helper's answer",
    code: `return calculateRSI(timeframes["1m"]).constructor.constructor("return 1")() === 1;`,
  },
  { name: "constructor of a bound function", code: `return candles.bind(null).constructor("return 1")() === 1;` },
  {
    name: "constructor of an own error",
    code: `try { null.x; } catch (e) { return e.constructor.constructor("return 1")() === 1; } return false;`,
  },
  {
    name: "constructor of the host's error",
    code: `try { candles("9m"); } catch (e) { return e.constructor.constructor("return 1")() === 1; } return false;`,
  },
  { name: "constructor of a generator", code: `return (function* () {}).constructor("yield 1")().next().value === 1;` },
  {
    name: "constructor of an async function",
    code: `return typeof (async () => {}).constructor("return 1") === "function";`,
  },
  {
    name: "constructor of a getter",
    code: `return Object.getOwnPropertyDescriptor(Map.prototype, "size").get.constructor("return 1")() === 1;`,
  },
  { name: "constructor of a class", code: `class A {} return A.constructor("return 1")() === 1;` },
  {
    name: "constructor through a prototype",
    code: `return Object.getPrototypeOf(() => {}).constructor("return 1")() === 1;`,
  },
  {
    name: "constructor through entries",
    code: `return Object.getOwnPropertyNames(Object.getPrototypeOf(() => {})).map((n) => { try { return (() => {})[n]; } catch (e) { return 0; } }).some((f) => typeof f === "function" && f.name === "Function");`,
  },
  { name: "eval through its own name", code: `return (0, eval)("1") === 1;` },
  { name: "a regular expression's constructor", code: `return /a/.constructor.constructor("return 1")() === 1;` },
  { name: "import()", code: `import("node:fs"); return true;` },
  { name: "import.meta", code: `return import.meta !== undefined;` },
  { name: "new.target", code: `return new.target !== null;` },
  { name: "an import statement", code: `import fs from "node:fs"; return true;` },
  // Breaking out of the wrapping.
  { name: "closing the function", code: `return false; }); globalThis.got = 1; (function () { return true;` },
  { name: "closing the function with a comment", code: `return false; } /* ` },
  { name: "an HTML comment", code: `return false; <!-- \n } return true;` },
  { name: "a line separator in a string", code: `const a = "\u2028 } return true; {"; return a === "";` },
  { name: "a hashbang", code: `#!/bin/sh\nreturn true;` },
  { name: "with", code: `with (Math) { return true; }` },
  { name: "this", code: `return this !== undefined;` },
  { name: "this of a plain function", code: `return (function () { return this; })() !== undefined;` },
  { name: "this of a callback", code: `return [1].map(function () { return this; })[0] !== undefined;` },
  { name: "arguments.callee", code: `return typeof arguments.callee === "function";` },
  { name: "arguments of the outside", code: `return arguments.length > 0;` },
  { name: "caller", code: `return (function f() { return f.caller; })() !== null;` },
  { name: "a name without a declaration", code: `leaked = 1; return true;` },
  { name: "a name in unicode escapes", code: "return \\u0065val('1') === 1;" },
  { name: "a property in unicode escapes", code: "return [].\\u0063onstructor.constructor('return 1')() === 1;" },
  { name: "a name in other letters", code: `const ｅval = 1; const 𝒶 = 2; return ｅval + 𝒶 === 4;` },
  { name: "a name of the compiler's own", code: `const $before = 1; const u_x = 2; return $before + u_x === 4;` },
  { name: "the runtime's methods", code: `return $.run !== undefined;` },
  { name: "a tagged template", code: "return ((s) => s.raw.constructor.constructor('return 1')() === 1)`x`;" },
  {
    name: "a tagged template of the contract",
    code: "return candles`1m`.constructor.constructor('return 1')() === 1;",
  },
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the filter's template
  { name: "code in a template's text", code: "const a = '`); globalThis.got = 1; (`'; return `${a}` === '';" },
  {
    name: "code in an object's field",
    code: `const o = {"a); globalThis.got = 1; (": 1}; return Object.keys(o).length === 2;`,
  },
  // Prototypes.
  { name: "__proto__ literal", code: `const o = {__proto__: {got: 1}}; return o.got === 1;` },
  { name: "__proto__ literal in quotes", code: `const o = {"__proto__": {got: 1}}; return o.got === 1;` },
  { name: "__proto__ computed", code: `const o = {["__proto__"]: {got: 1}}; return o.got === 1;` },
  { name: "__proto__ assigned", code: `const o = {}; o.__proto__ = {got: 1}; return o.got === 1;` },
  { name: "__proto__ read", code: `return ({}).__proto__ !== undefined;` },
  { name: "polluting Object.prototype", code: `Object.prototype.got = 1; return ({}).got === 1;` },
  { name: "polluting Array.prototype", code: `Array.prototype.at = () => 1e9; return [1].at(0) === 1e9;` },
  {
    name: "polluting through a literal's prototype",
    code: `Object.getPrototypeOf([]).push = () => 1; return [].push(1, 2) === 1;`,
  },
  { name: "polluting String.prototype", code: `String.prototype.split = () => 5; return "a".split("") === 5;` },
  { name: "polluting with assign", code: `Object.assign(Object.prototype, {got: 1}); return ({}).got === 1;` },
  {
    name: "polluting with defineProperty",
    code: `Object.defineProperty(Object.prototype, "got", {value: 1}); return ({}).got === 1;`,
  },
  {
    name: "polluting with JSON",
    code: `const o = JSON.parse('{"__proto__": {"got": 1}}'); return o.got === 1 || ({}).got === 1;`,
  },
  { name: "setPrototypeOf", code: `const o = {}; Object.setPrototypeOf(o, {got: 1}); return o.got === 1;` },
  { name: "__defineGetter__", code: `const o = {}; o.__defineGetter__("got", () => 1); return o.got === 1;` },
  { name: "__lookupGetter__", code: `return typeof ({}).__lookupGetter__("__proto__") === "function";` },
  { name: "changing the contract", code: `helpers.calculateMA = () => 1e9; return helpers.calculateMA() === 1e9;` },
  { name: "changing the contract by name", code: `rsi = () => 1; return rsi() === 1;` },
  {
    name: "changing a column's class",
    code: `Object.getPrototypeOf(candles("1m").close).at = () => 1e9; return candles("1m").close.at(0) === 1e9;`,
  },
  { name: "changing JSON", code: `JSON.stringify = () => "true"; return true === JSON.stringify(1);` },
  { name: "changing Math", code: `Math.max = () => 1e9; return Math.max(1, 2) === 1e9;` },
  // Coercions.
  {
    name: "valueOf",
    code: `let got = 0; const o = {valueOf() { got = 1; return 1; }}; candles("1m").close.at(o); return typeof got.constructor.constructor === "function" && got === 2;`,
  },
  {
    name: "toString as an interval",
    code: `let n = 0; const o = {toString() { n += 1; return n === 1 ? "1m" : "9m"; }}; return candles(o).length === 0;`,
  },
  {
    name: "Symbol.toPrimitive as a period",
    code: `const o = {[Symbol.toPrimitive]: () => 14}; return rsi(candles("1m").close, o).length === 0;`,
  },
  { name: "toJSON of facts", code: `return {match: false, facts: {toJSON() { return {got: 1}; }}};` },
  { name: "a getter in the answer", code: `let n = 0; return {get match() { n += 1; return false; }, facts: {n}};` },
  { name: "facts without an end", code: `const f = {}; f.f = f; return {match: true, facts: f};` },
  { name: "facts too long", code: `return {match: true, facts: {text: "x".repeat(5000)}};` },
  { name: "facts that aren't an object", code: `return {match: true, facts: [1]};` },
  {
    name: "a toJSON that is called for the facts",
    code: `let got = 0; const facts = {toJSON() { got = 1; return "true"; }}; JSON.stringify(facts); return got === 1;`,
  },
  { name: "an answer that is a function", code: `return {match: undefined, facts: () => 1};` },
  {
    name: "Symbol.species",
    code: `class A extends Array { static get [Symbol.species]() { return function () { return candles; }; } } return new A(1, 2, 3).map((x) => x) === candles;`,
  },
  {
    name: "species of a contract's array",
    code: `const k = timeframes["1m"]; k.constructor = {[Symbol.species]: function () { return Math; }}; return k.map((x) => x) === Math && Math[0] !== undefined;`,
  },
  {
    name: "an iterator of one's own",
    code: `const it = {[Symbol.iterator]: () => ({next: () => ({done: false})})}; for (const x of it) if (x) return true; return false;`,
  },
  {
    name: "an iterator handed to spread",
    code: `const it = {[Symbol.iterator]: () => ({next: () => ({done: false})})}; return [...it].length > 0;`,
  },
  {
    name: "Symbol.hasInstance",
    code: `return 1 instanceof {[Symbol.hasInstance]: (x) => x.constructor.constructor("return 1")() === 1};`,
  },
  {
    name: "Symbol.unscopables",
    code: `Array.prototype[Symbol.unscopables].got = true; return [][Symbol.unscopables].got === true;`,
  },
  {
    name: "Error.prepareStackTrace",
    code: `Error.prepareStackTrace = (e, s) => s; return typeof new Error().stack !== "string" && new Error().stack[0].getThis() !== undefined;`,
  },
  { name: "Error.captureStackTrace", code: `const o = {}; Error.captureStackTrace(o); return o.stack !== undefined;` },
  {
    name: "an error's stack tells of the host",
    code: `try { null.x; } catch (e) { return /node_modules|file:|\\/src\\//.test(e.stack); } return false;`,
  },
  {
    name: "the host's error tells of the host",
    code: `try { candles("9m"); } catch (e) { return /node_modules|file:|\\/src\\//.test(e.stack + JSON.stringify(e)); } return false;`,
  },
  {
    name: "a private field from outside",
    code: `const o = candles("1m").close; return Object.getOwnPropertyNames(o).length + Object.getOwnPropertySymbols(o).length > 0;`,
  },
  { name: "a column of another's making", code: `const c = Object.create(candles("1m").close); return c.at(0) > 0;` },
  { name: "an argument that is told as another", code: `return rsi("c0") !== undefined;` },
  { name: "separators in an argument", code: `return rsi("n1\\u001fc0\\u001fkx") !== undefined;` },
  { name: "an interval with separators", code: `return candles("1m\\u001f5m").length >= 0;` },
  { name: "a number that isn't", code: `return sma(candles("1m").close, NaN).length >= 0;` },
  { name: "a period beyond all bounds", code: `return sma(candles("1m").close, 1e9).length >= 0;` },
  { name: "more values than an indicator takes", code: `return rsi(candles("1m").close, 14, 15, 16).length >= 0;` },
  // Time, chance and memory between runs.
  { name: "chance", code: `return typeof Math.random === "function";` },
  { name: "time by Date", code: `return new Date().getTime() > 0;` },
  { name: "a trace in a global", code: `if (Array.got) return true; Array.got = 1; return false;` },
  {
    name: "a trace in a function of the contract",
    code: `if (candles.got) return true; candles.got = 1; return false;`,
  },
  {
    name: "a trace in a template's object",
    code: "const t = ((s) => s)`x`; if (t.got) return true; t.got = 1; return false;",
  },
  { name: "a trace in the timeframes", code: `if (timeframes.got) return true; timeframes.got = 1; return false;` },
  {
    name: "a trace in a kline",
    code: `const k = timeframes["1m"][0]; if (k.got) return true; k.got = 1; return false;`,
  },
  {
    name: "a trace in a kline's price",
    code: `const k = timeframes["1m"][0]; if (k.close === -5) return true; k.close = -5; return candles("1m").close.at(0) === -5;`,
  },
  {
    name: "a trace in the klines' array",
    code: `const k = timeframes["1m"]; if (k.length > 250) return true; k.push(1); return candles("1m").length > 250;`,
  },
  { name: "a trace in the ticker", code: `if (ticker.got) return true; ticker.got = 1; return false;` },
  {
    name: "a trace in the regular expressions",
    code: `/(a)/.exec("a"); return RegExp.$1 === "a" || RegExp.lastMatch !== undefined;`,
  },
  {
    name: "a trace in a symbol",
    code: `const s = Symbol.for("got"); if (s.description.got) return true; return Object(s).got === 1;`,
  },
  { name: "a trace in a function's property", code: `if (Math.max.got) return true; Math.max.got = 1; return false;` },
  // More than its share.
  { name: "an endless loop", code: `while (true) {} return true;` },
  { name: "an endless loop in a condition", code: `for (;;) if (false) break; return true;` },
  {
    name: "an endless loop that catches",
    code: `for (;;) { try { for (;;) {} } catch (e) { continue; } } return true;`,
  },
  { name: "an endless loop in finally", code: `try { for (;;) {} } finally { for (;;) {} } return true;` },
  { name: "an endless loop of callbacks", code: `const a = [1]; a.forEach((x) => { for (;;) {} }); return true;` },
  {
    name: "an array that grows as it is gone through",
    code: `const a = [1]; for (const x of a) a.push(x); return true;`,
  },
  {
    name: "nested loops",
    code: `let n = 0; for (let i = 0; i < 1e5; i++) for (let j = 0; j < 1e5; j++) n += 1; return n > 0;`,
  },
  { name: "deep recursion", code: `const f = (n) => 1 + f(n + 1); return f(0) > 0;` },
  {
    name: "deep recursion that catches",
    code: `const f = () => { try { return f(); } catch (e) { return f(); } }; return f() > 0;`,
  },
  { name: "mutual recursion through sort", code: `const f = () => [2, 1].sort(() => f()); return f().length > 0;` },
  {
    name: "recursion through toString",
    code: `const o = {toString() { return "" + o; }}; return ("" + o).length > 0;`,
  },
  {
    name: "recursion through JSON",
    code: `const o = {toJSON() { return JSON.stringify(o); }}; return JSON.stringify(o).length > 100;`,
  },
  {
    name: "a chain of bound functions",
    code: `let f = () => 1; for (let i = 0; i < 1e5; i++) f = f.bind(null); return f() === 1;`,
  },
  {
    name: "nesting a thousand deep",
    code: `return ${"(".repeat(1_000)}1${")".repeat(1_000)} === 1 && ${"!".repeat(1_000)}false;`,
  },
  { name: "arrays a thousand deep", code: `return ${"[".repeat(1_000)}${"]".repeat(1_000)}.length > 0;` },
  { name: "code of a megabyte", code: `/*${"x".repeat(1_000_000)}*/ return true;` },
  { name: "a giant text by repeat", code: `return "x".repeat(2 ** 30).length > 0;` },
  { name: "a giant text by doubling", code: `let s = "x"; for (let i = 0; i < 40; i++) s += s; return s.length > 0;` },
  { name: "a giant text by padStart", code: `return "x".padStart(2 ** 29).length > 0;` },
  { name: "a giant text by join", code: `const a = []; a.length = 2 ** 26; return a.join("xxxxxxxx").length > 0;` },
  {
    name: "a giant text by templates",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the filter's template
    code: "let s = 'x'; for (let i = 0; i < 40; i++) s = `${s}${s}`; return s.length > 0;",
  },
  {
    name: "a giant text by replace",
    code: `let s = "x".repeat(4000); s = s.replaceAll("x", s); return s.replaceAll("x", s).length > 0;`,
  },
  { name: "a giant number as text", code: `return (1e300).toFixed(100).repeat(1e6).length > 1e9;` },
  {
    name: "a search of a text in itself",
    code: `const s = "a".repeat(3e6); return s.indexOf("a".repeat(15e5) + "b") > -2;`,
  },
  { name: "a giant array", code: `return new Array(2 ** 32 - 1).fill(0).length > 0;` },
  { name: "a giant array gone through", code: `const a = []; a.length = 2 ** 32 - 1; return !a.includes(1);` },
  { name: "a giant array reversed", code: `const a = [1]; a.length = 2 ** 32 - 1; return a.reverse().length > 0;` },
  { name: "a giant array sorted", code: `const a = [2, 1]; a.length = 2 ** 32 - 1; return a.sort().length > 0;` },
  { name: "a giant array-like", code: `return Array.prototype.indexOf.call({length: 2 ** 53 - 1}, 1) > -2;` },
  { name: "a giant array-like applied", code: `return Math.max.apply(null, {length: 2 ** 32}) !== 0;` },
  {
    name: "a giant array spread by concat",
    code: `return [].concat({length: 2 ** 53 - 1, [Symbol.isConcatSpreadable]: true}).length > 1;`,
  },
  { name: "a giant array by from", code: `return Array.from({length: 2 ** 40}).length > 0;` },
  {
    name: "a growing array in an iterator",
    code: `const a = []; const it = a.values(); a.length = 2 ** 32 - 1; return new Set(it).size > 0;`,
  },
  {
    name: "an iterator without an end, dropped",
    code: `const a = []; const it = a.values(); a.length = 2 ** 32 - 1; return it.drop(2 ** 31).next().done;`,
  },
  {
    name: "a set of sets without an end",
    code: `const a = []; const it = a.values(); a.length = 2 ** 32 - 1; return new Set([1]).union({size: 1, has: () => false, keys: () => it}).size > 0;`,
  },
  {
    name: "flattening what doubles",
    code: `let a = []; for (let i = 0; i < 60; i++) a = [a, a]; return a.flat(Infinity).length >= 0;`,
  },
  {
    name: "joining what doubles",
    code: `let a = []; for (let i = 0; i < 60; i++) a = [a, a]; return String(a).length > 0;`,
  },
  {
    name: "facts that double",
    code: `let a = []; for (let i = 0; i < 60; i++) a = [a, a]; return {match: true, facts: {a}};`,
  },
  { name: "memory by objects", code: `const a = []; for (;;) a.push({}); return true;` },
  { name: "memory by texts", code: `const a = []; for (let i = 0; ; i++) a.push("x".repeat(4000) + i); return true;` },
  { name: "memory by arrays", code: `const a = []; for (;;) a.push([${"1,".repeat(2_000)}]); return true;` },
  {
    name: "memory that is caught",
    code: `const a = []; for (;;) { try { for (;;) a.push([a]); } catch (e) { a.push(1); } } return true;`,
  },
  {
    name: "memory by columns",
    code: `const a = []; for (let i = 0; i < 1e6; i++) a.push(sma(candles("1m").close, 1 + (i % 200))); return true;`,
  },
  {
    name: "memory by own columns",
    code: `const a = []; for (let i = 0; i < 1e6; i++) a.push(sma([i, i, i], 1)); return true;`,
  },
  {
    name: "a million numbers into an indicator",
    code: `return sma(Array.from({length: 1e5}, (_, i) => i), 999).length > 0;`,
  },
  { name: "a regular expression without an end", code: `return !/^(a+)+$/.test("a".repeat(40) + "b");` },
  {
    name: "a regular expression of a giant count",
    code: `return new RegExp("(?:a{1,30000}){1,30000}b").test("a".repeat(500)) === false;`,
  },
  { name: "a big integer of a million digits", code: `return 10n ** 10000000n > 0n;` },
  { name: "a big integer by name", code: `return BigInt(10) > 0;` },
  {
    name: "a generator without an end",
    code: `function* g() { for (;;) yield 1; } for (const x of g()) if (!x) return true; return false;`,
  },
  { name: "waiting", code: `await 1; return true;` },
  { name: "an async function", code: `(async () => { for (;;) await 1; })(); return true;` },
  { name: "a getter that is called for ever", code: `const o = {get x() { return this.x; }}; return o.x > 0;` },
  {
    name: "a comparison of what doubles",
    code: `let a = [1]; for (let i = 0; i < 40; i++) a = [a, a]; return a > 5 || a < 5 || true === a;`,
  },
  // vm2's.
  { name: "vm2 issue 32", code: `return this.constructor.constructor("return process")() !== undefined;` },
  {
    name: "vm2 CVE-2019-10761",
    code: `const f = () => f(); try { f(); } catch (e) { return e.constructor.constructor("return process")() !== undefined; } return false;`,
  },
  {
    name: "vm2 CVE-2021-23449",
    code: `let r = import("./" + "x.js"); r.toString = 1; return r.constructor.constructor("return process")() !== undefined;`,
  },
  {
    name: "vm2 CVE-2021-23555",
    code: `Error.prepareStackTrace = (e, frames) => frames[0].getThis().process; return new Error().stack !== undefined && typeof new Error().stack !== "string";`,
  },
  {
    name: "vm2 CVE-2022-25893",
    code: `const w = new WeakMap(); WeakMap.prototype.set = (v) => v; return w.constructor.constructor("return process")() !== undefined;`,
  },
  {
    name: "vm2 CVE-2022-36067 (SandBreak)",
    code: `globalThis.OldError = globalThis.Error; globalThis.Error = {}; globalThis.Error.prepareStackTrace = (e, t) => t[0].getThis(); const { stack } = new globalThis.OldError(); return typeof stack !== "string";`,
  },
  {
    name: "vm2 CVE-2023-29017",
    code: `Error.prepareStackTrace = (e, frames) => frames.constructor.constructor("return process")(); (async () => {}).constructor("return process")(); return true;`,
  },
  {
    name: "vm2 CVE-2023-29199",
    code: `const aVM2 = {toString() { throw 1; }}; try { aVM2.x.y; } catch (e) { const p = e.constructor.constructor("return process")(); return p !== undefined; } return false;`,
  },
  {
    name: "vm2 CVE-2023-30547",
    code: `const err = {}; const p = new Proxy(err, {getPrototypeOf(t) { (function stack() { new Error().stack; stack(); })(); }}); try { throw p; } catch ({constructor: c}) { return c.constructor("return process")() !== undefined; } return false;`,
  },
  {
    name: "vm2 CVE-2023-32313",
    code: `const o = {[Symbol.for("nodejs.util.inspect.custom")]: (d, o, i) => i.constructor("return process")()}; console.log(o); return true;`,
  },
  {
    name: "vm2 CVE-2023-32314",
    code: `const err = new Error(); err.name = {toString: new Proxy(() => "", {apply(t, th, args) { return args.constructor.constructor("return process")(); }})}; try { err.stack; } catch (stdout) { return stdout !== undefined; } return false;`,
  },
  {
    name: "vm2 CVE-2023-37466",
    code: `async function fn() { (function stack() { new Error().stack; stack(); })(); } const p = fn(); p.constructor = {[Symbol.species]: class { constructor(x) { x((x) => x, (e) => e.constructor.constructor("return process")()); } }}; p.then(); return true;`,
  },
  {
    name: "vm2 CVE-2023-37903",
    code: `const s = Symbol.for("nodejs.util.inspect.custom"); const o = {[s]: (depth, opt, inspect) => { inspect.constructor("return process")(); }, valueOf: undefined, constructor: undefined}; WebAssembly.compileStreaming(o).catch(() => {}); return true;`,
  },
];
