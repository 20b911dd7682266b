import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { systemClock } from "../../src/cli/clock.ts";
import type { RunningVyx } from "../../src/cli/serve.ts";
import type { Kline, UnixMs } from "../../src/core/mod.ts";
import { createExchange, type Exchange } from "../../src/exchange/mod.ts";
import { hasRecorded, klineOfRow, RECORDED, restRows } from "../helpers/recorded.ts";
import { getJson, startOn } from "../helpers/running-vyx.ts";
import { until } from "../helpers/until.ts";

type Klines = { count: number; complete: boolean; klines: Kline[] };

const TWO_HOURS = 2 * 60 * 60_000;

describe.skipIf(!hasRecorded)("BTC's two hours of 2017 to 2019, with the outages of the exchange", () => {
  const rows = hasRecorded ? restRows("spot_htf_full/BTCUSDT-2h-2017-08-17_2019-12-31.json.gz") : [];
  const outages = rows.flatMap((row, index) => {
    const expected = (rows[index - 1]?.[0] ?? Number.NaN) + TWO_HOURS;
    return index > 0 && row[0] !== expected ? [{ from: expected, to: (row[0] as number) - TWO_HOURS }] : [];
  });
  let exchange: Exchange;
  let vyx: RunningVyx;

  beforeAll(async () => {
    const start = Date.UTC(2019, 11, 31, 23) as UnixMs;
    exchange = createExchange({
      port: 0,
      clock: systemClock,
      data: join(RECORDED, "spot_htf_full"),
      symbols: ["BTCUSDT"],
      start,
    });
    vyx = await startOn(exchange, { intervals: "2h", capacity: "11000" });
    // Nothing was recorded that streams could tell then, so the server never calls itself ready. Its history is whole all the same.
    await until(async () => {
      const { coverage } = await getJson<{ coverage: { complete: number; total: number } }>(vyx, "/health");
      return coverage.total === 1 && coverage.complete === 1;
    });
  });
  afterAll(async () => {
    await vyx?.stop();
    await exchange?.stop();
  });

  test("the 11 outages are holes, and no row was made up", async () => {
    expect(outages).toHaveLength(11);
    const coverage = await getJson<{ holes: object[]; count: number; sources: object }>(vyx, "/coverage/BTCUSDT/2h");
    expect(coverage.holes).toEqual(outages);
    expect(coverage.sources).toMatchObject({ rest: coverage.count, rollup: 0, stream: 0 });
    const { klines } = await getJson<Klines>(vyx, "/klines/BTCUSDT/2h?limit=11000");
    const closed = klines.filter((kline) => kline.closed);
    expect(closed).toEqual(rows.filter(([openTime]) => (openTime ?? 0) < exchange.now() - TWO_HOURS).map(klineOfRow));
  });

  test("answers that span an outage aren't complete, others are", async () => {
    const complete = async (from: number, to: number): Promise<boolean> =>
      (await getJson<Klines>(vyx, `/klines/BTCUSDT/2h?startTime=${from}&endTime=${to}&limit=1000`)).complete;
    for (const { from, to } of outages) {
      expect(await complete(from - 2 * TWO_HOURS, to + 2 * TWO_HOURS)).toBe(false);
      expect(await complete(from, to)).toBe(false);
      expect(await complete(from - TWO_HOURS, from - TWO_HOURS)).toBe(true);
      expect(await complete(to + TWO_HOURS, to + TWO_HOURS)).toBe(true);
    }
  });
});
