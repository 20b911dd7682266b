import { describe, expect, test } from "bun:test";
import { systemClock } from "../../src/cli/clock.ts";
import { seededRandom, type UnixMs } from "../../src/core/mod.ts";
import { createExchange } from "../../src/exchange/mod.ts";
import { feedContract } from "../../src/feeds/feed.contract.ts";
import { BINANCE, LiveFeed } from "../../src/feeds/mod.ts";
import { MarketStore } from "../../src/store/mod.ts";
import { until } from "../helpers/until.ts";

const SILENT = { info: () => {}, warn: () => {} };

feedContract("binance", async (sink) => {
  const exchange = createExchange({
    port: 0,
    clock: systemClock,
    speed: 120,
    symbols: ["BTCUSDT", "ETHUSDT", "币安人生USDT"],
  });
  const store = new MarketStore({ intervals: ["1m", "5m"], capacity: 50 });
  const feed = new LiveFeed({
    exchange: BINANCE,
    restUrl: exchange.url,
    wsUrl: exchange.url.replace("http", "ws"),
    selection: { kind: "all" },
    quote: "USDT",
    gaps: store,
    clock: systemClock,
    stopwatch: () => performance.now(),
    random: seededRandom(1),
    log: SILENT,
  });
  let closes = 0;
  const stopping = new AbortController();
  const running = feed.run((event) => {
    store.apply(event);
    sink(event);
    if (event.type === "kline" && event.kline.closed) closes += 1;
  }, stopping.signal);
  return {
    feed,
    truth: (symbol, openTime) => exchange.truth(symbol, openTime, openTime)[0],
    untilCloses: (count) => until(() => closes >= count),
    stop: async () => {
      stopping.abort(new Error("stopped"));
      await running;
      await exchange.stop();
    },
  };
});

describe("binance: many symbols", () => {
  test("500 symbols come over as many connections as needed, and every series is whole", async () => {
    // From the beginning of a minute: no close falls into the start, which one connection may bring later than the other.
    const exchange = createExchange({
      port: 0,
      clock: systemClock,
      symbols: 500,
      start: Date.UTC(2026, 1, 10) as UnixMs,
    });
    const store = new MarketStore({ intervals: ["1m"], capacity: 20 });
    const feed = new LiveFeed({
      exchange: BINANCE,
      restUrl: exchange.url,
      wsUrl: exchange.url.replace("http", "ws"),
      selection: { kind: "list", symbols: exchange.symbols as never },
      quote: "USDT",
      gaps: store,
      clock: systemClock,
      stopwatch: () => performance.now(),
      random: seededRandom(1),
      log: SILENT,
    });
    const stopping = new AbortController();
    const running = feed.run((event) => store.apply(event), stopping.signal);
    await until(() => feed.status().state === "live");
    expect(feed.status().connections).toBe(2);
    expect(store.coverage()).toEqual({ complete: 500, total: 500 });
    // One question a symbol warms it up; on a busy machine one connection may fall behind the other, and closes are asked for.
    const { repairs, closesAsked } = feed.figures();
    expect(repairs.asked).toBeLessThanOrEqual(500 + closesAsked);
    stopping.abort(new Error("stopped"));
    await running;
    await exchange.stop();
  });
});
