import { expect, test } from "bun:test";
import type { Symbol, UnixMs } from "../../src/core/mod.ts";
import type { WireTicker } from "../../src/wire/mod.ts";
import { type Column, FIRST_ORDER, matches, orderAfterClick, type Sortable, sorted } from "./order.ts";

const ROWS = [row("ETH", 3_000, -1, 50, 10), row("BTC", 60_000, 2, 90, 30), row("ADA", 1, 2, 50, 20)];

test.each([
  ["symbol", "ADA BTC ETH"],
  ["price", "ADA ETH BTC"],
  ["change", "ETH ADA BTC"],
  ["quoteVolume", "ADA ETH BTC"],
  ["age", "BTC ADA ETH"],
] as [Column, string][])("sorts by %s", (column, expected) => {
  expect(names(sorted(ROWS, { column, descending: false }))).toBe(expected);
});

test("the other way round, equal rows keep their alphabetical order", () => {
  expect(names(sorted(ROWS, { column: "change", descending: true }))).toBe("ADA BTC ETH");
  expect(names(sorted(ROWS, FIRST_ORDER))).toBe("BTC ADA ETH");
});

test("a volume that is unknown is last, whichever way the column runs", () => {
  const rows = [row("XYZ", 1, 0, null, 0), row("OLD", 1, 0, 0, 0), row("AAA", 1, 0, null, 0), ...ROWS];
  expect(names(sorted(rows, FIRST_ORDER))).toBe("BTC ADA ETH OLD AAA XYZ");
  expect(names(sorted(rows, { column: "quoteVolume", descending: false }))).toBe("OLD ADA ETH BTC AAA XYZ");
});

test("leaves the rows that it was given alone", () => {
  sorted(ROWS, { column: "symbol", descending: false });
  expect(names(ROWS)).toBe("ETH BTC ADA");
});

test("a click turns the order round, or begins with the largest; names and ages begin with the least", () => {
  const once = orderAfterClick(FIRST_ORDER, "price");
  expect(once).toEqual({ column: "price", descending: true });
  expect(orderAfterClick(once, "price")).toEqual({ column: "price", descending: false });
  expect(orderAfterClick(once, "symbol").descending).toBe(false);
});

test("what was typed matches anywhere in the symbol, in any case, word by word", () => {
  expect(["", "btc", "usdt btc", "BTC/USDT", " tcus "].filter((typed) => !matches("BTCUSDT", typed))).toEqual([]);
  expect(matches("BTCUSDT", "btc eur")).toBe(false);
  expect(matches("币安人生USDT", "安人")).toBe(true);
});

test("words of the asset's name match from their beginning", () => {
  const typed = ["bitcoin", "bitcoin usdt", "CASH", "bitcoin cash usdt", "itcoin", "cash eur"];
  expect(typed.filter((text) => matches("BCHUSDT", text, "Bitcoin Cash"))).toEqual(typed.slice(0, 4));
  expect(matches("USDTTRY", "eth", "Tether")).toBe(false);
});

function row(
  symbol: string,
  price: number,
  priceChangePercent: number,
  quoteVolume: number | null,
  receivedAt: number,
): Sortable {
  const rest = { open: 1, high: 1, low: 1, volume: 1, priceChange: 0, updatedAt: 0 as UnixMs };
  const ticker: WireTicker = { symbol: symbol as Symbol, price, priceChangePercent, quoteVolume, ...rest };
  return { ticker, receivedAt };
}

function names(rows: readonly Sortable[]): string {
  return rows.map(({ ticker }) => ticker.symbol).join(" ");
}
