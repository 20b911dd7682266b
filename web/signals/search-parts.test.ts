import { expect, test } from "bun:test";
import { searchParts } from "./search-parts.ts";

const ASSETS = [
  { asset: "BTC", name: "Bitcoin" },
  { asset: "ETH", name: "Ethereum" },
  { asset: "BCH", name: "Bitcoin Cash" },
  { asset: "XYZ", name: "" },
];

test("a part of an asset's name stands for its symbol, beside the part itself", () => {
  expect(searchParts(" bitcoin ", ASSETS)).toEqual(["bitcoin", "BTC", "BCH"]);
  expect(searchParts("Ether", ASSETS)).toEqual(["Ether", "ETH"]);
  expect(searchParts("btcu", ASSETS)).toEqual(["btcu"]);
});

test("two letters are no name, a comma doesn't part what was typed, and nothing typed is no search", () => {
  expect(searchParts("bi", ASSETS)).toEqual(["bi"]);
  expect(searchParts("dips, deep", ASSETS)).toEqual(["dips  deep"]);
  expect(searchParts("  ", ASSETS)).toEqual([]);
});

test("a search has so many parts at most", () => {
  const many = Array.from({ length: 50 }, (_, at) => ({ asset: `A${at}`, name: "Some coin" }));
  expect(searchParts("coin", many)).toHaveLength(12);
});
