import { expect, test } from "bun:test";
import { parseSymbol, type SymbolInfo } from "../../core/mod.ts";
import { clusterFaults } from "./cluster-status.ts";
import { MAY_DIFFER_FOR_MS, SymbolSets, symbolsMark } from "./symbol-sets.ts";

const info = (name: string, status: SymbolInfo["status"] = "TRADING"): SymbolInfo => ({
  ...{ symbol: parseSymbol(name), base: "A", quote: "USDT", status, priceDecimals: 2, quantityDecimals: 2 },
});
const mark = (...infos: SymbolInfo[]): string => symbolsMark(infos);

test("a mark is that of the symbols that are listed, in any order", () => {
  expect(mark(info("BTCUSDT"), info("ETHUSDT"))).toBe(
    mark(info("ETHUSDT"), info("SOLUSDT", "DELISTED"), info("BTCUSDT")),
  );
  expect(mark(info("BTCUSDT"))).not.toBe(mark(info("BTCUSDT"), info("ETHUSDT")));
});

test("nodes that follow different symbols for longer than their lists take are a fault, until they don't", () => {
  let now = 0;
  const sets = new SymbolSets(() => now);
  expect(sets.differ(["a", "b"])).toBe(false);
  now += MAY_DIFFER_FOR_MS - 1;
  expect(sets.differ(["a", "b"])).toBe(false);
  now += 1;
  expect(sets.differ(["a", "b"])).toBe(true);
  expect(sets.differ(["a", "a"])).toBe(false);
  expect(sets.differ(["a", "b"])).toBe(false);
  const nothing = { spends: null, waiting: null, counts: null, behind: null, hasStream: null, streamLosses: null };
  const market = { market: "binance" as const, otherSources: [], ...nothing, isLate: null, late: null };
  const node = { role: "serve" as const, node: "a", isConnected: true, losses: 0, others: 1, hasTwin: false };
  const faults = (symbolsDiffer: boolean): readonly string[] =>
    clusterFaults({ ...node, created: 0, filled: 0, markets: [{ ...market, symbolsDiffer }] });
  expect(faults(false)).toEqual([]);
  expect(faults(true)[0]).toContain("expected the same list in --symbols");
});
