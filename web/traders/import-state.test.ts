import { expect, test } from "bun:test";
import { ClientError } from "../../src/client/mod.ts";
import type { Trader } from "../../src/wire/mod.ts";
import { ImportState } from "./import-state.ts";

const FILE_ROW = { name: "Dips", enabled: true, code: "return true;", triggerInterval: "1m" };

function setUp() {
  const made: unknown[] = [];
  const traders = {
    validate: async ({ code }: { code: string }) => ({
      errors: code.includes("rsii") ? [{ message: "rsii is not defined", line: 2, column: 3 }] : [],
    }),
    create: async (trader: { name: string }) => {
      if (trader.name === "Refused")
        throw new ClientError("forbidden", "POST /functions/v1/traders: there are 500 traders already");
      made.push(trader);
    },
    update: async (id: string, change: object) => void made.push({ id, ...change }),
  };
  const existing = [{ id: "7", name: "Dips" } as Trader];
  const state = new ImportState({
    traders: traders as never,
    markets: ["binance"],
    existing: () => existing,
    served: () => ["1m", "5m"],
  });
  return {
    made,
    state,
    read: (...rows: object[]) => state.read(JSON.stringify(rows.map((row) => ({ ...FILE_ROW, ...row })))),
  };
}

test("each row is checked before anything is made: its members, filter, market, intervals and name", async () => {
  const { made, state, read } = setUp();
  await read(
    { name: "Good" },
    { name: "Good" },
    { name: "Typo", code: "\nreturn rsii();" },
    { name: "Else", symbols: ["BYBIT:BTCUSDT"] },
    { name: "Rare", triggerInterval: "3m" },
    { name: "Other", cooldownCandles: "x" },
  );
  expect(state.rows.value.map(({ fault }) => fault)).toEqual([
    "",
    "another trader in this file has the same name",
    "line 2: rsii is not defined",
    "this server doesn't follow Bybit spot",
    "this server has no 3m candles: it has 1m, 5m",
    expect.stringContaining("cooldownCandles"),
  ]);
  expect([made, state.ready.value, state.phase.value]).toEqual([[], 1, "checked"]);
  await state.run();
  expect(made).toMatchObject([{ name: "Good", enabled: false }]);
  expect([state.phase.value, state.rows.value[0]?.done]).toEqual(["done", "imported"]);
});

test("a taken name waits for a choice: both, in place of the one that is there, or not at all", async () => {
  for (const [choice, expected, done] of [
    ["both", [{ name: "Dips (2)", enabled: true }], "imported as “Dips (2)”"],
    ["replace", [{ id: "7", name: "Dips", code: "return true;" }], "replaced"],
    ["skip", [], "skipped"],
  ] as const) {
    const { made, state, read } = setUp();
    await read({});
    await state.run();
    expect([state.open.value, state.phase.value]).toEqual([1, "checked"]);
    state.switchesOn.value = true;
    state.choose(0, choice);
    await state.run();
    expect(made).toMatchObject(expected);
    expect([state.rows.value[0]?.done, made.length]).toEqual([done, expected.length]);
  }
});

test("a row that the server refuses says why, and the others go on", async () => {
  const { made, state, read } = setUp();
  await read({ name: "Refused" }, { name: "Next" });
  await state.run();
  expect(state.rows.value.map(({ fault, done }) => [fault, done])).toEqual([
    ["there are 500 traders already", ""],
    ["", "imported"],
  ]);
  expect(made).toHaveLength(1);
});

test("a file that can't be read says why, and leaves nothing to import", async () => {
  const { state } = setUp();
  await state.read("{");
  expect([state.fault.value.slice(0, 20), state.phase.value, state.rows.value]).toEqual([
    "The file isn't JSON:",
    "none",
    [],
  ]);
});

test("a file that is too large isn't loaded, and one that can't be is said", async () => {
  const { state } = setUp();
  await state.readFile({ size: 60_000_001, text: () => Promise.reject(new Error("loaded")) });
  expect([state.fault.value, state.phase.value]).toEqual([
    "The file is too large: expected 20 million characters at most.",
    "none",
  ]);
  await state.readFile({ size: 9, text: () => Promise.reject(new Error("it was moved")) });
  expect(state.fault.value).toBe("The file couldn't be checked: it was moved");
  await state.readFile({ size: 9, text: async () => JSON.stringify([FILE_ROW]) });
  expect([state.rows.value.length, state.phase.value]).toEqual([1, "checked"]);
});
