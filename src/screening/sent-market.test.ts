import { expect, test } from "bun:test";
import fc from "fast-check";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import {
  closeTimeOf,
  type Interval,
  type Kline,
  openTimeOf,
  parseSymbol,
  type Symbol,
  type UnixMs,
} from "../core/mod.ts";
import { StoreView } from "../server/mod.ts";
import { MarketStore } from "../store/mod.ts";
import { WINDOW_KLINES } from "../strategy/mod.ts";
import { ReceivedMarket } from "./received-market.ts";
import { SentMarket } from "./sent-market.ts";

const START = Date.UTC(2026, 1, 10);
const INTERVALS: readonly Interval[] = ["1m", "5m"];
const SYMBOLS = ["BTCUSDT", "ETHUSDT"].map(parseSymbol);
const MINUTES = SYMBOLS.map((_, index) => minuteKlines(START, 400, index + 1, () => false));
const CAPACITY = 260;

/** What befalls a symbol's minutes. */
type Step =
  | { readonly kind: "close" | "open" | "lost" | "gap" | "repair" | "restate"; readonly of: number }
  | { readonly kind: "ask"; readonly of: number };

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.oneof(
    { weight: 4, arbitrary: fc.constant("close" as const) },
    { weight: 4, arbitrary: fc.constant("ask" as const) },
    { weight: 2, arbitrary: fc.constantFrom("open" as const, "lost" as const, "gap" as const, "repair" as const) },
    { weight: 1, arbitrary: fc.constant("restate" as const) },
  ),
  of: fc.integer({ min: 0, max: SYMBOLS.length - 1 }),
});

test("a thread that is sent what it lacks sees at each close what is in the store", async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(20, 300), fc.array(step, { maxLength: 60 }), async (before, steps) => {
      const store = storeOfSymbols();
      const next = SYMBOLS.map(() => before);
      const [sent, received, view] = [new SentMarket(store), new ReceivedMarket(), new StoreView(store)];
      for (let of = 0; of < SYMBOLS.length; of += 1) repair(store, of, before);
      for (const { kind, of } of [...steps, { kind: "ask" as const, of: 0 }]) {
        const minute = MINUTES[of]?.[next[of] as number] as Kline;
        const symbol = SYMBOLS[of] as (typeof SYMBOLS)[number];
        const eventTime = closeTimeOf("1m", minute.openTime);
        switch (kind) {
          case "close":
            store.apply({ type: "kline", symbol, interval: "1m", kline: minute, eventTime });
            (next[of] as number) += 1;
            break;
          case "open":
            store.apply({ type: "kline", symbol, interval: "1m", kline: { ...minute, closed: false }, eventTime });
            break;
          case "lost":
            (next[of] as number) += 1;
            break;
          case "gap":
            store.apply({
              type: "gap",
              symbol,
              interval: "1m",
              from: (minute.openTime - 600_000) as UnixMs,
              reason: "reconnect",
            });
            break;
          case "repair":
            repair(store, of, next[of] as number);
            break;
          case "restate":
            repair(store, of, next[of] as number, 1.5);
            break;
          case "ask": {
            const closeTime = (minute.openTime - 1) as UnixMs;
            const update = await sent.update({ symbols: SYMBOLS, intervals: INTERVALS, closeTime });
            received.take(structuredClone(update));
            for (const symbol of SYMBOLS) {
              for (const interval of INTERVALS) {
                const [seen, truth] = [received, view].map((one) =>
                  one.closed(symbol, interval, closeTime, WINDOW_KLINES),
                );
                expect([seen?.length, seen?.cut, seen?.hasOlder]).toEqual([truth?.length, truth?.cut, truth?.hasOlder]);
                expect(seen?.close).toEqual(truth?.close as Float64Array);
                if (hasLast(truth?.openTime, interval, closeTime))
                  expect(seen?.settled).toBe(truth?.settled as boolean);
              }
            }
            const again = await sent.update({ symbols: SYMBOLS, intervals: INTERVALS, closeTime });
            expect([again.dropped, again.series, again.rows]).toEqual([[], [], []]);
          }
        }
      }
    }),
    { numRuns: 60 },
  );
});

test("a candle that closes late is sent after its close was, and one that only moves isn't", async () => {
  const store = storeOfSymbols();
  const [sent, received] = [new SentMarket(store), new ReceivedMarket()];
  for (let of = 0; of < SYMBOLS.length; of += 1) repair(store, of, 20);
  const [symbol] = SYMBOLS as [Symbol];
  const minute = MINUTES[0]?.[20] as Kline;
  const closeTime = closeTimeOf("1m", minute.openTime);
  const tell = (kline: Kline): void => {
    store.apply({ type: "kline", symbol, interval: "1m", kline, eventTime: closeTime });
  };
  const sendAll = async (): Promise<number> => {
    const fresh = await sent.update({ symbols: SYMBOLS, intervals: INTERVALS, closeTime });
    received.take(fresh);
    return fresh.series.length;
  };
  tell({ ...minute, closed: false });
  expect(await sendAll()).toBeGreaterThan(0);
  const version = received.version();
  tell({ ...minute, close: minute.open, closed: false });
  expect([await sendAll(), received.version()]).toEqual([0, version]);
  tell(minute);
  expect([await sendAll(), received.version()]).toEqual([1, version + 1]);
  expect(received.closed(symbol, "1m", closeTime, WINDOW_KLINES)?.close.at(-1)).toBe(minute.close);
  store.apply({ type: "gap", symbol, interval: "1m", from: minute.openTime, reason: "a test" });
  await sendAll();
  expect(received.closed(symbol, "1m", closeTime, WINDOW_KLINES)?.settled).toBe(false);
});

test("a symbol that isn't followed any more is dropped, and begins afresh when it is followed again", async () => {
  const store = storeOfSymbols();
  const [sent, received] = [new SentMarket(store), new ReceivedMarket()];
  for (let of = 0; of < SYMBOLS.length; of += 1) repair(store, of, 20);
  const minute = MINUTES[0]?.[20] as Kline;
  const closeTime = (minute.openTime - 1) as UnixMs;
  const send = async (): Promise<readonly object[]> => {
    const update = await sent.update({ symbols: SYMBOLS, intervals: INTERVALS, closeTime });
    received.take(structuredClone(update));
    return update.dropped;
  };
  expect([await send(), received.size]).toEqual([[], 4]);
  const [symbol, gone] = SYMBOLS as [Symbol, Symbol];
  follow(store, [symbol]);
  expect([await send(), received.size]).toEqual([INTERVALS.map((interval) => ({ symbol: gone, interval })), 2]);
  expect(received.closed(gone, "1m", closeTime, WINDOW_KLINES)).toBeUndefined();
  follow(store, SYMBOLS);
  repair(store, 1, 10);
  expect([await send(), received.size]).toEqual([[], 4]);
  expect(received.closed(gone, "1m", closeTime, WINDOW_KLINES)?.length).toBe(10);
});

test("a series that is replaced while an update is put together isn't dropped once the new one was sent", async () => {
  const store = storeOfSymbols();
  const [sent, received] = [new SentMarket(store), new ReceivedMarket()];
  const [symbol] = SYMBOLS as [Symbol];
  // As many series as are checked before others get their turn.
  const others = Array.from({ length: 1_000 }, (_, index) => parseSymbol(`S${index}USDT`));
  const closeTime = (START + 20 * 60_000 - 1) as UnixMs;
  const send = async (symbols: readonly Symbol[], meanwhile = () => {}): Promise<readonly object[]> => {
    const sending = sent.update({ symbols, intervals: ["1m"], closeTime });
    meanwhile();
    const update = await sending;
    received.take(structuredClone(update));
    return update.dropped;
  };
  follow(store, [...others, symbol]);
  repair(store, 0, 20);
  await send([symbol]);
  await send([...others, symbol], () => {
    follow(store, others);
    follow(store, [...others, symbol]);
    repair(store, 0, 10);
  });
  expect(received.closed(symbol, "1m", closeTime, WINDOW_KLINES)?.length).toBe(10);
  expect(await send([symbol])).toEqual([]);
  expect(received.closed(symbol, "1m", closeTime, WINDOW_KLINES)?.length).toBe(10);
  // And it is dropped once it is gone.
  follow(store, others);
  expect(await send(others)).toEqual([{ symbol, interval: "1m" }]);
  expect([received.closed(symbol, "1m", closeTime, WINDOW_KLINES), received.size]).toEqual([undefined, 1_000]);
});

function storeOfSymbols(): MarketStore {
  const store = new MarketStore({ intervals: INTERVALS, capacity: CAPACITY });
  follow(store, SYMBOLS);
  return store;
}

function follow(store: MarketStore, symbols: readonly Symbol[]): void {
  const about = { quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 2 } as const;
  store.apply({ type: "symbols", symbols: symbols.map((symbol) => ({ symbol, base: symbol, ...about })) });
}

/** Whether the window's last candle is the close's: what certainty is asked of, as any other is skipped. */
function hasLast(openTimes: Float64Array | undefined, interval: Interval, closeTime: number): boolean {
  return openTimes !== undefined && openTimes.at(-1) === openTimeOf(interval, openTimeOf(interval, closeTime + 1) - 1);
}

/** The exchange tells the last twenty minutes up to one, perhaps otherwise than before. */
function repair(store: MarketStore, of: number, count: number, times = 1): void {
  const symbol = SYMBOLS[of] as (typeof SYMBOLS)[number];
  const klines = (MINUTES[of] ?? []).slice(0, count).map((kline) => ({ ...kline, volume: kline.volume * times }));
  const [from, to] = [klines[0]?.openTime as UnixMs, klines.at(-1)?.openTime as UnixMs];
  store.apply({ type: "history", symbol, interval: "1m", from, to, klines });
}
