import { describe, expect, test } from "bun:test";
import { type Kline, parseSymbol, type UnixMs } from "../../src/core/mod.ts";
import { MarketStore, readKlines } from "../../src/store/mod.ts";
import { dumpRows, hasRecorded, klineOfRow, restRows } from "../helpers/recorded.ts";

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
