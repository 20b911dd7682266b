import { expect, test } from "bun:test";
import { ManualClock, SettableClock } from "../../../tests/helpers/clock.ts";
import { parseSymbol, type Ticker, tickerOf } from "../../core/mod.ts";
import { BINANCE_STREAMS } from "../binance/streams.ts";
import { Evidence } from "./evidence.ts";
import { Followed } from "./followed.ts";

const BOUND = 10_000;

function watched(count: number): { clock: ManualClock; evidence: Evidence; followed: Followed[] } {
  const clock = new ManualClock();
  const followed = Array.from({ length: count }, (_, at) => {
    const symbol = parseSymbol(`A${at}USDT`);
    const info = { symbol, base: `A${at}`, quote: "USDT", status: "TRADING" as const };
    return new Followed({ ...info, priceDecimals: 2, quantityDecimals: 2 }, BINANCE_STREAMS, false);
  });
  return { clock, evidence: new Evidence(clock, clock.stopwatch, BOUND), followed };
}

function ticker(followed: Followed, price: number, clock: ManualClock): Ticker {
  const amounts = { open: 1, high: 9, low: 1, volume: 1, quoteVolume: 1 };
  return tickerOf({ symbol: followed.symbol, price, ...amounts, updatedAt: clock.now() });
}

test("silence counts from the start, then from the connect, then from the last kline or ticker", async () => {
  const { clock, evidence, followed } = watched(1);
  await clock.turn(BOUND + 1);
  expect([evidence.silentForMs, evidence.isSilent]).toEqual([BOUND + 1, true]);
  evidence.connected();
  expect([evidence.silentForMs, evidence.isSilent]).toEqual([0, false]);
  await clock.turn(BOUND + 1);
  // A second connection proves nothing.
  evidence.connected();
  expect(evidence.isSilent).toBe(true);
  evidence.kline(followed[0] as Followed);
  expect([evidence.silentForMs, evidence.isSilent]).toEqual([0, false]);
});

test.each([3_600_000, -3_600_000])("silence is the same when this machine's clock is set by %p ms", async (step) => {
  const { clock, followed } = watched(1);
  const local = new SettableClock(clock);
  const evidence = new Evidence(local, clock.stopwatch, BOUND);
  evidence.kline(followed[0] as Followed);
  local.step(step);
  expect([evidence.silentForMs, evidence.isSilent, evidence.lastEventAt]).toEqual([0, false, local.now()]);
  await clock.turn(BOUND + 1);
  expect([evidence.silentForMs, evidence.isSilent]).toEqual([BOUND + 1, true]);
});

test("a quiet market of five symbols isn't silent while tickers of others come", async () => {
  const { clock, evidence, followed } = watched(5);
  evidence.connected();
  for (let second = 0; second < 300; second += 1) {
    await clock.turn(1_000);
    evidence.tickers();
    evidence.look(followed);
    expect([evidence.isSilent, evidence.silences]).toEqual([false, []]);
  }
});

test("a ticker that is told again without a trade expects nothing of the kline stream", async () => {
  const { clock, evidence, followed } = watched(5);
  evidence.connected();
  for (let second = 0; second < 60; second += 1) {
    await clock.turn(1_000);
    for (const one of followed) evidence.ticker(one, ticker(one, 5, clock));
    evidence.look(followed);
    expect(evidence.silences).toEqual([]);
  }
});

test.each([
  [50, 1, true],
  [51, 1, false],
  [51, 2, true],
  [1, 1, true],
])("of %p symbols that trade the klines of %p don't come: the feed is silent: %p", async (count, deafCount, isTold) => {
  const { clock, evidence, followed } = watched(count);
  evidence.connected();
  for (let second = 0; second < 25; second += 1) {
    await clock.turn(1_000);
    for (const [at, one] of followed.entries()) {
      evidence.ticker(one, ticker(one, 2 + (second % 2), clock));
      if (at >= deafCount) evidence.kline(one);
    }
    evidence.look(followed);
  }
  expect(evidence.deaf).toHaveLength(deafCount);
  expect(evidence.silences.length > 0).toBe(isTold);
  for (const one of followed) evidence.kline(one);
  evidence.look(followed);
  expect(evidence.silences).toEqual([]);
});

test("when all is silent nobody is deaf, nor in the first seconds after", async () => {
  const { clock, evidence, followed } = watched(5);
  const speak = (price: number): void => {
    for (const one of followed) evidence.ticker(one, ticker(one, price, clock));
    evidence.look(followed);
  };
  evidence.connected();
  for (let second = 0; second < 15; second += 1) {
    await clock.turn(1_000);
    for (const one of followed) evidence.kline(one);
    speak(2 + (second % 2));
  }
  await clock.turn(60_000);
  evidence.look(followed);
  expect([evidence.isSilent, evidence.silences]).toEqual([true, []]);
  speak(7);
  expect([evidence.isSilent, evidence.silences]).toEqual([false, []]);
});

test("when no kline comes of any symbol, that is said, and not of how many symbols trades are known", async () => {
  const { clock, evidence, followed } = watched(20);
  evidence.connected();
  for (let second = 0; second < 25; second += 1) {
    await clock.turn(1_000);
    // Four of them don't trade.
    for (const [at, one] of followed.entries()) evidence.ticker(one, ticker(one, at < 4 ? 2 : 2 + (second % 2), clock));
    evidence.look(followed);
  }
  expect([evidence.deaf.length, evidence.silences]).toEqual([16, ["no klines have come for 25 s, though tickers do"]]);
  await clock.turn(60_000);
  expect([evidence.isSilent, evidence.silences]).toEqual([true, []]);
});

test("klines without any ticker are told", async () => {
  const { clock, evidence, followed } = watched(3);
  evidence.connected();
  await clock.turn(BOUND + 2_000);
  for (const one of followed) evidence.kline(one);
  expect(evidence.silences).toEqual(["no tickers have come for 12 s, though klines do"]);
});
