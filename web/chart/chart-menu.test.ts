import { expect, test } from "bun:test";
import { ChartMenu, type ChartMenuEntry, type ChartSpot, spotAt } from "./chart-menu.ts";
import type { ChartPlane } from "./chart-plane.ts";

const SPOT: ChartSpot = {
  symbol: "BTCUSDT",
  interval: "5m",
  decimals: 1,
  openTime: 600_000,
  price: 12.3,
  drawing: undefined,
};

/** Ten pixels a candle of five minutes, and a pixel a price; the pane is 100 × 50. */
const PLANE: ChartPlane = {
  series: { symbol: "BTCUSDT", interval: "5m", decimals: 1 },
  box: { left: 0, top: 0, width: 100, height: 50 },
  placeOf: (time) => time / 300_000,
  timeAt: (place) => place * 300_000,
  xOf: (place) => place * 10,
  placeAt: (x) => x / 10,
  yOf: (price) => 50 - price,
  priceAt: (y) => 50 - y,
  attach: () => () => {},
};

function entry(group: ChartMenuEntry["group"], label: ChartMenuEntry["label"], ran: string[] = []): ChartMenuEntry {
  return { group, label, run: ({ price }) => ran.push(`${group} at ${price}`) };
}

test("entries are in the order of their groups, and of a group in the order in which they came", () => {
  const menu = new ChartMenu();
  menu.add(entry("copy", () => "Copy"));
  menu.add(
    entry("draw", () => "Line"),
    entry("draw", () => "Trend"),
  );
  menu.add(entry("why", () => "Why?"));
  expect(menu.offered(SPOT).map(({ text }) => text)).toEqual(["Why?", "Line", "Trend", "Copy"]);
});

test("an entry names its place, runs with it, and may not be offered there", () => {
  const ran: string[] = [];
  const menu = new ChartMenu();
  menu.add(entry("alert", ({ price }) => `Alert at ${price}`, ran));
  menu.add(entry("alert", ({ drawing }) => drawing && "Alert at this line"));
  const offered = menu.offered(SPOT);
  expect(offered.map(({ text }) => text)).toEqual(["Alert at 12.3"]);
  offered[0]?.run();
  expect(ran).toEqual(["alert at 12.3"]);
});

test("entries that were removed are gone; a menu without any stays closed", () => {
  const menu = new ChartMenu();
  const remove = menu.add(entry("why", () => "Why?"));
  expect(menu.openFor(SPOT, 3, 4)).toBe(true);
  expect(menu.open.value).toMatchObject({ x: 3, y: 4, entries: [{ text: "Why?" }] });
  menu.close();
  remove();
  expect(menu.openFor(SPOT, 3, 4)).toBe(false);
  expect(menu.open.value).toBeUndefined();
});

test("a place has the open time of the nearest candle and a price with the symbol's decimals", () => {
  expect(spotAt(PLANE, 22, 37.66)).toEqual({ ...SPOT, openTime: 600_000, price: 12.3 });
  expect(spotAt(PLANE, 26, 37.66)?.openTime).toBe(900_000);
});

test("outside the pane, and without a series, there is no place", () => {
  expect([spotAt(PLANE, -1, 5), spotAt(PLANE, 5, 51), spotAt({ ...PLANE, series: undefined }, 5, 5)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
