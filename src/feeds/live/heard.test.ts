import { expect, test } from "bun:test";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import { emptyKline, type Interval, parseSymbol, type UnixMs } from "../../core/mod.ts";
import { BINANCE } from "../binance/binance.ts";
import { Evidence } from "./evidence.ts";
import { Followed } from "./followed.ts";
import type { Following } from "./following.ts";
import { Heard } from "./heard.ts";
import { Lags } from "./lag.ts";
import type { Session } from "./line/session.ts";

const OPEN = Date.UTC(2026, 1, 10) as UnixMs;
const SESSION = { name: "stream-1" } as unknown as Session;

function listening() {
  const clock = new ManualClock(OPEN);
  const symbol = parseSymbol("BTCUSDT");
  const info = {
    symbol,
    base: "BTC",
    quote: "USDT",
    status: "TRADING",
    priceDecimals: 2,
    quantityDecimals: 5,
  } as const;
  const followed = new Followed(info, BINANCE.streams, true);
  const spoke: string[] = [];
  const heard = new Heard({
    following: { get: () => followed, ofStream: () => followed } as unknown as Following,
    marketWide: BINANCE.streams.marketWide,
    evidence: new Evidence(clock, clock.stopwatch, 10_000),
    lags: new Lags(),
    stopwatch: clock.stopwatch,
    sink: () => {},
    marketTime: () => OPEN,
    spoke: (_, stream) => spoke.push(stream),
    wake: () => {},
    nextCandle: () => {},
    moved: () => {},
  });
  const kline = (interval: Interval): void =>
    heard.from(SESSION, () =>
      heard.event({ type: "kline", symbol, interval, kline: { ...emptyKline(), openTime: OPEN }, eventTime: OPEN }),
    );
  return { heard, followed, spoke, kline };
}

test("a kline shows that its own interval's stream speaks, and nothing of another's", () => {
  const { followed, spoke, kline } = listening();
  kline("5m");
  expect([spoke, followed.secondsHeardAt]).toEqual([[], Number.NEGATIVE_INFINITY]);
  kline("1s");
  kline("1m");
  expect(spoke).toEqual(["btcusdt@kline_1s", "btcusdt@kline_1m"]);
});

test("a frame whose reading fails doesn't leave its connection as the one that is being read", () => {
  const { heard } = listening();
  expect(() =>
    heard.from(SESSION, () => {
      throw new Error("a mistake of ours");
    }),
  ).toThrow("a mistake of ours");
  expect(heard.reading).toBeUndefined();
});
