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
  const began: number[] = [];
  const lags = new Lags();
  const heard = new Heard({
    following: { get: () => followed, ofStream: () => followed } as unknown as Following,
    marketWide: BINANCE.streams.marketWide,
    evidence: new Evidence(clock, clock.stopwatch, 10_000),
    lags,
    stopwatch: clock.stopwatch,
    sink: () => {},
    marketTime: () => clock.now(),
    spoke: (_, stream) => spoke.push(stream),
    wake: () => {},
    nextCandle: ({ lastOpenTime }) => began.push(lastOpenTime ?? Number.NaN),
    moved: () => {},
  });
  const kline = (interval: Interval, openTime = OPEN): void =>
    heard.from(SESSION, () =>
      heard.event({ type: "kline", symbol, interval, kline: { ...emptyKline(), openTime }, eventTime: openTime }),
    );
  return { heard, followed, spoke, began, kline, clock, lags };
}

test("a kline shows that its own interval's stream speaks, and nothing of another's", () => {
  const { followed, spoke, kline } = listening();
  kline("5m");
  expect([spoke, followed.secondsHeardAt]).toEqual([[], Number.NEGATIVE_INFINITY]);
  kline("1s");
  kline("1m");
  expect(spoke).toEqual(["btcusdt@kline_1s", "btcusdt@kline_1m"]);
});

test("each candle that begins is looked at, once its symbol's history was read: also the first of its stream", () => {
  const cold = listening();
  cold.kline("1m");
  const warm = listening();
  warm.followed.isWarm = true;
  for (const minutes of [0, 0, 3, 3, 2]) warm.kline("1m", (OPEN + minutes * 60_000) as UnixMs);
  expect([cold.began, warm.began]).toEqual([[], [OPEN, OPEN + 180_000]]);
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

test("a close that the exchange had to be asked for is counted as later than the two seconds after which it is asked", async () => {
  const { heard, followed, clock, lags } = listening();
  // Market time is that of the last event: it stands at two seconds while the answer is on its way.
  await clock.turn(62_000);
  followed.askedClose = OPEN;
  const kline = { ...emptyKline(), openTime: OPEN, closeTime: (OPEN + 59_999) as UnixMs, closed: true };
  heard.event({
    type: "history",
    symbol: parseSymbol("BTCUSDT"),
    interval: "1m",
    from: OPEN,
    to: OPEN,
    klines: [kline],
  });
  expect(lags.quantile(0.5)).toBe(2_001);
});
