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

test("a stretch of the past is shown when going to it has ended, also while no frame is drawn", async () => {
  const day = Date.UTC(2026, 0, 5);
  const past = Array.from({ length: 3 }, (_, at) => ({ ...emptyKline(), openTime: day + (at - 1) * 60_000 }));
  const series = {
    ...{
      symbol: "BTCUSDT",
      interval: "1m",
      limit: 500,
      settled: true,
      complete: true,
      isLoading: false,
      state: "live",
    },
    klines: [{ ...emptyKline(), openTime: day + 86_400_000 }],
    listen: () => {},
    close: () => {},
  };
  let answered: object = { klines: past, settled: true };
  const feed = new ChartFeed({
    client: {
      klineSeries: () => series as unknown as KlineSeries,
      klines: () => Promise.resolve(answered as never),
    },
    queue: { put: () => {} } as unknown as FrameQueue,
    onHeard: () => {},
  });
  feed.choose({ symbol: "BTCUSDT", interval: "1m" } as never);
  expect(await feed.goTo(day, 500)).toBe(true);
  expect(feed.state.value?.klines.map(({ openTime }): number => openTime)).toEqual([day - 60_000, day, day + 60_000]);
  answered = { klines: [], settled: true };
  expect(await feed.goTo(day - 86_400_000, 500)).toBe(false);
  expect(feed.state.value?.klines).toHaveLength(3);
  const left = feed.goTo(day, 500);
  feed.choose({ symbol: "BTCUSDT", interval: "1h" } as never);
  expect(await left).toBeUndefined();
});

test("a market that was replaced is shown from its beginning, without anything of the one before", () => {
  const made: { epoch: string | undefined; isClosed: boolean; tell: () => void }[] = [];
  const feed = new ChartFeed({
    client: {
      klineSeries: () => {
        const one = { epoch: made.length === 0 ? undefined : "two", isClosed: false, tell: (): void => {} };
        made.push(one);
        const series = {
          ...{ symbol: "BTCUSDT", interval: "1m", klines: [emptyKline()], state: "live", settled: true },
          ...{ complete: true, limit: 500 },
          get epoch() {
            return one.epoch;
          },
          listen: (listener: () => void) => {
            one.tell = listener;
          },
          close: () => {
            one.isClosed = true;
          },
        };
        return series as unknown as KlineSeries;
      },
      klines: () => Promise.reject(new Error("not asked")),
    },
    queue: { put: (_: string, draw: () => void) => draw() } as unknown as FrameQueue,
    onHeard: () => {},
  });
  feed.choose({ symbol: "BTCUSDT", interval: "1m" } as never);
  const told = (epoch: string): void => {
    if (made[0] !== undefined) made[0].epoch = epoch;
    made[0]?.tell();
  };
  told("one");
  told("one");
  expect(made.map(({ isClosed }) => isClosed)).toEqual([false]);
  told("two");
  expect(made.map(({ isClosed }) => isClosed)).toEqual([true, false]);
  expect(feed.state.value?.klines).toHaveLength(1);
  feed.close();
});
