import { describe, expect, test } from "bun:test";
import { PastInMemory } from "../../tests/helpers/past-in-memory.ts";
import { minuteKlines, rolledUp } from "../../tests/helpers/truth.ts";
import { type Interval, type Kline, parseSymbol, type SymbolInfo, type UnixMs } from "../core/mod.ts";
import { MarketStore, RingPast } from "../store/mod.ts";
import type { FollowedSignal, SignalOutcome } from "../wire/mod.ts";
import { GIVE_UP_CANDLES, LiveOutcomes } from "./live-outcomes.ts";

const [BTC, ETH] = ["BTCUSDT", "ETHUSDT"].map(parseSymbol) as [SymbolInfo["symbol"], SymbolInfo["symbol"]];
const START = Date.UTC(2026, 1, 10) as UnixMs;
const at = (minute: number): UnixMs => (START + minute * 60_000) as UnixMs;
const MINUTES = minuteKlines(START, 400, 1, () => false);
const about = (symbol: SymbolInfo["symbol"]): SymbolInfo => ({
  ...{ symbol, base: symbol, quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 2 },
});

/** A store with the first minutes as history. */
function storeOf(minutes = 10, capacity = 200): MarketStore {
  const store = new MarketStore({ intervals: ["1m", "5m"], capacity });
  store.apply({ type: "symbols", symbols: [about(BTC), about(ETH)] });
  const klines = MINUTES.slice(0, minutes);
  for (const symbol of [BTC, ETH]) {
    store.apply({ type: "history", symbol, interval: "1m", from: at(0), to: at(minutes - 1), klines });
    const five = rolledUp("5m", klines, at(minutes)).filter(({ closed }) => closed);
    const to = five.at(-1)?.openTime ?? at(0);
    store.apply({ type: "history", symbol, interval: "5m", from: at(0), to, klines: five });
  }
  return store;
}

function stream(store: MarketStore, from: number, to: number, symbols = [BTC, ETH]): void {
  for (const kline of MINUTES.slice(from, to)) {
    for (const symbol of symbols) {
      store.apply({ type: "kline", symbol, interval: "1m", kline, eventTime: (kline.closeTime + 1) as UnixMs });
    }
  }
}

const signalAt = (minute: number, interval: Interval = "1m", symbol = BTC): FollowedSignal => ({
  ...{ symbol, interval, closeTime: (at(minute) - 1) as UnixMs },
  price: (MINUTES[minute - 1] as Kline).close,
});
const statesOf = (outcomes: readonly SignalOutcome[] | undefined): string =>
  (outcomes ?? []).map(({ state }) => state).join(" ");

/** What the candles say, in other words than the code's. */
function expected(minute: number, horizon: number): Partial<SignalOutcome> {
  const price = (MINUTES[minute - 1] as Kline).close;
  const after = MINUTES.slice(minute, minute + horizon);
  const high = Math.max(...after.map((one) => one.high));
  const low = Math.min(...after.map((one) => one.low));
  return {
    horizon,
    state: "known",
    returnPercent: ((after.at(-1) as Kline).close / price - 1) * 100,
    bestPercent: (high / price - 1) * 100,
    bestAfter: after.findIndex((one) => one.high === high) + 1,
    worstPercent: (low / price - 1) * 100,
    worstAfter: after.findIndex((one) => one.low === low) + 1,
  };
}

describe("outcomes of live signals", () => {
  test("are known when the last candle has closed, and not before", async () => {
    const store = storeOf(9);
    stream(store, 9, 10);
    const live = new LiveOutcomes({ markets: store, past: new RingPast(store) });
    const signals = [signalAt(10), signalAt(10, "5m"), signalAt(9, "1m", ETH)];
    const states = async (): Promise<string[]> => (await live.outcomes(signals)).map(statesOf);
    expect(await states()).toEqual([
      "pending pending pending pending",
      "pending pending pending pending",
      "known pending pending pending",
    ]);
    stream(store, 10, 11);
    expect(await states()).toEqual([
      "known pending pending pending",
      "pending pending pending pending",
      "known pending pending pending",
    ]);
    stream(store, 11, 15);
    expect(await states()).toEqual([
      "known known pending pending",
      "known pending pending pending",
      "known known pending pending",
    ]);
    const open = { ...(MINUTES[15] as Kline), closed: false };
    store.apply({ type: "kline", symbol: BTC, interval: "1m", kline: open, eventTime: at(16) });
    stream(store, 15, 26);
    const [first] = await live.outcomes(signals);
    expect(first?.slice(0, 3)).toEqual(
      [expected(10, 1), expected(10, 4), expected(10, 16)].map((one) => expect.objectContaining(one)),
    );
  });

  test("wait for a candle that is late, and for one that isn't certain", async () => {
    const store = storeOf();
    const live = new LiveOutcomes({ markets: store, past: new RingPast(store) });
    stream(store, 10, 12);
    // The others' minutes go on: a minute of BTC is late, and the ones after it come before it.
    stream(store, 12, 20, [ETH]);
    expect(statesOf((await live.outcomes([signalAt(10)]))[0])).toBe("known pending pending pending");
    stream(store, 13, 20, [BTC]);
    expect(statesOf((await live.outcomes([signalAt(10)]))[0])).toBe("known pending pending pending");
    store.apply({
      type: "history",
      symbol: BTC,
      interval: "1m",
      from: at(12),
      to: at(12),
      klines: [MINUTES[12] as Kline],
    });
    const [outcomes] = await live.outcomes([signalAt(10)]);
    expect(outcomes?.[1]).toEqual(expect.objectContaining(expected(10, 4)));
  });

  test("come from the history where memory doesn't reach back", async () => {
    const store = storeOf(10, 20);
    const past = new PastInMemory();
    past.put(BTC, { from: at(0), to: at(399) }, MINUTES);
    const live = new LiveOutcomes({ markets: store, past });
    stream(store, 10, 300);
    let minutes = 0;
    const [outcomes, five] = await live.outcomes([signalAt(10), signalAt(10, "5m")], {
      onMinutes: (some) => (minutes += some),
    });
    expect(outcomes).toEqual([1, 4, 16, 96].map((horizon) => expect.objectContaining(expected(10, horizon))));
    const whole = storeOf(10, 400);
    stream(whole, 10, 300);
    const inMemory = new LiveOutcomes({ markets: whole, past: new RingPast(whole) });
    expect(await inMemory.outcomes([signalAt(10), signalAt(10, "5m")])).toEqual([outcomes ?? [], five ?? []]);
    // Of the five minutes, memory has enough.
    expect(minutes).toBe(96);
    // A charge that can't be paid ends the call.
    const refusing = live.outcomes([signalAt(10)], {
      onMinutes: () => {
        throw new Error("too much");
      },
    });
    await expect(refusing).rejects.toThrow("too much");
  });

  test("never will be known where neither has the candles; a history with a part of them knows that part", async () => {
    const store = storeOf(10, 20);
    const nothing = new LiveOutcomes({ markets: store, past: new PastInMemory() });
    stream(store, 10, 30);
    expect(statesOf((await nothing.outcomes([signalAt(10)]))[0])).toBe("known known known pending");
    stream(store, 30, 100);
    const part = new PastInMemory();
    part.put(BTC, { from: at(0), to: at(20) }, MINUTES.slice(0, 21));
    const some = new LiveOutcomes({ markets: store, past: part });
    expect(statesOf((await nothing.outcomes([signalAt(10)]))[0])).toBe("unknown unknown unknown pending");
    expect(statesOf((await some.outcomes([signalAt(10)]))[0])).toBe("known known unknown pending");
    stream(store, 100, 10 + 96 + GIVE_UP_CANDLES - 1);
    expect(statesOf((await some.outcomes([signalAt(10)]))[0])).toBe("known known unknown pending");
    stream(store, 10 + 96 + GIVE_UP_CANDLES - 1, 10 + 96 + GIVE_UP_CANDLES);
    expect(statesOf((await some.outcomes([signalAt(10)]))[0])).toBe("known known unknown unknown");
  });

  test("of a delisted symbol end with its candles", async () => {
    const store = storeOf();
    const past = new RingPast(store);
    const live = new LiveOutcomes({ markets: store, past });
    stream(store, 10, 15);
    store.apply({ type: "symbols", symbols: [about(ETH)] });
    stream(store, 15, 20, [ETH]);
    const states = async (): Promise<string> => statesOf((await live.outcomes([signalAt(10)]))[0]);
    expect(await states()).toContain("pending");
    stream(store, 20, 10 + 96 + GIVE_UP_CANDLES, [ETH]);
    expect(await states()).toBe("unknown unknown unknown unknown");
    expect(statesOf((await live.outcomes([signalAt(10, "1m", ETH)]))[0])).toBe("known known known known");
  });

  test("of a market that nothing is known of yet, or that isn't served, are pending", async () => {
    const store = new MarketStore({ intervals: ["1m"], capacity: 20 });
    const live = new LiveOutcomes({ markets: store, past: new RingPast(store) });
    const signals = [signalAt(10), { ...signalAt(10), symbol: parseSymbol("BYBIT:BTCUSDT") }];
    expect((await live.outcomes(signals)).map(statesOf)).toEqual(Array(2).fill("pending pending pending pending"));
    const controller = new AbortController();
    controller.abort(new Error("gone"));
    await expect(live.outcomes(signals, { signal: controller.signal })).rejects.toThrow("gone");
  });
});
