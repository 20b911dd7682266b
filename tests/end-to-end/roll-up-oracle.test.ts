import { describe, expect, test } from "bun:test";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Kline, parseSymbol, type UnixMs } from "../../src/core/mod.ts";
import { RecordedMarket } from "../../src/exchange/recorded/market.ts";
import { MarketStore, readKlines } from "../../src/store/mod.ts";
import { dumpRows, hasRecorded, klineOfRow, RECORDED, restRows } from "../helpers/recorded.ts";

const HOUR = 3_600_000;

describe.skipIf(!hasRecorded)("the exchange's own hours", () => {
  test.each(["BTCUSDT", "ETHUSDT"])(
    "%s: 71 whole hours of recorded minutes roll up to them in every column",
    (name) => {
      const symbol = parseSymbol(name);
      const minutes = dumpRows(`spot_1m_full/${name}_1m_karasik.csv.gz`).map(klineOfRow);
      const store = new MarketStore({ intervals: ["1m", "1h"], capacity: 500 });
      const about = { base: "", quote: "", status: "TRADING", priceDecimals: 2, quantityDecimals: 5 } as const;
      store.apply({ type: "symbols", symbols: [{ symbol, ...about }] });
      const first = minutes[0]?.openTime as UnixMs;
      store.apply({ type: "history", symbol, interval: "1m", from: first, to: first, klines: minutes.slice(0, 1) });
      for (const kline of minutes.slice(1)) {
        const half = { ...kline, volume: kline.volume / 2, closed: false };
        store.apply({
          type: "kline",
          symbol,
          interval: "1m",
          kline: half,
          eventTime: (kline.openTime + 30_000) as UnixMs,
        });
        store.apply({ type: "kline", symbol, interval: "1m", kline, eventTime: (kline.closeTime + 1) as UnixMs });
      }
      const series = store.series(symbol, "1h");
      if (series === undefined) throw new Error("no hours");
      const hours = readKlines(series, { first: 0, end: series.ring.length }).filter(({ closed }) => closed);
      const file = `spot_htf_full/${name}-1h-2025-07-01_2026-04-30.json.gz`;
      const own = restRows(file).map(klineOfRow);
      const from = Math.ceil((minutes[0]?.openTime ?? 0) / HOUR) * HOUR;
      const to = Math.floor(((minutes.at(-1)?.openTime ?? 0) + 60_000) / HOUR) * HOUR;
      const expected: Kline[] = own.filter(({ openTime }) => openTime >= from && openTime < to);
      expect(expected).toHaveLength(71);
      expect(hours).toEqual(expected);
    },
  );
});

describe.skipIf(!hasRecorded)("the exchange's own days, added up", () => {
  const DAYS = "BTCUSDT-1d-2017-08-17_2026-04-29.json.gz";

  test("to 3d, weeks and months, they are what the exchange has, in the last place too: nothing is restated", () => {
    const market = recorded(DAYS);
    const symbol = parseSymbol("BTCUSDT");
    const store = new MarketStore({ intervals: ["3d", "1w", "1M"], capacity: 4_000 });
    const about = { base: "", quote: "", status: "TRADING", priceDecimals: 2, quantityDecimals: 5 } as const;
    store.apply({ type: "symbols", symbols: [{ symbol, ...about }] });
    const days = market.klines("BTCUSDT", "1d", 0, market.end, 4_000);
    const [from, to] = [days[0]?.openTime as UnixMs, days.at(-1)?.openTime as UnixMs];
    store.apply({ type: "history", symbol, interval: "1d", from, to, klines: days });
    for (const interval of ["3d", "1w", "1M"] as const) {
      const klines = market.klines("BTCUSDT", interval, 0, market.end, 4_000).slice(0, -1);
      expect(klines.length).toBeGreaterThan(100);
      const [first, last] = [klines[0]?.openTime as UnixMs, klines.at(-1)?.openTime as UnixMs];
      const askedAt = (market.end + 31 * 24 * HOUR) as UnixMs;
      store.apply({ type: "history", symbol, interval, from: first, to: last, klines, askedAt });
    }
    expect(store.outcomes.contradiction).toBe(0);
    expect(store.restated).toEqual({ klines: 0, columns: {} });
  });

  test("from two hours they are the exchange's own in every column, the day that an outage ended early included", () => {
    const days = recorded("BTCUSDT-2h-2017-08-17_2019-12-31.json.gz").klines(
      "BTCUSDT",
      "1d",
      Date.UTC(2017, 7, 18),
      Date.UTC(2019, 11, 30),
      1_000,
    );
    const own = restRows(`spot_htf_full/${DAYS}`).map(klineOfRow);
    expect(days).toHaveLength(865);
    expect(days).toEqual(own.filter(({ openTime }) => days.some((day) => day.openTime === openTime)));
    const outage = days.find(({ openTime }) => openTime === Date.UTC(2018, 1, 8));
    expect(outage?.closeTime).toBe(Date.UTC(2018, 1, 8, 0, 28, 14, 788) as UnixMs);
  });
});

/** A market of one recorded file. */
function recorded(file: string): RecordedMarket {
  const folder = mkdtempSync(join(tmpdir(), "vyx-oracle-"));
  try {
    copyFileSync(join(RECORDED, "spot_htf_full", file), join(folder, file));
    return new RecordedMarket(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
