import { expect, test } from "bun:test";
import type { Interval, UnixMs } from "../../src/core/mod.ts";
import { createSandbox } from "../../src/sandbox/mod.ts";
import { Screening } from "../../src/strategy/mod.ts";
import { independentValue, madeUpMarket } from "../../tests/helpers/made-up-screens.ts";
import { definitionOf, missingText, spanOf } from "./column-span.ts";
import { COLUMNS, columnOf } from "./columns.ts";
import { screenCode } from "./screen-code.ts";
import type { ScreenColumn } from "./screen-column.ts";

const stopwatch = (): number => 0;
const runners = [await createSandbox({ stopwatch }), await createSandbox({ stopwatch, only: "quickjs" })];
const NOON = (Date.UTC(2026, 1, 20, 13, 47) - 1) as UnixMs;
const MIDNIGHT = (Date.UTC(2026, 1, 20) - 1) as UnixMs;
const FIRST_QUARTER = (Date.UTC(2026, 1, 20, 0, 15) - 1) as UnixMs;

test.each([
  ["in the middle of a day", NOON, "1h"],
  ["at the end of a day", MIDNIGHT, "15m"],
  ["at the first candle of a day", FIRST_QUARTER, "5m"],
  ["of days", NOON, "1d"],
] as const)("each column's value is that of an independent computation, %s", (_, closeTime, chosen) => {
  const market = madeUpMarket(closeTime, 12, 7);
  const screen = { name: "", interval: chosen, isAll: true, conditions: [], columns: COLUMNS.map(({ key }) => key) };
  const { code, timeframes, facts, unserved } = screenCode(screen, market.served);
  expect(unserved).toEqual([]);
  expect(facts).toEqual(COLUMNS.map(({ key }) => key));
  for (const runner of runners) {
    const screening = new Screening({ view: market.view, runner, stopwatch });
    const result = screening.screen({ code, timeframes, interval: "1m", closeTime });
    expect(result).toMatchObject({ errors: [], skipped: [], checked: market.symbols.length });
    let missing = 0;
    for (const { symbol, facts: found } of result.matches) {
      for (const { key } of COLUMNS) {
        const [expected, value] = [independentValue(market, symbol, key, chosen), found?.[key]];
        if (Number.isNaN(expected)) {
          missing += 1;
          expect({ symbol, key, value }).toEqual({ symbol, key, value: null });
        } else if (typeof expected === "boolean") {
          expect({ symbol, key, value }).toEqual({ symbol, key, value: expected });
        } else {
          const scale = Math.max(1, Math.abs(expected));
          expect({ symbol, key, off: Math.abs(Number(value) - expected) / scale < 1e-5 }).toEqual({
            ...{ symbol, key, off: true },
          });
        }
      }
    }
    // Young symbols lack some of them.
    expect(missing).toBeGreaterThan(20);
  }
  expect(runners[0]?.prepare(code).engine).toBe("compiled");
});

test("a span is taken from the finest interval that is served and that a filter sees far enough back", () => {
  const of = (key: string, served: readonly Interval[]) => spanOf(columnOf(key) as ScreenColumn, "1h", served);
  expect(of("change5m", ["1m", "5m"])).toEqual({ interval: "1m", span: 5 });
  expect(of("change4h", ["1m", "1h"])).toEqual({ interval: "1m", span: 240 });
  // 288 candles of 5m are more than a filter is sure to see.
  expect(of("change1d", ["1m", "5m", "1h"])).toEqual({ interval: "1h", span: 24 });
  expect(of("change7d", ["1m", "15m", "4h"])).toEqual({ interval: "4h", span: 42 });
  expect(of("change7d", ["1m", "15m"])).toBeUndefined();
  expect(of("newHighToday", ["1m", "30m"])).toEqual({ interval: "30m", span: 48 });
  expect(of("rsi14", ["1m"])).toBeUndefined();
  expect(of("price", ["1m"])).toBeNull();
});

test("definitions and reasons name the interval and the number of candles", () => {
  const change = columnOf("change1d") as ScreenColumn;
  expect(definitionOf(change, "1h", ["1m", "15m"])).toBe(
    "Newest closing price of 15m, against the closing price 96 candles before, in percent.",
  );
  expect(missingText(change, "1h", ["1m", "15m"])).toBe(
    "Needs 97 closed 15m candles in a row; this symbol has fewer here, or a figure in them is unknown.",
  );
  expect(missingText(change, "1h", ["1m"])).toBe("This server has no candles of 15m, 30m, 1h, 2h, 4h, 1d.");
  expect(definitionOf(columnOf("price") as ScreenColumn, "1h", [])).toBe(
    "The exchange's last price, in the quote asset.",
  );
});

test("each column has a name of its own that can stand in code, and a definition", () => {
  expect(new Set(COLUMNS.map(({ key }) => key)).size).toBe(COLUMNS.length);
  for (const { key, title, says } of COLUMNS) {
    expect(key).toMatch(/^[a-z][A-Za-z0-9]*$/);
    expect(title.length).toBeLessThan(17);
    expect(says.length).toBeGreaterThan(20);
  }
});
