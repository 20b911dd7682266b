import { expect, test } from "bun:test";
import { minuteKlines } from "../../../tests/helpers/truth.ts";
import { parseSymbol, type UnixMs } from "../../core/mod.ts";
import { MarketStore } from "../../store/mod.ts";
import { klineText } from "../../wire/mod.ts";
import { LATE_AFTER_MS, StreamWatchdog } from "./watchdog.ts";

const START = Date.UTC(2026, 1, 10) as UnixMs;
const SYMBOLS = ["BTCUSDT", "币安人生USDT"].map((name) => parseSymbol(name));
const MINUTES = minuteKlines(START, 10, 1, () => false);

test("a close that didn't come whole through the stream in time is counted, and the next one that did ends the alarm", () => {
  let now = 0;
  const store = new MarketStore({ intervals: ["1m"], capacity: 100 });
  const symbols = SYMBOLS.map((symbol) => ({
    ...{ symbol, base: "A", quote: "USDT", status: "TRADING" as const, priceDecimals: 2, quantityDecimals: 2 },
  }));
  store.apply({ type: "symbols", symbols });
  const watchdog = new StreamWatchdog(store, () => now);
  /** A minute closes in the store, and comes through the stream for some symbols. */
  const close = (index: number, throughStream: readonly string[]): void => {
    const kline = MINUTES[index];
    if (kline === undefined) throw new Error("no such minute");
    for (const symbol of SYMBOLS) {
      store.apply({ type: "kline", symbol, interval: "1m", kline, eventTime: (kline.closeTime + 1) as UnixMs });
    }
    for (const symbol of throughStream) watchdog.final(klineText(`kline:${symbol}:1m`, kline, false, store.marketTime));
    watchdog.look();
    now += LATE_AFTER_MS - 1;
    watchdog.look();
  };
  const seen = (): [boolean, number] => {
    now += 1;
    watchdog.look();
    return [watchdog.isLate, watchdog.late];
  };
  // The first one may have been published before the stream was read.
  close(0, []);
  expect(seen()).toEqual([false, 0]);
  close(1, SYMBOLS);
  expect(seen()).toEqual([false, 0]);
  close(2, SYMBOLS.slice(1));
  expect(watchdog.isLate).toBe(false);
  expect(seen()).toEqual([true, 1]);
  close(3, []);
  expect(seen()).toEqual([true, 2]);
  close(4, SYMBOLS);
  expect(seen()).toEqual([false, 2]);
  for (const junk of ["", "{}", '"channel":"kline:X:1m"']) watchdog.final(junk);
});

test("final states of minutes that never close here take no memory beyond a bound", () => {
  const watchdog = new StreamWatchdog(new MarketStore({ intervals: ["1m"], capacity: 100 }), () => 0);
  for (let minute = 0; minute < 5_000; minute += 1) {
    watchdog.final(
      `{"type":"kline","channel":"kline:BTCUSDT:1m","kline":{"openTime":${4_102_444_800_000 + minute * 60_000}}}`,
    );
  }
  expect(watchdog.held).toBe(1_000);
});
