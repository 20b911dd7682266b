import { afterAll, expect, test } from "bun:test";
import { BTC, LIFE, serveMarket } from "../../tests/helpers/served-market.ts";
import type { Series } from "../store/mod.ts";
import { ByteWriter } from "./byte-writer.ts";
import { CacheMeter } from "./caches.ts";
import { RowCache } from "./row-cache.ts";

const market = serveMarket();
afterAll(() => market.server.stop());
const seriesOf = (symbol: typeof BTC, interval: "1m" | "5m"): Series => market.store.series(symbol, interval) as Series;
const [one, two, three] = [seriesOf(BTC, "1m"), seriesOf(LIFE, "1m"), seriesOf(BTC, "5m")];
const ALL = { limit: 300 };

/** Whether the rows are kept now. */
function read(cache: RowCache, series: Series, query = ALL): boolean {
  const selection = series.select(query);
  const rows = cache.of(series, selection);
  rows?.write(selection, new ByteWriter());
  if (rows !== undefined) cache.count(series, rows);
  return rows !== undefined;
}

/** What the rows of series take. */
function bytesOf(...all: readonly Series[]): number {
  const meter = new CacheMeter(Number.POSITIVE_INFINITY);
  const cache = new RowCache(meter);
  for (const series of all) read(cache, series);
  return meter.bytes;
}

test("where all are asked for alike, and don't fit, those that are there stay, and nothing is kept of others", () => {
  const meter = new CacheMeter(1.02 * bytesOf(one, two));
  const cache = new RowCache(meter);
  expect([read(cache, one), read(cache, two)]).toEqual([true, true]);
  for (let round = 0; round < 100; round += 1) {
    expect([one, two, three].map((series) => read(cache, series))).toEqual([true, true, false]);
  }
  expect([meter.evictions, meter.isOver]).toEqual([0, false]);
});

test("one that is asked for clearly more often takes the place of the one that was asked for longest ago", () => {
  const meter = new CacheMeter(1.02 * bytesOf(one, two));
  const cache = new RowCache(meter);
  for (let time = 0; time < 10; time += 1) read(cache, two);
  for (let time = 0; time < 10; time += 1) read(cache, one);
  let times = 1;
  while (!read(cache, three)) times += 1;
  expect(times).toBe(25);
  expect([meter.evictions, meter.isOver]).toEqual([1, false]);
  expect([read(cache, one), read(cache, three), read(cache, two)]).toEqual([true, true, false]);
});

test("what was asked for often, but no more, makes room in the end", () => {
  const meter = new CacheMeter(1.02 * bytesOf(one));
  const cache = new RowCache(meter);
  for (let time = 0; time < 30_000; time += 1) read(cache, one, { limit: 1 });
  read(cache, one);
  let times = 1;
  while (!read(cache, two) && times < 200_000) times += 1;
  // The counts are halved each 50,000 asks: 20,000 later, 70,000, …
  expect(times).toBeGreaterThan(20_000);
  expect(times).toBeLessThan(71_000);
});

test("rows of a few klines grow where there is room, and otherwise serve those who ask for as few", () => {
  const meter = new CacheMeter(1.02 * bytesOf(two) + 20_000);
  const cache = new RowCache(meter);
  expect([read(cache, two), read(cache, one, { limit: 50 })]).toEqual([true, true]);
  const { bytes } = meter;
  expect([read(cache, one), read(cache, one, { limit: 50 })]).toEqual([false, true]);
  expect([meter.bytes, meter.evictions]).toEqual([bytes, 0]);
});

test("a reader of the whole market keeps nothing new where there is no room, and pushes nothing out", () => {
  const meter = new CacheMeter(100_000);
  const cache = new RowCache(meter);
  read(cache, one);
  const { bytes } = meter;
  expect(bytes).toBeGreaterThan(50_000);
  expect(cache.scan(two, two.select(ALL))).toBeUndefined();
  expect(cache.scan(one, one.select(ALL))).toBe(cache.of(one, one.select(ALL)));
  // One that is kept with fewer rows doesn't grow, either.
  expect(read(cache, two, { limit: 5 })).toBe(true);
  const few = meter.bytes;
  expect(cache.scan(two, two.select(ALL))).toBeUndefined();
  expect([meter.bytes, meter.evictions]).toEqual([few, 0]);
});
