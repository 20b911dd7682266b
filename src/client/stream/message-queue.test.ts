import { expect, test } from "bun:test";
import { minuteKlines } from "../../../tests/helpers/truth.ts";
import { type Kline, parseSymbol, type Ticker, tickerOf, type UnixMs } from "../../core/mod.ts";
import type { StreamMessage } from "./message.ts";
import { MessageQueue } from "./message-queue.ts";

const START = Date.UTC(2026, 1, 10) as UnixMs;
const MINUTES = minuteKlines(START, 5, 7, () => false);

function kline(index: number, closed: boolean, channel = "kline:A:1m", change: Partial<Kline> = {}): StreamMessage {
  return { type: "kline", channel, kline: { ...(MINUTES[index] as Kline), closed, ...change } };
}

function ticker(name: string, price: number): Ticker {
  const figures = { price, open: 1, high: 9, low: 1, volume: 1, quoteVolume: 1, updatedAt: START };
  return tickerOf({ symbol: parseSymbol(name), ...figures });
}

function all(queue: MessageQueue): StreamMessage[] {
  const taken: StreamMessage[] = [];
  for (let message = queue.take(); message !== undefined; message = queue.take()) taken.push(message);
  return taken;
}

test("a newer open state takes the place of the one that waits; closes are all kept, in order", () => {
  const queue = new MessageQueue();
  const last = kline(2, false, "kline:A:1m", { trades: 99 });
  for (const message of [kline(0, false), kline(0, true), kline(1, false), kline(1, true), kline(2, false), last]) {
    queue.put(message);
  }
  expect(queue.kept).toBe(2);
  expect(all(queue)).toEqual([kline(0, true), kline(1, true), last]);
  expect(queue.kept).toBe(0);
});

test("an open state goes behind what came before it", () => {
  const queue = new MessageQueue();
  const other = kline(0, true, "kline:B:1m");
  for (const message of [kline(0, false), other, kline(0, false)]) queue.put(message);
  expect(all(queue)).toEqual([other, kline(0, false)]);
});

test("tickers wait as one message with the newest of each symbol", () => {
  const queue = new MessageQueue();
  queue.put({ type: "tickers", tickers: [ticker("A", 1), ticker("B", 2)] });
  queue.put({ type: "tickers", tickers: [ticker("B", 3), ticker("C", 4)] });
  queue.put({ type: "ticker", channel: "ticker:A", ticker: ticker("A", 5) });
  queue.put({ type: "ticker", channel: "ticker:A", ticker: ticker("A", 6) });
  expect(queue.kept).toBe(0);
  expect(all(queue)).toEqual([
    { type: "tickers", tickers: [ticker("A", 1), ticker("B", 3), ticker("C", 4)] },
    { type: "ticker", channel: "ticker:A", ticker: ticker("A", 6) },
  ]);
});

test("everything else is kept, and counted", () => {
  const queue = new MessageQueue();
  const gap: StreamMessage = { type: "gap", channel: "close:1m" };
  queue.put(gap);
  queue.put(gap);
  expect(queue.kept).toBe(2);
  expect(queue.take()).toEqual(gap);
  expect(queue.kept).toBe(1);
  queue.clear();
  expect([queue.kept, queue.take()]).toEqual([0, undefined]);
});
