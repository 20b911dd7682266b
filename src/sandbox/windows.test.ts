import { beforeAll, describe, expect, test } from "bun:test";
import { viewOfArrays } from "../../tests/helpers/arrays-view.ts";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import { closeTimeOf, InvalidInput, type Kline, parseSymbol, type UnixMs } from "../core/mod.ts";
import {
  FilterCodeFault,
  INDICATORS,
  type MarketView,
  preview,
  Screening,
  type ScreenRequest,
} from "../strategy/mod.ts";
import { createSandbox, type Sandbox } from "./mod.ts";

const START = Date.UTC(2026, 1, 10);
const SYMBOL = parseSymbol("BTCUSDT");
const ALL = minuteKlines(START, 3_000, 3, () => false);
const CLOSE_TIME = (ALL.at(-1) as Kline).closeTime;
const stopwatch = (): number => 0;

let compiled: Sandbox;
let quickjs: Sandbox;
beforeAll(async () => {
  compiled = await createSandbox({ stopwatch });
  quickjs = await createSandbox({ stopwatch, only: "quickjs" });
});

/** Hours that end with the last minute, at the prices of the last minutes. */
const HOURS: readonly Kline[] = ALL.slice(-400).map((kline, at) => {
  const openTime = (CLOSE_TIME + 1 - (400 - at) * 3_600_000) as UnixMs;
  return { ...kline, openTime, closeTime: closeTimeOf("1h", openTime) };
});

/** A market that keeps so many klines. */
function marketOf(capacity: number, klines: readonly Kline[] = ALL): MarketView {
  const kept = klines.slice(-capacity);
  const full = klines.length >= capacity;
  return viewOfArrays([{ symbol: SYMBOL, interval: "1m", settled: true, klines: kept, full }], [], capacity);
}

function factsOf(view: MarketView, code: string, request: Partial<ScreenRequest> = {}): unknown[] {
  return [compiled, quickjs].map((runner) => {
    const screening = new Screening({ view, runner, stopwatch });
    const { matches, skipped, errors } = screening.screen({ code, closeTime: CLOSE_TIME, ...request });
    return matches[0]?.facts ?? skipped[0]?.reason ?? errors[0]?.message;
  });
}

const lengthWith = (expression: string): string =>
  `const c = candles("1m"); return {match: true, facts: {seen: c.length, value: ${expression}}};`;

/** An indicator over all that there is. */
function overAll(name: string, ...parameters: number[]): number {
  const indicator = INDICATORS.find((one) => one.name === name);
  const close = Float64Array.from(ALL, (kline) => kline.close);
  if (indicator?.reads !== "column") throw new Error(name);
  return indicator.compute(close, ...parameters)[0]?.at(-1) as number;
}

describe("how much a filter sees", () => {
  test("is 250 klines, or what its longest indicator needs, up to four fifths of what is kept", () => {
    const seen = (capacity: number, expression: string): unknown[] =>
      factsOf(marketOf(capacity), lengthWith(expression)).map((facts) => (facts as { seen: number }).seen);
    expect(seen(2_000, "rsi(c.close, 14).at(-1)")).toEqual([250, 250]);
    expect(seen(2_000, "ema(c.close, 50).at(-1)")).toEqual([350, 350]);
    expect(seen(2_000, "ema(c.close, 200).at(-1)")).toEqual([1_400, 1_400]);
    expect(seen(2_000, "sma(c.close, 600).at(-1)")).toEqual([700, 700]);
    expect(seen(500, "ema(c.close, 200).at(-1)")).toEqual([400, 400]);
    expect(seen(300, "ema(c.close, 200).at(-1)")).toEqual([250, 250]);
    expect(seen(100, "ema(c.close, 50).at(-1)")).toEqual([100, 100]);
  });

  test("so a slow average is what all history gives", () => {
    const truth = overAll("ema", 200);
    for (const facts of factsOf(marketOf(2_000), lengthWith("ema(c.close, 200).at(-1)"))) {
      expect(Math.abs((facts as { value: number }).value - truth) / truth).toBeLessThan(1e-6);
    }
    const [short] = factsOf(marketOf(300), lengthWith("ema(c.close, 200).at(-1)")) as { value: number }[];
    expect(Math.abs((short?.value as number) - truth) / truth).toBeGreaterThan(1e-6);
  });

  test("periods that only a run shows are noticed, and the filter is run anew with a longer window", () => {
    const code = `const periods = [20, 50, 200];
      const c = candles("1m");
      const values = periods.map((n) => ema(c.close, n).at(-1));
      return {match: true, facts: {seen: c.length, value: values[2]}};`;
    const truth = overAll("ema", 200);
    for (const facts of factsOf(marketOf(2_000), code) as { seen: number; value: number }[]) {
      expect(facts.seen).toBe(1_400);
      expect(Math.abs(facts.value - truth) / truth).toBeLessThan(1e-6);
    }
    // Also where it has no value at all in the first window.
    const late = `const n = 2 * symbol.length * 20; const c = candles("1m");
      return {match: true, facts: {seen: c.length, value: sma(c.close, n).at(-1)}};`;
    const branches = `if (closeTime > 5) { var p = 300; } else { var p = 10; }
      const c = candles("1m");
      return {match: true, facts: {seen: c.length, value: sma(c.close, p).at(-1)}};`;
    expect(factsOf(marketOf(2_000), branches)).toEqual(
      Array(2).fill({ seen: 350, value: expect.closeTo(overAll("sma", 300), 9) }),
    );
    expect(factsOf(marketOf(2_000), late)).toEqual(
      Array(2).fill({ seen: 350, value: expect.closeTo(overAll("sma", 280), 9) }),
    );
  });

  test("columns of windows that differ in length are compared from the newest value backwards", () => {
    const series = [
      { symbol: SYMBOL, interval: "1m", settled: true, klines: ALL },
      { symbol: SYMBOL, interval: "1h", settled: true, klines: HOURS },
    ] as const;
    const view = viewOfArrays(series, [], 2_000);
    // ema(50) sees 350 klines, ema(10) 250.
    const code = `const slow = ema(candles("1m").close, 50), fast = ema(candles("1h").close, 10);
      const over = crossOver(slow, fast), under = crossUnder(fast, slow), own = crossOver(slow.slice(), fast);
      const lengths = [slow.length, fast.length, over.length, under.length, own.length];
      const values = over.slice();
      return {match: true, facts: {lengths, values, same: own.slice().every((x, at) => x === values[at] || at === 0)}};`;
    const ema = INDICATORS.find(({ name }) => name === "ema");
    if (ema?.reads !== "column") throw new Error("ema");
    const averageOf = (klines: readonly Kline[], period: number): Float64Array =>
      ema.compute(
        Float64Array.from(klines, ({ close }) => close),
        period,
      )[0] as Float64Array;
    const slow = averageOf(ALL.slice(-350), 50).slice(-250);
    const fast = averageOf(HOURS.slice(-250), 10);
    const crossed = Array.from(slow, (value, at) =>
      Number((slow[at - 1] as number) <= (fast[at - 1] as number) && value > (fast[at] as number)),
    );
    for (const facts of factsOf(view, code) as { lengths: number[]; values: (number | null)[] }[]) {
      expect(facts.lengths).toEqual([350, 250, 250, 250, 250]);
      expect(facts.values.slice(12)).toEqual(crossed.slice(12));
      expect(crossed.slice(12)).toContain(1);
    }
  });

  test("helpers get as many klines as the indicators that they call", () => {
    const value = expect.closeTo(overAll("sma", 300), 9);
    const strength = expect.closeTo(overAll("rsi", 100), 4);
    for (const [expression, seen, expected] of [
      ['helpers.calculateMA(timeframes["1m"], 300)', 350, value],
      ['helpers.getLatestBollingerBands(timeframes["1m"], 300).middle', 350, value],
      ['((h) => h.calculateMA(timeframes["1m"], 300))(helpers)', 350, value],
      ['helpers.calculateMA(timeframes["1m"], symbol.length + 293)', 350, value],
      ['helpers.calculateMA(timeframes["1m"].map((k) => k.close), symbol.length + 293)', 350, value],
      ['helpers.calculateMA(timeframes["1m"].slice(0, -60), 300) > 0', 500, true],
      ['helpers.getLatestRSI(timeframes["1m"], 100)', 1_600, strength],
      ['((h) => h.getLatestRSI(timeframes["1m"], 100))(helpers)', 1_600, strength],
      ['helpers.calculateMA(timeframes["1m"].slice(-20), symbol.length + 11) > 0', 250, true],
    ] as const) {
      expect([expression, ...factsOf(marketOf(2_000), lengthWith(expression))]).toEqual([
        expression,
        ...Array(2).fill({ seen, value: expected }),
      ]);
    }
  });

  test("what one symbol's run asked for changes nothing at the next one", () => {
    const other = parseSymbol("ETHUSDT");
    const series = [SYMBOL, other].map((symbol) => ({ symbol, interval: "1m", settled: true, klines: ALL }) as const);
    const view = viewOfArrays(series, [], 2_000);
    const code = `const n = symbol === "BTCUSDT" ? 200 : 20; const c = candles("1m");
      return {match: ema(c.close, n).at(-1) > 0, facts: {seen: c.length}};`;
    for (const runner of [compiled, quickjs]) {
      const screening = new Screening({ view, runner, stopwatch });
      for (let turn = 0; turn < 2; turn += 1) {
        const { matches } = screening.screen({ code, closeTime: CLOSE_TIME, symbols: [other, SYMBOL, other] });
        expect(matches.map(({ facts }) => facts?.seen)).toEqual([250, 1_400, 250]);
      }
    }
  });

  test("where too little is kept, the answer says how far off an indicator may be", () => {
    const code = 'return ema(candles("1m").close, 200).at(-1) > 0;';
    const screening = new Screening({ view: marketOf(500), runner: compiled, stopwatch });
    // (199 ÷ 201)^399 = e^(−3.99) = 0.0185.
    const note =
      "ema(1m.close,200) needs 1,383 closed klines of 1m; this server keeps 500, and a filter sees 400: it may be off by 1.8 % of how far its input moved before (the bound is 0.0001 %)";
    expect(screening.screen({ code, closeTime: CLOSE_TIME }).notes).toEqual([note]);
    expect(preview(screening, { code, closeTime: CLOSE_TIME, closes: 5 }).notes).toEqual([note]);
    const wide = new Screening({ view: marketOf(2_000), runner: compiled, stopwatch });
    expect(wide.screen({ code, closeTime: CLOSE_TIME }).notes).toEqual([]);
    const long = 'return sma(candles("1m").close, 450).at(-1) > 0;';
    expect(screening.screen({ code: long, closeTime: CLOSE_TIME })).toMatchObject({
      notes: [
        "sma(1m.close,450) needs 450 closed klines of 1m; this server keeps 500, and a filter sees 400: it has no value",
      ],
      skipped: [{ reason: "sma(1m.close,450) wants 450 closed klines of 1m, there are 400" }],
    });
  });

  test("the VWAP of the session has a value only where the session's first kline is seen", () => {
    const code = lengthWith("vwap(c).at(-1)");
    // 3,000 minutes from midnight are two days and two hours.
    const [whole] = factsOf(marketOf(2_000), code) as { seen: number; value: number }[];
    const day = ALL.slice(2_880);
    const volume = day.reduce((sum, kline) => sum + kline.volume, 0);
    const money = day.reduce((sum, { high, low, close, volume }) => sum + ((high + low + close) / 3) * volume, 0);
    expect(whole?.seen).toBe(1_600);
    expect(whole?.value).toBeCloseTo(money / volume, 9);
    const noon = ALL.slice(0, 1_440 + 720);
    const at = { closeTime: (noon.at(-1) as Kline).closeTime };
    expect(factsOf(marketOf(500, noon), code, at)).toEqual(
      Array(2).fill("vwap(1m) wants 1440 closed klines of 1m, there are 400"),
    );
    // A symbol that was listed within the session has no older ones.
    const listed = ALL.slice(1_440 + 500, 1_440 + 720);
    expect(factsOf(marketOf(500, listed), code, at)).toEqual(Array(2).fill({ seen: 220, value: expect.any(Number) }));
  });
});

describe("the intervals of a request", () => {
  const screen = (request: Partial<ScreenRequest> & { code: string }): unknown => {
    const view = marketOf(500);
    return new Screening({ view, runner: compiled, stopwatch }).screen({ closeTime: CLOSE_TIME, ...request });
  };

  test("are those that the code names, unless they are declared", () => {
    const code = 'return candles("1m").length > 0;';
    expect(screen({ code })).toMatchObject({ interval: "1m", checked: 1 });
    expect(screen({ code, timeframes: [] })).toMatchObject({ interval: "1m", checked: 1 });
    expect(screen({ code: "return symbol !== '';", interval: "1m" })).toMatchObject({ interval: "1m", checked: 1 });
    expect(() => screen({ code: "return symbol !== '';" })).toThrow("timeframes is empty");
    expect(() => screen({ code: "return candles(symbol).length > 0;" })).toThrow(InvalidInput);
    expect(() => screen({ code: "return candles(symbol).length > 0;" })).toThrow("timeframes is missing");
  });

  test("one that is read and wasn't declared is a mistake at its place", () => {
    const code = 'const a = 1;\nreturn candles("15m").length > a;';
    expect(() => screen({ code, timeframes: ["1m"] })).toThrow(
      new FilterCodeFault(
        '"15m" is not among the filter\'s timeframes: the timeframes that were declared are 1m; add 15m, or declare none',
        { line: 2, column: 16 },
      ),
    );
  });

  test("a filter that is certain to be a mistake isn't run at any door", () => {
    const code = 'return rsi(candles("1m").close) < 30;';
    const message = "line 1, column 8: rsi";
    expect(() => screen({ code })).toThrow(message);
    const screening = new Screening({ view: marketOf(500), runner: compiled, stopwatch });
    expect(() => preview(screening, { code, closeTime: CLOSE_TIME, closes: 3 })).toThrow(message);
  });
});

describe("a preview", () => {
  const fast = 'const c = candles("1m"); return {match: true, facts: {seen: c.length}};';

  test("checks as many closes as it says, and says why others are missing", () => {
    const screening = new Screening({ view: marketOf(500), runner: compiled, stopwatch });
    const all = preview(screening, { code: fast, closeTime: CLOSE_TIME, closes: 500 });
    // 500 klines hold 250 and 250 before the newest one.
    expect(all).toMatchObject({ finished: false, exact: true });
    expect(all.closes).toHaveLength(251);
    expect(all.closes.map(({ matches }) => matches[0]?.facts?.seen)).toEqual(Array(251).fill(250));
    expect(all.notes).toEqual([
      "251 of 500 closes were checked, the newest: older klines that a live run saw are not kept",
    ]);
    const wide = new Screening({ view: marketOf(800), runner: compiled, stopwatch });
    const whole = preview(wide, { code: fast, closeTime: CLOSE_TIME, closes: 500 });
    expect(whole).toMatchObject({ finished: true, exact: true, notes: [] });
    expect(whole.closes.map(({ checked }) => checked)).toEqual(Array(500).fill(1));
  });

  test("of a slow filter shows the newest closes as a live run saw them, and says that the others are not exact", () => {
    const code = 'const c = candles("1m"); return {match: ema(c.close, 60).at(-1) > 0, facts: {seen: c.length}};';
    const screening = new Screening({ view: marketOf(500), runner: compiled, stopwatch });
    const near = preview(screening, { code, closeTime: CLOSE_TIME, closes: 100 });
    expect(near).toMatchObject({ finished: true, exact: true });
    const far = preview(screening, { code, closeTime: CLOSE_TIME, closes: 120 });
    expect(far).toMatchObject({ finished: true, exact: false });
    expect(far.notes.at(-1)).toBe(
      "at the oldest 19 closes some symbols were skipped or seen with fewer klines than live, as older ones are not kept",
    );
    expect(far.closes.slice(0, 2).map(({ matches }) => matches[0]?.facts?.seen)).toEqual([381, 382]);
  });

  test("leaves out what a trader's cooldown would have", () => {
    const code = 'return candles("1m").close.at(-1) > sma(candles("1m").close, 20).at(-1);';
    const screening = new Screening({ view: marketOf(500), runner: compiled, stopwatch });
    const timesOf = (cooldownCandles?: number): [times: UnixMs[], cooling: number] => {
      const { closes } = preview(screening, { code, closeTime: CLOSE_TIME, closes: 120, cooldownCandles });
      const times = closes.flatMap(({ closeTime, matches }) => matches.map(() => closeTime));
      return [times, closes.reduce((sum, close) => sum + close.cooling, 0)];
    };
    const [all, none] = timesOf();
    expect(none).toBe(0);
    expect(timesOf(0)).toEqual([all, 0]);
    for (const cooldown of [1, 5, 30]) {
      // The database's rule: no signal in the `cooldown` candles before.
      const expected: number[] = [];
      for (const time of all) {
        if (time - (expected.at(-1) ?? 0) > cooldown * 60_000) expected.push(time);
      }
      const [times, cooling] = timesOf(cooldown);
      expect(times as number[]).toEqual(expected);
      expect(cooling).toBe(all.length - expected.length);
    }
  });
});
