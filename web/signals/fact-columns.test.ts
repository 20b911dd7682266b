import { expect, test } from "bun:test";
import { factColumns, factKeys, inOrder, nextOrder } from "./fact-columns.ts";

const ROWS = [
  { facts: { rsi: 30, note: "b" } },
  { facts: { volume: 5, rsi: 9 } },
  { facts: { rsi: 100 } },
  { facts: {} },
];

test("the facts that most rows have come first", () => {
  expect(factKeys(ROWS)).toEqual(["rsi", "note", "volume"]);
  expect(factKeys([])).toEqual([]);
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`k${at}`, at]));
  expect(factKeys([{ facts: many }])).toHaveLength(24);
});

test("of one trader the first facts are columns unless others were chosen, of all traders none", () => {
  const keys = ["a", "b", "c", "d", "e"];
  expect(factColumns(keys, undefined, true)).toEqual(["a", "b", "c", "d"]);
  expect(factColumns(keys, undefined, false)).toEqual([]);
  expect(factColumns(keys, ["e", "a", "gone"], false)).toEqual(["a", "e"]);
  expect(factColumns(keys, [], true)).toEqual([]);
});

test("numbers are sorted by size, texts by their letters, and rows without the fact come last either way", () => {
  const rsi = (isDescending: boolean) =>
    inOrder(ROWS, ({ facts }) => facts.rsi, isDescending).map(({ facts }) => facts.rsi);
  expect(rsi(true)).toEqual([100, 30, 9, undefined]);
  expect(rsi(false)).toEqual([9, 30, 100, undefined]);
  const mixed = ["b", null, 2, "a", true, 1, undefined];
  expect(inOrder(mixed, (one) => one, false)).toEqual([1, 2, "a", "b", true, null, undefined]);
});

test("a head's first click sorts falling, the second rising, the third takes the order back", () => {
  const first = nextOrder(undefined, "rsi");
  const second = nextOrder(first, "rsi");
  expect([first, second, nextOrder(second, "rsi"), nextOrder(second, "volume")]).toEqual([
    { key: "rsi", isDescending: true },
    { key: "rsi", isDescending: false },
    undefined,
    { key: "volume", isDescending: true },
  ]);
});
