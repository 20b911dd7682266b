import { expect, test } from "bun:test";
import { ManualClock } from "../../tests/helpers/clock.ts";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import { until } from "../../tests/helpers/until.ts";
import { type ExchangePast, type Kline, parseSymbol, type Symbol, type SymbolInfo, type UnixMs } from "../core/mod.ts";
import { MarketStore } from "../store/mod.ts";
import { isOtherMarket, MarketComparison, witnesses } from "./same-market.ts";

const START = Date.UTC(2026, 1, 10) as UnixMs;
const NAMES = ["AUSDT", "BUSDT", "CUSDT", "DUSDT"].map((name) => parseSymbol(name));
const NOBODY = new AbortController().signal;

/** A store of four symbols, or fewer, with three closed minutes each, or fewer. */
function filled(symbols = NAMES, minutes = 3): MarketStore {
  const store = new MarketStore({ intervals: ["1m"], capacity: 10 });
  const info = { base: "A", quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 2 } as const;
  store.apply({ type: "symbols", symbols: symbols.map((symbol): SymbolInfo => ({ ...info, symbol })) });
  for (const [at, symbol] of symbols.entries()) {
    const klines = minuteKlines(START, minutes, at + 1, () => false);
    const to = (START + (minutes - 1) * 60_000) as UnixMs;
    store.apply({ type: "history", symbol, interval: "1m", from: START, to, klines });
  }
  return store;
}

/** An exchange that answers with what it has of a minute. */
function exchange(change: (kline: Kline, at: number) => Kline | undefined): Pick<ExchangePast, "klines"> {
  return {
    klines: async (symbol, _, { from }) => {
      const at = NAMES.indexOf(symbol);
      const kline = minuteKlines(START, 3, at + 1, () => false).find(({ openTime }) => openTime === from);
      const changed = kline && change(kline, at);
      return { klines: changed === undefined ? [] : [changed], settled: [] };
    },
  };
}

const refuseWarning = (message: string): void => {
  throw new Error(`no warning was due: ${message}`);
};

const other = (kline: Kline): Kline => ({ ...kline, open: kline.open * 2, close: kline.close * 2 });

test.each<[string, (kline: Kline, at: number) => Kline | undefined, boolean]>([
  ["the same minutes", (kline) => kline, false],
  ["other minutes of all symbols", other, true],
  ["one symbol's minute as it was", (kline, at) => (at === 1 ? kline : other(kline)), false],
  ["minutes that were restated in their volume and close", (kline) => ({ ...kline, close: 1, volume: 1 }), false],
  ["no minute of one symbol", (kline, at) => (at === 0 ? undefined : other(kline)), false],
])("an exchange with %s", async (_, change, isOther) => {
  const held = witnesses(filled());
  expect(held.map(({ symbol, kline }) => [symbol, kline.openTime as number])).toEqual(
    NAMES.slice(0, 3).map((symbol) => [symbol, START + 120_000]),
  );
  expect(await isOtherMarket(held, exchange(change), new ManualClock(), NOBODY, refuseWarning)).toBe(isOther);
});

test("is asked again until it can be, and believed to be the same where it never can", async () => {
  const clock = new ManualClock();
  const held = witnesses(filled());
  let fails = 2;
  const late: Pick<ExchangePast, "klines"> = {
    klines: (...asked) => (fails-- > 0 ? Promise.reject(new Error("not yet")) : exchange(other).klines(...asked)),
  };
  const warnings: string[] = [];
  const warn = (message: string): number => warnings.push(message);
  const answer = isOtherMarket(held, late, clock, NOBODY, warn);
  await clock.turn(5_000);
  expect(await answer).toBe(true);
  expect(warnings).toEqual([]);
  let tries = 0;
  const down = { klines: () => Promise.reject(new Error(`no answer ${Math.ceil(++tries / held.length)}`)) };
  const never = isOtherMarket(held, down, clock, NOBODY, warn);
  await clock.turn(60_000);
  expect(await never).toBe(false);
  expect(warnings).toEqual(["whether the exchange still has the same market can't be checked: no answer 30"]);
  expect(await isOtherMarket([], late, clock, NOBODY, refuseWarning)).toBe(false);
});

test("no single minute decides: of one symbol two are compared, and one alone says nothing", async () => {
  const [symbol] = NAMES.slice(0, 1);
  const two = witnesses(filled(NAMES.slice(0, 1)));
  expect(two.map(({ kline }) => kline.openTime as number)).toEqual([START + 60_000, START + 120_000]);
  const differs = async (held: typeof two, change: (kline: Kline) => Kline): Promise<boolean> =>
    await isOtherMarket(held, exchange(change), new ManualClock(), NOBODY, refuseWarning);
  expect(await differs(two, other)).toBe(true);
  for (const { kline } of two) {
    expect(await differs(two, (one) => (one.openTime === kline.openTime ? other(one) : one))).toBe(false);
  }
  const one = witnesses(filled(NAMES.slice(0, 1), 1));
  expect(one.map((held) => held.symbol)).toEqual([symbol as Symbol]);
  expect(await differs(one, other)).toBe(false);
});

test("connections that come up during a comparison cause one more after it, and none beside it", async () => {
  let [open, most, asked] = [0, 0, 0];
  const change = { to: (kline: Kline): Kline => kline };
  const answers: (() => void)[] = [];
  const past: Pick<ExchangePast, "klines"> = {
    klines: async (...question) => {
      asked += 1;
      most = Math.max(most, ++open);
      await new Promise<void>((resolve) => {
        answers.push(resolve);
      });
      open -= 1;
      return await exchange(change.to).klines(...question);
    },
  };
  const answerAll = (): void => {
    for (const answer of answers.splice(0)) answer();
  };
  let replaced = 0;
  const store = filled();
  const comparison = new MarketComparison({
    ...{ store, past, clock: new ManualClock(), warn: refuseWarning },
    replaced: () => {
      replaced += 1;
    },
  });
  const running = comparison.connected(NOBODY);
  for (let flap = 0; flap < 5; flap += 1) await comparison.connected(NOBODY);
  expect([asked, most]).toEqual([3, 3]);
  answerAll();
  await until(() => asked === 6);
  change.to = other;
  answerAll();
  await running;
  expect([asked, most, replaced]).toEqual([6, 3, 1]);
  const next = comparison.connected(NOBODY);
  answerAll();
  await next;
  expect([asked, replaced]).toEqual([9, 2]);
});
