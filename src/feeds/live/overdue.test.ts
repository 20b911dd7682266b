import { expect, test } from "bun:test";
import { parseSymbol, type UnixMs } from "../../core/mod.ts";
import { BINANCE_STREAMS } from "../binance/streams.ts";
import { Doubts, type DoubtsContext } from "./doubts.ts";
import { Followed } from "./followed.ts";
import { Overdue } from "./overdue.ts";

const INFO = { base: "BTC", quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 5 } as const;

test("symbols wait until the market's clock has passed their close, and are given once", () => {
  const overdue = new Overdue();
  const [one, other] = [parseSymbol("BTCUSDT"), parseSymbol("ETHUSDT")];
  expect(overdue.take(1_000)).toEqual([]);
  overdue.add(one, 2_000);
  overdue.add(other, 3_000);
  overdue.add(one, 3_000);
  expect(overdue.take(2_999)).toEqual([]);
  expect(overdue.take(3_000)).toEqual([one, other]);
  expect(overdue.take(9_000)).toEqual([]);
});

test("a close that was due by a clock that was ahead keeps none waiting once that was set back", () => {
  const followed = new Followed({ ...INFO, symbol: parseSymbol("BTCUSDT") }, BINANCE_STREAMS, false);
  const time = { now: 0 };
  const repaired: string[] = [];
  const doubts = new Doubts({
    following: { all: () => [] },
    gaps: { intervals: ["1m"] },
    time,
    sink: () => {},
    repair: (symbol: string) => void repaired.push(symbol),
    askTimeSoon: () => {},
    carried: () => [],
  } as unknown as DoubtsContext);
  const late = (openTime: number): void => {
    followed.askedClose = openTime;
    doubts.late(followed, openTime as UnixMs, true);
  };
  const begin = Date.UTC(2026, 1, 10);
  time.now = begin + 3_600_000;
  late(time.now);
  time.now = begin;
  doubts.turnedBack((begin + 3_600_000) as UnixMs);
  late(begin);
  time.now = begin + 59_999;
  doubts.moved();
  expect(repaired).toEqual([]);
  time.now = begin + 60_000;
  doubts.moved();
  expect(repaired).toEqual(["BTCUSDT"]);
});
