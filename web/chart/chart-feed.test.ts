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
    client: { klineSeries: () => series as unknown as KlineSeries },
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
