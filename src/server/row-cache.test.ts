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

function read(cache: RowCache, series: Series): void {
  const rows = cache.of(series);
  rows.write(series.select({ limit: 300 }), new ByteWriter());
  cache.count(series, rows);
}

test("past the bound the series that was asked for longest ago goes, and no other", () => {
  const probe = new CacheMeter(Number.POSITIVE_INFINITY);
  read(new RowCache(probe), one);
  // Two series of 300 minutes fit, with some room.
  const meter = new CacheMeter(2.1 * probe.bytes);
  const cache = new RowCache(meter);
  read(cache, one);
  read(cache, two);
  const kept = cache.of(one);
  read(cache, three);
  expect(meter.evictions).toBe(1);
  expect(meter.isOver).toBe(false);
  expect(cache.of(one)).toBe(kept);
});

test("a reader of the whole market keeps nothing new where there is no room, and pushes nothing out", () => {
  const meter = new CacheMeter(100_000);
  const cache = new RowCache(meter);
  read(cache, one);
  const { bytes } = meter;
  expect(bytes).toBeGreaterThan(50_000);
  expect(cache.scan(two)).toBeUndefined();
  expect(cache.scan(one)).toBe(cache.of(one));
  expect([meter.bytes, meter.evictions]).toEqual([bytes, 0]);
});
