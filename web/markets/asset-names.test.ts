import { expect, test } from "bun:test";
import { ASSET_NAMES } from "./asset-name-table.ts";
import { AssetNames, parseAssetNames } from "./asset-names.ts";

test("assets have their names, lots of an asset have the asset's, and unknown ones have none", async () => {
  const names = new AssetNames();
  expect(names.of("BTC")).toBeUndefined();
  await names.start(() => Promise.resolve(ASSET_NAMES));
  const asked = ["BTC", "1INCH", "1000PEPE", "1MBABYDOGE", "1000XEC", "WIF", "NOSUCH", "1000NOSUCH", ""];
  expect(asked.map((asset) => names.of(asset))).toEqual([
    "Bitcoin",
    "1inch",
    "Pepe",
    "Baby Doge Coin",
    "eCash",
    "dogwifhat",
    undefined,
    undefined,
    undefined,
  ]);
});

test("without the table the page has no names", async () => {
  const names = new AssetNames();
  await names.start(() => Promise.reject(new Error("gone")));
  expect(names.of("BTC")).toBeUndefined();
});

test("each line of the table is a ticker of its own and a name", () => {
  const lines = ASSET_NAMES.trim().split("\n");
  expect(lines.filter((line) => !/^[A-Z0-9]+ \S.*\S$|^[A-Z0-9]+ \S$/.test(line))).toEqual([]);
  expect(parseAssetNames(ASSET_NAMES).size).toBe(lines.length);
  expect(lines.length).toBeGreaterThan(300);
});
