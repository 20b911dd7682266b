import { expect, test } from "bun:test";
import { ChosenColumns } from "./chosen-columns.ts";

function setUp(kept?: string) {
  const items = new Map<string, string>(kept === undefined ? [] : [["vyx.fact-columns", kept]]);
  const storage = {
    getItem: (name: string) => items.get(name) ?? null,
    setItem: (name: string, value: string) => void items.set(name, value),
    removeItem: (name: string) => void items.delete(name),
  };
  return { storage, make: () => new ChosenColumns(storage) };
}

test("a choice holds for one trader, and is there again in another page of the browser", () => {
  const { make } = setUp();
  const columns = make();
  columns.choose("a", ["rsi"]);
  columns.choose(undefined, []);
  expect([columns.of("a"), columns.of("b"), make().of("a"), make().of(undefined)]).toEqual([
    ["rsi"],
    undefined,
    ["rsi"],
    [],
  ]);
});

test("the choices for fifty traders are kept, those that were made last", () => {
  const { make } = setUp();
  for (let index = 0; index < 51; index += 1) make().choose(`${index}`, ["x"]);
  expect([make().of("0"), make().of("1"), make().of("50")]).toEqual([undefined, ["x"], ["x"]]);
});

test("what isn't a choice is as if it weren't there, and a full storage holds it until the page is left", () => {
  for (const text of ["{", "3", '[["a"],["a",[1]],["a",3]]']) expect(setUp(text).make().of("a")).toBeUndefined();
  const { storage } = setUp();
  const full = {
    ...storage,
    setItem: () => {
      throw new Error("full");
    },
  };
  const columns = new ChosenColumns(full);
  columns.choose("a", ["rsi"]);
  expect(columns.of("a")).toEqual(["rsi"]);
});
