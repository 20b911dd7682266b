import { expect, test } from "bun:test";
import { NO_FINDINGS } from "../../tests/helpers/studies.ts";
import type { MarketId } from "../core/mod.ts";
import { FilterCodeFault, type FilterStudy, faultsOf, refuseFaults } from "./mod.ts";

const PLACE = { line: 2, column: 7 };
const study: FilterStudy = { ...NO_FINDINGS, columns: [{ column: "trades", place: PLACE }] };

test.each([
  [["bybit"], "trades isn't sent by Bybit spot; Binance spot and Binance USDⓈ-M perpetuals have it"],
  [
    ["binance", "bybit", "bybit-linear"],
    "trades isn't sent by Bybit spot and Bybit linear perpetuals; Binance spot and Binance USDⓈ-M perpetuals have it",
  ],
] as [MarketId[], string][])("a column that %j don't all send is a mistake at its place", (markets, what) => {
  expect(faultsOf(study, undefined, markets)).toEqual([{ what, place: PLACE }]);
  expect(faultsOf(study, ["1m"], markets)).toEqual([{ what, place: PLACE }]);
  expect(() => refuseFaults(study, undefined, markets)).toThrow(FilterCodeFault);
});

test("where all markets send it, or none is known, it is none", () => {
  for (const markets of [["binance"], ["binance", "binance-usdm"], []] as MarketId[][]) {
    expect(faultsOf(study, undefined, markets)).toEqual([]);
  }
  const known: FilterStudy = { ...study, columns: [{ column: "quoteVolume", place: PLACE }] };
  expect(faultsOf(known, undefined, ["bybit"])).toEqual([]);
});
