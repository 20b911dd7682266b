import { expect, test } from "bun:test";
import { cellText } from "./cell-text.ts";
import { factsOf, type MatchRow, orderAfterClick, sortedMatches } from "./match-rows.ts";

const row = (symbol: string, price: number | null, facts: MatchRow["facts"]): MatchRow => ({ symbol, price, facts });
const ROWS = [
  row("C", 3, { rsi14: 20, note: "b", isNew: true }),
  row("A", null, { rsi14: null, note: "a", isNew: false }),
  row("D", 1, { rsi14: 40, note: "c", isNew: null }),
  row("B", 2, { rsi14: 20, isNew: true }),
];
const order = (column: string, descending: boolean): string =>
  sortedMatches(ROWS, { column, descending })
    .map(({ symbol }) => symbol)
    .join("");

test("matches are sorted by any column; what isn't known is last either way, and equal rows by name", () => {
  expect(order("symbol", false)).toBe("ABCD");
  expect(order("symbol", true)).toBe("DCBA");
  expect(order("closePrice", false)).toBe("DBCA");
  expect(order("closePrice", true)).toBe("CBDA");
  expect(order("rsi14", false)).toBe("BCDA");
  expect(order("rsi14", true)).toBe("DBCA");
  expect(order("isNew", true)).toBe("BCAD");
  expect(order("note", false)).toBe("ACDB");
  expect(order("nothing", true)).toBe("ABCD");
});

test("a click on a head sorts the column's usual way first, then the other way round", () => {
  const from = { column: "symbol", descending: false };
  expect(orderAfterClick(from, "change1h")).toEqual({ column: "change1h", descending: true });
  expect(orderAfterClick(from, "rsi14")).toEqual({ column: "rsi14", descending: false });
  expect(orderAfterClick(from, "symbol")).toEqual({ column: "symbol", descending: true });
  expect(orderAfterClick(from, "own")).toEqual({ column: "own", descending: true });
});

test("the facts of all matches are columns, those that were asked for first", () => {
  expect(factsOf(ROWS, ["isNew", "missing"])).toEqual(["isNew", "missing", "rsi14", "note"]);
});

test("a cell has its column's figures and colours", () => {
  expect(cellText(1.234, "change", 2)).toEqual({ text: "+1.23%", kind: "up" });
  expect(cellText(-0.001, "change", 2)).toEqual({ text: "0.00%", kind: "flat" });
  expect(cellText(1.5, "times", 2)).toEqual({ text: "1.50×", kind: "plain" });
  expect(cellText(1.5, "percent", 2)).toEqual({ text: "1.50%", kind: "plain" });
  expect(cellText(33.333, "index", 2)).toEqual({ text: "33.3", kind: "plain" });
  expect(cellText(1234.5, "price", 2)).toEqual({ text: "1,234.50", kind: "plain" });
  expect(cellText(1_234_567, "amount", 2)).toEqual({ text: "1.23M", kind: "plain" });
  expect(cellText(true, "mark", 2)).toEqual({ text: "yes", kind: "plain" });
  expect(cellText(false, "mark", 2)).toEqual({ text: "no", kind: "flat" });
  expect(cellText(null, "index", 2)).toEqual({ text: "—", kind: "flat" });
  expect(cellText(12345.678, undefined, 2)).toEqual({ text: "12,345.68", kind: "plain" });
  expect(cellText("up", undefined, 2)).toEqual({ text: "up", kind: "plain" });
  expect(cellText({ a: 1 }, undefined, 2)).toEqual({ text: '{"a":1}', kind: "plain" });
});
