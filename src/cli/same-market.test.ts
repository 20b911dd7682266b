import { expect, test } from "bun:test";
import { ManualClock } from "../../tests/helpers/clock.ts";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import { type ExchangePast, type Kline, parseSymbol, type SymbolInfo, type UnixMs } from "../core/mod.ts";
import { MarketStore } from "../store/mod.ts";
import { isOtherMarket, witnesses } from "./same-market.ts";

const START = Date.UTC(2026, 1, 10) as UnixMs;
const NAMES = ["AUSDT", "BUSDT", "CUSDT", "DUSDT"].map((name) => parseSymbol(name));
const NOBODY = new AbortController().signal;

/** A store of four symbols with three closed minutes each. */
function filled(): MarketStore {
  const store = new MarketStore({ intervals: ["1m"], capacity: 10 });
  const info = { base: "A", quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 2 } as const;
  store.apply({ type: "symbols", symbols: NAMES.map((symbol): SymbolInfo => ({ ...info, symbol })) });
  for (const [at, symbol] of NAMES.entries()) {
    const klines = minuteKlines(START, 3, at + 1, () => false);
    store.apply({ type: "history", symbol, interval: "1m", from: START, to: (START + 120_000) as UnixMs, klines });
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
  expect(await isOtherMarket(held, exchange(change), new ManualClock(), NOBODY)).toBe(isOther);
});

test("is asked again until it can be, and believed to be the same where it never can", async () => {
  const clock = new ManualClock();
  const held = witnesses(filled());
  let fails = 2;
  const late: Pick<ExchangePast, "klines"> = {
    klines: (...asked) => (fails-- > 0 ? Promise.reject(new Error("not yet")) : exchange(other).klines(...asked)),
  };
  const answer = isOtherMarket(held, late, clock, NOBODY);
  await clock.turn(5_000);
  expect(await answer).toBe(true);
  const never = isOtherMarket(held, { klines: () => Promise.reject(new Error("no")) }, clock, NOBODY);
  await clock.turn(60_000);
  expect(await never).toBe(false);
  expect(await isOtherMarket([], late, clock, NOBODY)).toBe(false);
});
