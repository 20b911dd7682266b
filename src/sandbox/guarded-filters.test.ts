import { beforeAll, describe, expect, test } from "bun:test";
import { viewOfArrays } from "../../tests/helpers/arrays-view.ts";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import { type Kline, parseSymbol, type Ticker } from "../core/mod.ts";
import { Screening } from "../strategy/mod.ts";
import { createSandbox, type Sandbox } from "./mod.ts";

const ALL = minuteKlines(Date.UTC(2026, 1, 10), 600, 3, () => false);
const CLOSE_TIME = (ALL.at(-1) as Kline).closeTime;
const TICKER: Ticker = {
  symbol: parseSymbol("BTCUSDT"),
  price: 3,
  open: 2,
  high: 4,
  low: 1,
  volume: 5,
  quoteVolume: 15,
  priceChange: 1,
  priceChangePercent: 50,
  updatedAt: CLOSE_TIME,
  windowMs: 3_600_000,
};
const stopwatch = (): number => 0;

let runners: readonly Sandbox[];
beforeAll(async () => {
  runners = [await createSandbox({ stopwatch }), await createSandbox({ stopwatch, only: "quickjs" })];
});

/** Whether a filter that reads 1m matches, in both engines; what failed, where it did. */
function answersOf(code: string): unknown[] {
  const { symbol } = TICKER;
  const view = viewOfArrays([{ symbol, interval: "1m", settled: true, klines: ALL }], [TICKER], 600);
  return runners.map((runner) => {
    const screening = new Screening({ view, runner, stopwatch });
    const { matches, errors } = screening.screen({ code, timeframes: ["1m"], closeTime: CLOSE_TIME });
    return errors[0]?.message ?? matches.length === 1;
  });
}

describe("a filter that checks whether a value is there is not refused, and runs", () => {
  test.each([
    'const c = candles("1m"); if (!c || !c.close || c.close.length < 50) return false; return c.close.at(-1) > 0;',
    'const m = macd(candles("1m").close); if (!m || !m.histogram) return false; return m.histogram.length > 0;',
    'const m = macd(candles("1m").close); if (m.macd && m.signal) { return m.macd.length === m.signal.length; } return false;',
    'const m = macd(candles("1m").close); return m.histogram && m.histogram.length > 0;',
    'const c = candles("1m"); const e = ema(c.close, 20), r = rsi(c.close, 14); if (e && r) { return e.at(-1) > 0 && r.at(-1) < 101; } return false;',
    'const c = candles("1m"); const e = ema(c.close, 20), r = rsi(c.close, 14); return e && r && e.at(-1) > 0;',
    'const e = ema(candles("1m").close, 20); const v = e ? e.at(-1) : null; return v !== null && v > 0;',
    'const e = ema(candles("1m").close, 20) || []; return e.length > 3 && e.at(-1) > 0;',
    'const c = candles("1m"); const ok = c.close && c.close.length > 20; return ok;',
    'const e = ema(candles("1m").close, 5); let v = 0; if (e) v = 1; return v === 1;',
    'const e = ema(candles("1m").close, 5); const has = e ? true : false; return has;',
    'if (!ema(candles("1m").close, 5)) return false; return true;',
    'const c = candles("1m").close; if (crossOver(c, 1) && crossOver(c, 1).length > 1) return true; return false;',
    'const up = crossOver(candles("1m").close, 1); if (!up || up.length < 2) return false; return true;',
  ])("a column: %s", (code) => {
    expect(answersOf(code)).toEqual([true, true]);
  });

  test.each([
    'return typeof f === "function" ? f() : true;',
    'if (typeof console !== "undefined") console.log(1); return true;',
    'return typeof console !== "undefined" ? false : typeof BigInt !== "function" || BigInt(3) > 2;',
    "try { return foo > 1 } catch { return true }",
    "const f = () => foo > 1; try { return f(); } catch { return true }",
    'try { return candles("15min").length > 1 } catch { return true }',
  ])("a name: %s", (code) => {
    expect(answersOf(code)).toEqual([true, true]);
  });

  test.each([
    'const k = candles("1m").row(-1); const v = k.vol ?? k.volume; return v > 0;',
    'const k = candles("1m").row(-1); const { vol, volume, other = 3 } = k; return (vol ?? volume) > 0 && other === 3;',
    "const p = ticker ? (ticker.last ?? ticker.price) : 0; return p === 3;",
    "const p = ticker ? (ticker.last || ticker.price) : 0; return p === 3;",
    "return ticker !== null && (ticker.windowMs ?? 86400000) > 1;",
    "return ticker !== null && ticker.windowMs === 3600000;",
    "return (helpers.foo?.(1) ?? 0) === 0;",
    'const h = helpers; return typeof h.calculateEMA === "undefined";',
    'return (timeframes["4h"] || []).length === 0;',
    'return (timeframes["4h"] ?? []).length === 0;',
    'return (timeframes["15x"]?.length ?? 0) === 0;',
    'const { "4h": rows } = timeframes; return rows ? false : true;',
    'return "4h" in timeframes ? timeframes["4h"].length > 1 : true;',
    "const f = helpers.calculateEMA; if (f) return f(1) > 1; return true;",
    'const c = candles("1m").close; const first = Array.isArray(c) ? c[0] : c.at(0); return first > 0;',
    'const rows = timeframes["4h"]; if (!rows || rows.length < 2) return true; return false;',
  ])("a member: %s", (code) => {
    expect(answersOf(code)).toEqual([true, true]);
  });

  test.each([
    "return (c.at ? c.at(-1) : c[c.length - 1]) > 5;",
    'return (typeof c.at === "function" ? c.at(-1) : c[c.length - 1]) > 5;',
    'return (typeof c.at !== "function" ? c[c.length - 1] : c.at(-1)) > 5;',
    "return (c.at != null ? c.at(-1) : c[c.length - 1]) > 5;",
    'return ("at" in c ? c.at(-1) : c[c.length - 1]) > 5;',
    "return (c?.at ? c?.at(-1) : c[c.length - 1]) > 5;",
    "return (c.at?.(-1) ?? c[c.length - 1]) > 5;",
    "return c?.at?.(-1) > 5;",
    'return c?.["at"]?.(-1) > 5;',
    "let last; if (c.at) last = c.at(-1); else last = c[c.length - 1]; return last > 5;",
    "if (c.at) { return c.at(-1) > 5; } return c[c.length - 1] > 5;",
    'const has = typeof c.at === "function"; return (has ? c.at(-1) : c[c.length - 1]) > 5;',
    "return (c.slice ? c.slice(-1)[0] : c[c.length - 1]) > 5;",
    "return (rsi(c).at ? rsi(c).at(-1) : rsi(c)[rsi(c).length - 1]) > 0;",
    "const m = macd(c); return (m.macd.at ? m.macd.at(-1) : m.macd[m.macd.length - 1]) !== 0;",
    'const k = candles("1m"); return (k.row ? k.row(-1) : k[k.length - 1]).close > 5;',
    "return (c instanceof Array ? c[c.length - 1] : c.at(-1)) > 5;",
    "if (Array.isArray(c)) { for (const price of c) if (price > 5) return true; } return c.at(-1) > 5;",
    'return typeof c === "number" ? c > 5 : c.at(-1) > 5;',
  ])("a method, or which kind of value it is: %s", (code) => {
    expect(answersOf(`const c = candles("1m").close; ${code}`)).toEqual([true, true]);
  });

  test.each([
    'const c = candles("1m"); const fast = ema(c.close, 5), slow = ema(c.close, 9); return fast !== slow && fast.at(-1) > 0;',
    'const c = candles("1m"); const src = c.length > 5 ? c.close : c.open; return src === c.close;',
  ])("two columns that may be the same: %s", (code) => {
    expect(answersOf(code)).toEqual([true, true]);
  });
});
