import { expect, test } from "bun:test";
import { effect, signal } from "@preact/signals";
import type { Symbol, Ticker, UnixMs } from "../../src/core/mod.ts";
import { TickerRows } from "./ticker-rows.ts";

const CONDITIONS = {
  quoteOf: (symbol: string) => symbol.slice(2),
  isListed: (symbol: string) => symbol.startsWith("A"),
  assetNameOf: (symbol: string) => (symbol.startsWith("BB") ? "Better Bitcoin" : ""),
  factOf: (): number | undefined => undefined,
};

test("rows are sorted by a ready column; unknown values are last either way, and new values sort anew", () => {
  const values = signal<Readonly<Record<string, number>>>({ AAUSDT: 1, CCEUR: 3 });
  const factOf = (symbol: string, key: string) => (key === "rsi14" ? values.value[symbol] : undefined);
  const rows = new TickerRows({ ...CONDITIONS, factOf });
  rows.replace([ticker("AAUSDT", 1, 10), ticker("BBUSDT", 1, 30), ticker("CCEUR", 1, 20)], 0);
  rows.order.value = { column: "fact rsi14", descending: true };
  expect(rows.shown.value.map(({ symbol }) => symbol)).toEqual(["CCEUR", "AAUSDT", "BBUSDT"]);
  rows.order.value = { column: "fact rsi14", descending: false };
  expect(rows.shown.value.map(({ symbol }) => symbol)).toEqual(["AAUSDT", "CCEUR", "BBUSDT"]);
  values.value = { BBUSDT: 0, AAUSDT: 5, CCEUR: 4 };
  expect(rows.shown.value.map(({ symbol }) => symbol)).toEqual(["BBUSDT", "CCEUR", "AAUSDT"]);
});

test("rows are in order and follow the conditions", () => {
  const rows = new TickerRows(CONDITIONS);
  rows.replace([ticker("AAUSDT", 1, 10), ticker("BBUSDT", 1, 30), ticker("CCEUR", 1, 20)], 0);
  expect(shown(rows)).toBe("BBUSDT CCEUR AAUSDT");
  expect(rows.largest()).toBe("BBUSDT");
  rows.typed.value = "usdt";
  expect(shown(rows)).toBe("BBUSDT AAUSDT");
  expect(rows.count.value).toBe(3);
  rows.onlyListed.value = true;
  expect(shown(rows)).toBe("AAUSDT");
  rows.quote.value = "EUR";
  expect(shown(rows)).toBe("");
  rows.showAll();
  expect(shown(rows)).toBe("BBUSDT CCEUR AAUSDT");
  rows.quote.value = "EUR";
  expect(shown(rows)).toBe("CCEUR");
});

test("an asset's name finds its symbols, and Enter opens the asset that was typed as it is", () => {
  const rows = new TickerRows(CONDITIONS);
  rows.replace([ticker("AAUSDT", 1, 10), ticker("BBUSDT", 1, 30), ticker("BEUSDT", 1, 20)], 0);
  rows.typed.value = "bitcoin";
  expect([shown(rows), rows.best()?.symbol]).toEqual(["BBUSDT", "BBUSDT"]);
  rows.typed.value = "be";
  expect([shown(rows), rows.best()?.symbol]).toEqual(["BBUSDT BEUSDT", "BEUSDT"]);
  rows.typed.value = "nothing";
  expect(rows.best()).toBeUndefined();
});

test("a condition that reads a signal is looked at again when that moves", () => {
  const listed = signal<readonly string[]>([]);
  const rows = new TickerRows({ ...CONDITIONS, isListed: (symbol) => listed.value.includes(symbol) });
  rows.replace([ticker("AA", 1, 10), ticker("BB", 1, 30)], 0);
  rows.onlyListed.value = true;
  expect(shown(rows)).toBe("");
  listed.value = ["BB"];
  expect(shown(rows)).toBe("BB");
});

test("a tick redraws its own row, and the table only when a row changes its place", () => {
  const rows = new TickerRows(CONDITIONS);
  rows.replace([ticker("AA", 1, 10), ticker("BB", 1, 30)], 0);
  let [tables, aa, bb] = [0, 0, 0];
  effect(() => {
    tables += rows.shown.value.length > 0 ? 1 : 0;
  });
  effect(() => {
    aa += rows.get("AA")?.ticker.value === undefined ? 0 : 1;
  });
  effect(() => {
    bb += rows.get("BB")?.ticker.value === undefined ? 0 : 1;
  });
  rows.update([ticker("AA", 2, 11)], 1);
  expect([tables, aa, bb]).toEqual([1, 2, 1]);
  rows.update([ticker("AA", 3, 40)], 2);
  expect([tables, aa, bb]).toEqual([2, 3, 1]);
  expect(shown(rows)).toBe("AA BB");
});

test("what was there before us is as old as it is behind the newest; what didn't change keeps its age", () => {
  const rows = new TickerRows(CONDITIONS);
  rows.replace([ticker("AA", 1, 1, 40_000), ticker("BB", 1, 1, 100_000)], 1_000_000);
  expect([rows.get("AA")?.receivedAt, rows.get("BB")?.receivedAt]).toEqual([940_000, 1_000_000]);
  rows.update([ticker("BB", 2, 1, 101_000)], 1_001_500);
  rows.replace([ticker("AA", 1, 1, 40_000), ticker("BB", 2, 1, 101_000)], 1_009_000);
  expect([rows.get("AA")?.receivedAt, rows.get("BB")?.receivedAt]).toEqual([940_000, 1_001_500]);
});

test("symbols that are gone leave the table", () => {
  const rows = new TickerRows(CONDITIONS);
  rows.replace([ticker("AA", 1, 1), ticker("BB", 1, 2)], 0);
  rows.replace([ticker("BB", 1, 2)], 0);
  expect(shown(rows)).toBe("BB");
});

function ticker(symbol: string, price: number, quoteVolume: number, updatedAt = 0): Ticker {
  const rest = { open: 1, high: 1, low: 1, volume: 1, priceChange: 0, priceChangePercent: 0 };
  return { symbol: symbol as Symbol, price, quoteVolume, updatedAt: updatedAt as UnixMs, ...rest };
}

function shown(rows: TickerRows): string {
  return rows.shown.value.map(({ symbol }) => symbol).join(" ");
}
