import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Interval, UnixMs } from "../../src/core/mod.ts";
import { createSandbox } from "../../src/sandbox/mod.ts";
import { faultsOf, Screening } from "../../src/strategy/mod.ts";
import { fulfils, independentValue, madeUpMarket } from "../../tests/helpers/made-up-screens.ts";
import { COLUMNS } from "./columns.ts";
import { type Condition, comparableWith, conditionFault, type Operator, operatorsOf } from "./conditions.ts";
import { screenCode } from "./screen-code.ts";
import type { ScreenColumn } from "./screen-column.ts";

const stopwatch = (): number => 0;
const runner = await createSandbox({ stopwatch });
const market = madeUpMarket((Date.UTC(2026, 1, 20, 13, 45) - 1) as UnixMs, 40, 11);
const screening = new Screening({ view: market.view, runner, stopwatch });

/** A condition that some symbols fulfil and others don't: its numbers are between the values that there are. */
function condition(chosen: Interval): fc.Arbitrary<Condition> {
  return fc
    .constantFrom(...COLUMNS)
    .chain((column) => fc.tuple(fc.constant(column), fc.constantFrom(...operatorsOf(column))))
    .chain(([column, operator]) =>
      operand(column, operator, chosen).map((rest) => ({ column: column.key, operator, ...rest })),
    );
}

function operand(column: ScreenColumn, operator: Operator, chosen: Interval): fc.Arbitrary<Pick<Condition, "operand">> {
  if (operator === "is" || operator === "isNot") return fc.constant({});
  const values = market.symbols
    .map((symbol) => Number(independentValue(market, symbol, column.key, chosen)))
    .filter((value) => !Number.isNaN(value))
    .toSorted((a, b) => a - b);
  const number = fc
    .tuple(fc.nat(Math.max(0, values.length - 2)), fc.double({ min: 0.2, max: 0.8, noNaN: true }))
    .map(([at, share]) => (values[at] ?? 0) + share * ((values[at + 1] ?? 1) - (values[at] ?? 0)));
  if (operator === "between") {
    return fc.tuple(number, number).map(([a, b]) => ({ operand: [Math.min(a, b), Math.max(a, b)] as const }));
  }
  const others = comparableWith(column, operator, COLUMNS);
  return others.length === 0
    ? number.map((value) => ({ operand: value }))
    : fc.oneof(
        number.map((value) => ({ operand: value })),
        fc.constantFrom(...others).map(({ key }) => ({ operand: { column: key } })),
      );
}

describe("conditions that were clicked", () => {
  test("become code that is valid, is compiled, and matches the symbols that an independent evaluation finds", () => {
    let [some, crossings] = [0, 0];
    const screens = fc.constantFrom<Interval>("5m", "1h", "1d").chain((interval) =>
      fc.record({
        name: fc.string(),
        interval: fc.constant(interval),
        isAll: fc.boolean(),
        conditions: fc.array(condition(interval), { maxLength: 4 }),
        columns: fc.subarray(COLUMNS.map(({ key }) => key)),
      }),
    );
    fc.assert(
      fc.property(screens, (screen) => {
        const { interval: chosen, isAll, conditions } = screen;
        for (const one of conditions) expect(conditionFault(one)).toBeUndefined();
        const { code, timeframes } = screenCode(screen, market.served);
        const filter = runner.prepare(code);
        expect({ code, engine: filter.engine, faults: faultsOf(filter.study, undefined, ["binance"]) }).toEqual({
          ...{ code, engine: "compiled", faults: [] },
        });
        filter.close();
        const result = screening.screen({ code, timeframes, interval: "1m", closeTime: market.closeTime });
        const holds = (symbol: (typeof market.symbols)[number]) => (one: Condition) =>
          fulfils(market, symbol, chosen, one);
        const expected = market.symbols.filter((symbol) =>
          conditions.length === 0 || isAll ? conditions.every(holds(symbol)) : conditions.some(holds(symbol)),
        );
        expect({ code, errors: result.errors, found: result.matches.map(({ symbol }) => symbol) }).toEqual({
          ...{ code, errors: [], found: expected },
        });
        if (expected.length > 0 && expected.length < market.symbols.length) some += 1;
        if (expected.length > 0 && conditions.some(({ operator }) => operator.startsWith("crosses"))) crossings += 1;
      }),
      { numRuns: 250, seed: 15 },
    );
    // The sets say something: many match some symbols and not others.
    expect(some).toBeGreaterThan(80);
    expect(crossings).toBeGreaterThan(5);
  });

  test("are written as a person would", () => {
    const { code } = screenCode(
      {
        ...{ name: "Dips\nwith volume", interval: "1h", isAll: true, columns: ["change24h"] },
        conditions: [
          { column: "rsi14", operator: "crossesBelow", operand: 30 },
          { column: "change1h", operator: "between", operand: [-5, -1] },
          { column: "newLow20", operator: "is" },
        ],
      },
      ["1m", "1h"],
    );
    expect(code).toBe(`// Dips with volume
const m1 = candles("1m");
const h1 = candles("1h");
// 24h
const change24h = ticker.priceChangePercent;
// RSI 14, from candles of 1h
const rsi14 = h1.length > 14 ? rsi(h1.close, 14).at(-1) : NaN;
const rsi14Before = h1.length > 15 ? rsi(h1.close, 14).at(-2) : NaN;
// Change 1h, from candles of 1m
const change1h = m1.length > 60 ? 100 * (m1.close.at(-1) / m1.close.at(-61) - 1) : NaN;
// New low 20, from candles of 1h
const newLow20 = h1.length > 20 ? h1.low.at(-1) < lowest(h1.low, 20).at(-2) : NaN;
return {
  match:
    (rsi14Before >= 30 && rsi14 < 30) &&
    (change1h >= -5 && change1h <= -1) &&
    newLow20 === true,
  facts: {rsi14, change1h, newLow20, change24h},
};
`);
  });

  test("on a column that the server has no candles for never hold, and the column is named", () => {
    const conditions = [{ column: "newHigh20d", operator: "is" } as const];
    const made = screenCode({ name: "", interval: "1m", isAll: true, conditions, columns: [] }, ["1m"]);
    expect(made).toMatchObject({ unserved: ["newHigh20d"], timeframes: [], facts: [] });
    expect(made.code).toContain("match: false");
  });

  test.each<[Condition, string]>([
    [{ column: "nothing", operator: "above", operand: 1 }, "There is no column nothing."],
    [{ column: "rsi14", operator: "is" }, `RSI 14 can't be compared with "is true".`],
    [{ column: "change24h", operator: "crossesAbove", operand: 1 }, `24h can't be compared with "crosses above".`],
    [{ column: "rsi14", operator: "above", operand: Number.NaN }, "RSI 14: enter a number."],
    [{ column: "rsi14", operator: "between", operand: [40, 30] }, "RSI 14: 40 is more than 30."],
    [{ column: "rsi14", operator: "between", operand: 4 }, "RSI 14: enter two numbers."],
    [{ column: "rsi14", operator: "above", operand: { column: "price" } }, "RSI 14 can't be compared with Last price."],
    [{ column: "rsi14", operator: "above", operand: { column: "x" } }, "There is no column x."],
  ])("%j is refused with a reason", (wrong, fault) => {
    expect(conditionFault(wrong)).toBe(fault);
  });
});
