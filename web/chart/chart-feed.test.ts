import { expect, test } from "bun:test";
import type { KlineSeries } from "../../src/client/mod.ts";
import { emptyKline, type Kline } from "../../src/core/mod.ts";
import type { FrameQueue } from "../market/frame-queue.ts";
import { ChartFeed } from "./chart-feed.ts";

test("only a kline that moved is news of the market: a server without its exchange sends the same ones again", () => {
  let tell = (): void => {};
  const series = {
    symbol: "BTCUSDT",
    interval: "1m",
    klines: [] as Kline[],
    state: "live",
    settled: true,
    complete: true,
    listen: (listener: () => void) => {
      tell = listener;
    },
    close: () => {},
  };
  let heard = 0;
  const feed = new ChartFeed({
    client: {
      klineSeries: () => series as unknown as KlineSeries,
      klines: () => Promise.reject(new Error("not asked")),
    },
    queue: { put: () => {} } as unknown as FrameQueue,
    onHeard: () => {
      heard += 1;
    },
  });
  feed.choose({ symbol: "BTCUSDT", interval: "1m" } as never);
  const one = { ...emptyKline(), close: 10, trades: 1 };
  series.klines = [one];
  tell();
  series.klines = [{ ...one }];
  tell();
  expect(heard).toBe(0);
  series.klines = [{ ...one, close: 11, trades: 2 }];
  tell();
  expect(heard).toBe(1);
  series.klines = [{ ...one, close: 11, trades: 2 }];
  tell();
  expect(heard).toBe(1);
});

test("as many klines as studies need are asked for once, as far as the server keeps them", () => {
  const asked: number[] = [];
  const series = {
    symbol: "BTCUSDT",
    interval: "1m",
    klines: Array.from({ length: 500 }, () => emptyKline()),
    limit: 500,
    settled: false,
    isLoading: false,
    listen: () => {},
    close: () => {},
    extend: (limit: number) => {
      series.limit = limit;
      asked.push(limit);
    },
  };
  const feed = new ChartFeed({
    client: {
      klineSeries: () => series as unknown as KlineSeries,
      klines: () => Promise.reject(new Error("not asked")),
    },
    queue: { put: () => {} } as unknown as FrameQueue,
    onHeard: () => {},
  });
  feed.need(1_000, 2_000);
  feed.choose({ symbol: "BTCUSDT", interval: "1m" } as never);
  feed.need(1_000, 2_000);
  series.settled = true;
  for (const [klines, capacity] of [
    [400, 2_000],
    [1_000, undefined],
    [1_000, 700],
    [1_000, 700],
  ] as const) {
    feed.need(klines, capacity);
  }
  // The symbol is young: there are no older ones.
  feed.need(1_000, 2_000);
  expect(asked).toEqual([700]);
});
