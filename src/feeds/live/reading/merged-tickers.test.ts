import { describe, expect, test } from "bun:test";
import { type MarketEvent, parseSymbol, type Symbol, type UnixMs } from "../../../core/mod.ts";
import { BINANCE } from "../../binance/binance.ts";
import type { FrameSink, TickerChange } from "../../exchange.ts";
import { FrameReader } from "./frame-reader.ts";
import { MergedTickers } from "./merged-tickers.ts";

const NOON = Date.UTC(2026, 1, 10, 12);
const BTC = parseSymbol("BYBIT:BTCUSDT.P");
const WHOLE = { price: 100, open: 90, high: 110, low: 80, volume: 5, quoteVolume: 480 };
const snapshot = (figures: TickerChange["figures"] = WHOLE, at = 0): TickerChange => change(figures, at, true);

function change(figures: TickerChange["figures"], at: number, isSnapshot = false): TickerChange {
  return { symbol: BTC, updatedAt: (NOON + at) as UnixMs, isSnapshot, figures };
}

describe("a ticker that is sent in changes", () => {
  const [one, other] = [{}, {}];

  test("has what the snapshot said, but for what changed since", () => {
    const merged = new MergedTickers();
    expect(merged.merge(one, snapshot())).toEqual({
      ticker: { ...WHOLE, symbol: BTC, updatedAt: NOON as UnixMs },
      isNew: true,
    });
    merged.merge(one, change({ price: 101 }, 100));
    const all = { ...WHOLE, price: 101, volume: 6, quoteVolume: 580, symbol: BTC };
    expect(merged.merge(one, change({ volume: 6, quoteVolume: 580 }, 200))).toEqual({
      ticker: { ...all, updatedAt: (NOON + 200) as UnixMs },
      isNew: true,
    });
    // Told again, or with figures that aren't kept only, it is none.
    for (const again of [change({}, 300), change({ volume: 6 }, 300), snapshot(all, 300)]) {
      expect(merged.merge(one, again)).toMatchObject({ isNew: false, ticker: { updatedAt: NOON + 300 } });
    }
  });

  test("is nothing before a snapshot came on the same connection: another may have missed something", () => {
    const merged = new MergedTickers();
    merged.merge(one, snapshot());
    expect(merged.merge(other, change({ price: 101 }, 100))).toEqual({ lost: "no_snapshot", isNew: true });
    expect(merged.merge(other, change({ price: 102 }, 110))).toEqual({ lost: "no_snapshot", isNew: false });
    merged.merge(other, snapshot({ ...WHOLE, price: 102 }, 200));
    // The older connection is behind, and says so with each ticker's time.
    const ofOne = merged.merge(one, change({ volume: 6 }, 150));
    expect(ofOne).toMatchObject({ ticker: { price: 100, updatedAt: NOON + 150 } });
    const ofOther = merged.merge(other, change({ volume: 6 }, 250));
    expect(ofOther).toMatchObject({ ticker: { price: 102, updatedAt: NOON + 250 } });
  });

  test("may say that its quote volume is unknown, as recordings lack it, but not leave it out", () => {
    const merged = new MergedTickers();
    const unknown = { ...WHOLE, quoteVolume: Number.NaN };
    expect(merged.merge(one, snapshot(unknown))).toMatchObject({ ticker: unknown, isNew: true });
    expect(merged.merge(one, change({}, 100))).toMatchObject({ ticker: unknown, isNew: false });
    expect(merged.merge(one, change({ quoteVolume: 480 }, 200))).toMatchObject({ ticker: WHOLE, isNew: true });
    const { quoteVolume: _, ...lacking } = WHOLE;
    expect(merged.merge(one, snapshot(lacking, 300))).toEqual({ lost: "bad_ticker", isNew: true });
  });

  test("that can't be meant is refused, and with it all until the next snapshot", () => {
    const merged = new MergedTickers();
    merged.merge(one, snapshot());
    expect(merged.merge(one, change({ price: Number.NaN }, 100))).toEqual({ lost: "bad_ticker", isNew: true });
    expect(merged.merge(one, change({ volume: 6 }, 200))).toEqual({ lost: "no_snapshot", isNew: false });
    const { low: _, ...lacking } = WHOLE;
    expect(merged.merge(one, snapshot(lacking, 300))).toEqual({ lost: "bad_ticker", isNew: false });
    expect(merged.merge(one, snapshot(WHOLE, 400))).toMatchObject({ ticker: WHOLE, isNew: true });
  });
});

test("a reader passes whole tickers on; a change of nothing that is kept shows only that the exchange speaks", () => {
  let next: TickerChange = snapshot();
  const read = (_: string, sink: FrameSink): void => sink.tickerChange(next, undefined);
  const told: MarketEvent[] = [];
  const spoke: (Symbol | undefined)[] = [];
  const reader = new FrameReader(
    { ...BINANCE, streams: { ...BINANCE.streams, read } },
    new Map([["BTCUSDT", BTC]]),
    (event) => told.push(event),
    { nothingNew: (symbol) => spoke.push(symbol), believes: (eventTime) => eventTime < NOON + 300 },
  );
  for (const one of [
    change({ price: 99 }, 0),
    snapshot(),
    change({}, 100),
    change({ price: 120 }, 200),
    change({}, 300),
  ]) {
    next = one;
    reader.read("");
  }
  expect(told).toMatchObject([
    { type: "ticker", ticker: { price: 100, priceChange: 10 } },
    { type: "ticker", ticker: { price: 120, priceChange: 30, updatedAt: NOON + 200 } },
  ]);
  expect(spoke).toEqual([BTC]);
  expect(Object.fromEntries(reader.counts)).toEqual({ no_snapshot: 1, ticker: 2, ignored: 1, bad_event_time: 1 });
});
