import { expect, test } from "bun:test";
import fc from "fast-check";
import { INTERVALS } from "../../src/core/mod.ts";
import { parseRoute } from "../shell/route.ts";
import { COLUMNS } from "./columns.ts";
import { type Condition, comparableWith, operatorsOf } from "./conditions.ts";
import { KeptScreens, MOST_KEPT } from "./kept-screens.ts";
import { PRESETS, servedScreen } from "./presets.ts";
import type { Screen } from "./screen.ts";
import { readScreen, screenHash } from "./screen-link.ts";

const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));

const condition: fc.Arbitrary<Condition> = fc
  .constantFrom(...COLUMNS)
  .chain((column) => fc.tuple(fc.constant(column), fc.constantFrom(...operatorsOf(column))))
  .chain(([column, operator]): fc.Arbitrary<Condition> => {
    const made = { column: column.key, operator };
    if (operator === "is" || operator === "isNot") return fc.constant(made);
    if (operator === "between") {
      return fc
        .tuple(number, number)
        .map(([a, b]) => ({ ...made, operand: [Math.min(a, b), Math.max(a, b)] as const }));
    }
    const others = comparableWith(column, operator, COLUMNS).map(({ key }) => ({ column: key }));
    return fc.oneof(number, ...(others.length === 0 ? [] : [fc.constantFrom(...others)])).map((operand) => ({
      ...{ ...made, operand },
    }));
  });

const screens: fc.Arbitrary<Screen> = fc.record({
  name: fc.string({ maxLength: 80, unit: "grapheme-ascii" }),
  market: fc.constantFrom(undefined, "binance", "bybit"),
  interval: fc.constantFrom(...INTERVALS),
  isAll: fc.boolean(),
  conditions: fc.array(condition, { maxLength: 5 }),
  columns: fc.subarray(COLUMNS.map(({ key }) => key)),
  order: fc.record({ column: fc.constantFrom("symbol", "closePrice", "rsi14"), descending: fc.boolean() }),
  code: fc.option(fc.string({ unit: "binary" }), { nil: undefined }),
});

test("each screen is the same after its way through an address", () => {
  fc.assert(
    fc.property(screens, (screen) => {
      const query = parseRoute(screenHash(screen))?.query ?? {};
      expect(readScreen(query)).toEqual({ screen, faults: [] });
    }),
    { numRuns: 500, seed: 3 },
  );
});

test("an address stays readable", () => {
  expect(screenHash(PRESETS[1] as Screen)).toBe(
    "#/screener?name=Oversold&candles=1h&where=rsi14.below.30&columns=change1h*change1d*rsi14*toLow20*emaDistance200*volume24h&sort=rsi14",
  );
});

test("what an address has wrong is left out, and said", () => {
  const { screen, faults } = readScreen({
    ...{ candles: "7m", market: "mars", where: "rsi14.below.30*rsi14.near.3*what.above.2*rsi14.above.x" },
    ...{ columns: "rsi14*rsi14*nothing" },
  });
  expect(screen.conditions).toEqual([{ column: "rsi14", operator: "below", operand: 30 }]);
  expect(screen.columns).toEqual(["rsi14"]);
  expect(screen).toMatchObject({ interval: "1h", market: undefined });
  expect(faults).toEqual([
    '"7m" is not an interval.',
    '"mars" is not a market.',
    '"rsi14.near.3" is not a condition.',
    "There is no column what.",
    "RSI 14: enter a number.",
    "There is no column nothing.",
  ]);
});

test("a link has as many conditions and columns, and as much code, as a screen may have", () => {
  const { screen, faults } = readScreen({
    ...{ where: "rsi14.below.30*".repeat(1_000), columns: "rsi14*".repeat(200), code: "x".repeat(32_769) },
    ...{ name: "🙂".repeat(60), sort: `-${"x".repeat(100)}` },
  });
  expect([screen.conditions.length, screen.columns, screen.code]).toEqual([50, ["rsi14"], undefined]);
  expect([screen.name, screen.order.column]).toEqual(["🙂".repeat(40), "x".repeat(80)]);
  expect(faults).toEqual([
    "A screen has 50 conditions at most.",
    "A screen has 100 columns at most.",
    "The code has 32769 characters: expected 32768 at most.",
  ]);
  const long = { where: "rsi14.below.30*".repeat(50), code: "x".repeat(32_768) };
  expect(readScreen(long)).toMatchObject({ faults: [], screen: { code: long.code } });
  expect(readScreen(long).screen.conditions).toHaveLength(50);
  const wrong = readScreen({ where: "x*".repeat(30) }).faults;
  expect([wrong.length, wrong.at(-1)]).toEqual([11, "And 20 more."]);
});

test("screens are kept by name, the newest in place of one of the same name", () => {
  const storage = new Map<string, string>();
  const kept = (): KeptScreens =>
    new KeptScreens({
      getItem: (name) => storage.get(name) ?? null,
      setItem: (name, value) => void storage.set(name, value),
      removeItem: (name) => void storage.delete(name),
    });
  const first = kept();
  const [one, two] = PRESETS as readonly [Screen, Screen];
  first.keep(two);
  first.keep(one);
  first.keep({ ...two, columns: [] });
  expect(kept().screens.peek()).toEqual([one, { ...two, columns: [] }]);
  first.remove(one.name);
  expect(
    kept()
      .screens.peek()
      .map(({ name }) => name),
  ).toEqual([two.name]);
  for (let at = 0; at < MOST_KEPT + 5; at += 1) first.keep({ ...one, name: `Screen ${at}` });
  expect(kept().screens.peek()).toHaveLength(MOST_KEPT);
  const names = kept()
    .screens.peek()
    .map(({ name }) => name);
  expect([names.includes("Screen 4"), names.includes("Screen 5"), names.includes("Screen 99")]).toEqual([
    false,
    true,
    true,
  ]);
  storage.set("vyx.screens", '[1, {"name": 2}, null]');
  expect(kept().screens.peek()).toEqual([]);
  storage.set("vyx.screens", "{");
  expect(kept().screens.peek()).toEqual([]);
});

test("a screen for an interval that isn't served takes the next longer one", () => {
  const [screen] = PRESETS as readonly [Screen];
  expect(servedScreen(screen, ["1m", "1h"]).interval).toBe("1h");
  expect(servedScreen(screen, ["1m", "4h", "1d"]).interval).toBe("4h");
  expect(servedScreen(screen, ["1m", "5m"]).interval).toBe("5m");
  expect(servedScreen(screen, []).interval).toBe("1h");
});
