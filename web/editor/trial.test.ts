import { expect, test } from "bun:test";
import type { Symbol } from "../../src/core/mod.ts";
import { trialWarning } from "./trial.ts";

const SYMBOLS = Array.from({ length: 12 }, (_, at) => `A${at}USDT` as Symbol);
const FILTER = { code: "return true;", timeframes: ["1m"], interval: "1m" } as const;

/** What is said of a filter that fails for so many of the symbols that it is tried for, and for which others are skipped. */
async function warned(symbols: readonly Symbol[], failing: number, skipping = 0): Promise<unknown> {
  const screen = async ({ symbols: tried = [] }: { symbols?: readonly Symbol[] }) => {
    const errors = tried.slice(0, failing).map((symbol) => ({ symbol, message: "line 2, column 3: x is null" }));
    return { errors, skipped: tried.slice(failing, failing + skipping), pending: [], matches: [] };
  };
  return await trialWarning({ screen: screen as never }, FILTER, symbols);
}

test("a filter that fails wherever it is tried brings a warning with the place, any other none", async () => {
  expect(await warned(SYMBOLS, 10)).toEqual({
    text: "The filter fails for all 10 symbols that it was tried for: x is null.",
    place: [2, 3],
  });
  expect(await warned(SYMBOLS.slice(0, 1), 1)).toEqual({
    text: "The filter fails for A0USDT: x is null.",
    place: [2, 3],
  });
  expect(await warned(SYMBOLS, 4, 6)).toMatchObject({ text: expect.stringContaining("all 4 symbols") });
  expect([await warned(SYMBOLS, 9), await warned(SYMBOLS, 0, 10), await warned([], 10)]).toEqual(
    Array(3).fill(undefined),
  );
});

test("a filter that can't be tried brings no warning", async () => {
  const screen = async () => {
    throw new Error("no permission");
  };
  expect(await trialWarning({ screen }, FILTER, SYMBOLS)).toBeUndefined();
});
