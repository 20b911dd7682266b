import { expect, test } from "bun:test";
import type { Symbol, UnixMs } from "../../src/core/mod.ts";
import type { Trader } from "../../src/wire/mod.ts";
import { readTraderFile, traderFile } from "./trader-file.ts";

const TRADER: Trader = {
  ...{
    id: "4b6e4f43-0000-4000-8000-000000000001",
    owner: "gerda",
    name: "Dips",
    description: "line\nÜ",
    enabled: true,
  },
  ...{ code: "return true;", timeframes: ["1m", "1h"], triggerInterval: "1m", market: "binance" },
  ...{ symbols: ["BTCUSDT" as Symbol], cooldownCandles: 3, version: 7 },
  ...{ createdAt: 1 as UnixMs, updatedAt: 2 as UnixMs },
};
const { id: _, owner: __, version: ___, createdAt: ____, updatedAt: _____, ...WHAT_IT_DOES } = TRADER;

test("what is exported is read as it was, without what belongs to one server", () => {
  const other = { ...TRADER, name: "All", symbols: null };
  expect(readTraderFile(traderFile([TRADER, other]))).toEqual([
    { title: "Dips", read: { trader: WHAT_IT_DOES } },
    { title: "All", read: { trader: { ...WHAT_IT_DOES, name: "All", symbols: null } } },
  ]);
  expect(traderFile([TRADER])).not.toContain("gerda");
});

test("a list of traders, one alone, and what a server lists are taken, too", () => {
  const listed = { ...TRADER, problem: null, lastExecution: null, signals: null };
  for (const value of [listed, [listed], { traders: [listed], count: 1 }]) {
    expect(readTraderFile(`\uFEFF${JSON.stringify(value)}`)).toEqual([
      { title: "Dips", read: { trader: WHAT_IT_DOES } },
    ]);
  }
});

test("each wrong row says what is wrong with it, and the right ones stay right", () => {
  const rows = [
    WHAT_IT_DOES,
    { ...WHAT_IT_DOES, triggerInterval: "7m" },
    { ...WHAT_IT_DOES, name: " " },
    { ...WHAT_IT_DOES, cooldownCandles: -1 },
    { ...WHAT_IT_DOES, colour: "red" },
    7,
  ];
  const read = readTraderFile(JSON.stringify(rows));
  expect(read.map(({ title }) => title)).toEqual(["Dips", "Dips", "Trader 3", "Dips", "Dips", "Trader 6"]);
  expect(read.map(({ read: row }) => ("fault" in row ? row.fault.split(":")[0] : "right"))).toEqual([
    ...[
      "right",
      'triggerInterval is "7m"',
      "name",
      "cooldownCandles",
      'unknown member "colour"',
      "expected an object with name, code and triggerInterval",
    ],
  ]);
});

test.each([
  ["{", "The file isn't JSON: "],
  ["[]", "The file has no traders."],
  ["3", "The file has no traders."],
  ['{"kind":"other","traders":[]}', "This isn't a file of traders"],
  ['{"a":1}', "This isn't a file of traders"],
  ['{"kind":"vyx-traders","form":2,"traders":[]}', "The file has form 2, and this page reads form 1"],
  ['{"traders":[],"form":{"toString":1}}', "The file has form unknown, and this page reads form 1"],
  [" ".repeat(20_000_001), "The file is too large: expected 20 million characters at most."],
  [JSON.stringify(Array(501).fill({})), "The file has 501 traders: expected 500 at most."],
])("%.40s is no file of traders", (text, says) => {
  expect(() => readTraderFile(text)).toThrow(says);
});
