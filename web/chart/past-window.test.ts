import { expect, test } from "bun:test";
import { emptyKline, type UnixMs } from "../../src/core/mod.ts";
import type { KlinesAnswer, WireKline } from "../../src/wire/mod.ts";
import { MOST_WINDOW_CANDLES, PastWindow } from "./past-window.ts";

const MINUTE = 60_000;

/** A server that has the minutes of a range, in pages; `asked` are the queries that it got. */
function windowOn(from: number, to: number, settled = false) {
  const asked: Record<string, unknown>[] = [];
  let changes = 0;
  const all: WireKline[] = [];
  for (let openTime = from; openTime <= to; openTime += MINUTE) {
    all.push({ ...emptyKline(), openTime: openTime as UnixMs, closed: true });
  }
  const past = new PastWindow({
    client: {
      klines: async (symbol, interval, { limit = 100, startTime, endTime = Number.MAX_SAFE_INTEGER } = {}) => {
        asked.push({ limit, startTime, endTime });
        const within = all.filter(({ openTime }) => openTime >= (startTime ?? 0) && openTime <= endTime);
        const klines = startTime === undefined ? within.slice(-limit) : within.slice(0, limit);
        return { symbol, interval, count: klines.length, complete: true, settled, klines } as KlinesAnswer;
      },
    },
    choice: { symbol: "BTCUSDT", interval: "1m" },
    capacity: () => 500,
    onChange: () => {
      changes += 1;
    },
  });
  return { past, asked, changes: () => changes, times: () => past.klines.map(({ openTime }) => openTime / MINUTE) };
}

const minutes = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);

test("older candles come page by page, one question at a time, until the server has no more", async () => {
  const { past, asked, changes, times } = windowOn(0, 1_199 * MINUTE);
  await Promise.all([past.older(1_200 * MINUTE), past.older(1_200 * MINUTE)]);
  expect(times()).toEqual(minutes(700, 1_199));
  await past.older(0);
  expect([times()[0], past.beginning]).toEqual([200, undefined]);
  await past.older(0);
  await past.older(0);
  expect([times().length, times()[0], past.beginning]).toEqual([1_200, 0, "of this server"]);
  expect([asked.length, changes()]).toEqual([3, 3]);
});

test("where the server is certain that there are no older candles, the market begins there", async () => {
  const { past } = windowOn(1_000 * MINUTE, 1_100 * MINUTE, true);
  await past.older(1_101 * MINUTE);
  expect(past.beginning).toBe("of the market");
});

test("a window around a moment grows at both ends; where there is nothing, it stays as it was", async () => {
  const { past, times } = windowOn(0, 3_000 * MINUTE);
  expect(await past.around(2_000 * MINUTE)).toBe(true);
  expect(times()).toEqual(minutes(1_750, 2_249));
  await past.newer();
  await past.older(0);
  expect(times()).toEqual(minutes(1_250, 2_749));
  expect(await past.around(9_000 * MINUTE)).toBe(false);
  expect(times()).toEqual(minutes(1_250, 2_749));
});

test("around a moment before the first candle, a window begins with the oldest ones", async () => {
  const { past, times } = windowOn(5_000 * MINUTE, 6_000 * MINUTE);
  expect(await past.around(0)).toBe(true);
  expect(times()).toEqual(minutes(5_000, 5_499));
});

test("candles that the newest ones left behind follow on, each once", async () => {
  const { past, times } = windowOn(0, 600 * MINUTE);
  await past.older(601 * MINUTE);
  past.append([599, 600, 601, 602].map((minute) => ({ ...emptyKline(), openTime: (minute * MINUTE) as UnixMs })));
  expect(times().slice(-4)).toEqual([599, 600, 601, 602]);
});

test("what is too much goes from the end that is out of sight", async () => {
  const { past, times } = windowOn(0, 25_000 * MINUTE);
  for (let pages = 0; pages < 45; pages += 1) await past.older(25_001 * MINUTE);
  const oldest = times()[0] as number;
  past.trim("oldest");
  expect([times().length, times()[0]]).toEqual([MOST_WINDOW_CANDLES, oldest]);
  past.close();
  await past.newer();
  expect(times()).toHaveLength(MOST_WINDOW_CANDLES);
});

test("after it is closed, or when the server can't be asked, nothing changes", async () => {
  let changes = 0;
  const past = new PastWindow({
    client: { klines: () => Promise.reject(new Error("gone")) },
    choice: { symbol: "BTCUSDT", interval: "1m" },
    capacity: () => 500,
    onChange: () => {
      changes += 1;
    },
  });
  await past.older(1);
  expect([past.klines.length, past.beginning, past.isLoading, changes]).toEqual([0, undefined, false, 1]);
});
