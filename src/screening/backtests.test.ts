import { describe, expect, test } from "bun:test";
import { askedOf, backtestsHere, eventsOf } from "../../tests/helpers/backtests.ts";
import { MemoryPast, type MemorySymbol, wholeSymbol } from "../../tests/helpers/past.ts";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import { type Kline, type OpenTimeRange, type PastKlines, parseSymbol, type Symbol, type UnixMs } from "../core/mod.ts";
import type { BacktestAsked, BacktestEvent, BacktestResult, BacktestSignal } from "../strategy/mod.ts";

const MINUTE = 60_000;
const DAY = 24 * 60;
const START = Date.UTC(2026, 1, 10) as UnixMs;
const [A, B, C] = ["AUSDT", "BUSDT", "CUSDT"].map(parseSymbol) as [Symbol, Symbol, Symbol];
const DIP = `return rsi(candles("5m").close, 14).at(-1) < 45;`;

const never = (): boolean => false;
const minutesOf = (days: number, seed: number, absent = never as (index: number) => boolean): Kline[] =>
  minuteKlines(START, days * DAY, seed, absent);
const pastOf = (symbols: Readonly<Record<string, MemorySymbol>>): MemoryPast =>
  new MemoryPast(new Map(Object.entries(symbols) as [Symbol, MemorySymbol][]), 700);
const day = (index: number): UnixMs => (START + index * DAY * MINUTE) as UnixMs;
const signalsIn = (events: readonly BacktestEvent[]): BacktestSignal[] =>
  events.flatMap((event) => (event.kind === "signal" ? [event.signal] : []));
const resultIn = (events: readonly BacktestEvent[]): BacktestResult => {
  const last = events.at(-1);
  if (last?.kind !== "result") throw new Error("a backtest ends with its result");
  return last.result;
};
const timeText = (moment: number): string => new Date(moment).toISOString();
const dayText = (index: number): string => timeText(day(index)).slice(0, 10);
const closesOf = (signals: readonly BacktestSignal[], symbol: Symbol): number[] =>
  signals.filter((one) => one.symbol === symbol).map(({ closeTime }) => closeTime);

describe("a backtest", () => {
  test("says the same each time, symbol by symbol, whatever blocks the klines come in", async () => {
    const symbols = { AUSDT: wholeSymbol(minutesOf(4, 1)), BUSDT: wholeSymbol(minutesOf(4, 2)) };
    const ask = async (past: MemoryPast): Promise<BacktestEvent[]> =>
      await eventsOf(await backtestsHere(past), askedOf(DIP, day(2)));
    const [one, again] = [await ask(pastOf(symbols)), await ask(pastOf(symbols))];
    expect(JSON.stringify(again)).toBe(JSON.stringify(one));
    const withoutProgress = (events: BacktestEvent[]): BacktestEvent[] =>
      events.filter(({ kind }) => kind !== "progress");
    const otherBlocks = await ask(new MemoryPast(new Map(Object.entries(symbols) as never), 5_000));
    expect(withoutProgress(otherBlocks)).toEqual(withoutProgress(one));
    const signals = signalsIn(one);
    expect(signals.map(({ symbol }) => symbol)).toEqual(signals.map(({ symbol }) => symbol).sort());
    const result = resultIn(one);
    expect(result).toMatchObject({
      interval: "5m",
      symbols: 2,
      closes: 576,
      checked: 2 * 576,
      signals: signals.length,
    });
    expect(result.outcomes.map(({ horizon, signals: { count, pending } }) => [horizon, count + pending])).toEqual(
      [1, 4, 16, 96].map((horizon) => [horizon, signals.length]),
    );
    const progress = one.flatMap((event) => (event.kind === "progress" ? [event.minutes] : []));
    expect(progress).toEqual([...progress].sort((before, after) => before - after));
    expect(one.findLast(({ kind }) => kind === "progress")).toMatchObject({
      minutes: progress.at(-1),
      of: progress.at(-1),
    });
  });

  test("subtracts fees from returns, of signals and baseline alike", async () => {
    const past = pastOf({ AUSDT: wholeSymbol(minutesOf(4, 1)) });
    const ask = async (feesPercent: number): Promise<BacktestResult> =>
      resultIn(await eventsOf(await backtestsHere(past), askedOf(DIP, day(2), { feesPercent })));
    const [free, paid] = [await ask(0), await ask(0.5)];
    for (const [index, { signals, baseline, edge }] of paid.outcomes.entries()) {
      const before = free.outcomes[index] as (typeof free.outcomes)[number];
      expect((signals.meanPercent as number) + 0.5).toBeCloseTo(before.signals.meanPercent as number, 9);
      expect((baseline.medianPercent as number) + 0.5).toBeCloseTo(before.baseline.medianPercent as number, 9);
      expect(edge.differencePercent as number).toBeCloseTo(before.edge.differencePercent as number, 9);
    }
  });

  test("a symbol that leaves the universe and comes back is seen as if it had never left", async () => {
    // A and B have the most volume on alternate days; C never has much.
    const traded = (klines: Kline[], isHigh: (index: number) => boolean): Kline[] =>
      klines.map((kline) => {
        const index = Math.floor((kline.openTime - START) / (DAY * MINUTE));
        return { ...kline, quoteVolume: isHigh(index) ? 1_000 : 10 };
      });
    const past = pastOf({
      AUSDT: wholeSymbol(traded(minutesOf(8, 1), (index) => index % 2 === 0)),
      BUSDT: wholeSymbol(traded(minutesOf(8, 2), (index) => index % 2 === 1)),
      CUSDT: wholeSymbol(traded(minutesOf(8, 3), () => false)),
    });
    const backtests = await backtestsHere(past);
    const all = signalsIn(await eventsOf(backtests, askedOf(DIP, day(2))));
    const top = await eventsOf(backtests, askedOf(DIP, day(2), { universe: { top: 1, days: 1 } }));
    const membersOn = (closeTime: number): Symbol => {
      const before = Math.floor((closeTime - START) / (DAY * MINUTE)) - 1;
      return before % 2 === 0 ? A : B;
    };
    const expected = all.filter(({ symbol, closeTime }) => symbol === membersOn(closeTime));
    expect(expected.length).toBeGreaterThan(50);
    expect(signalsIn(top)).toEqual(expected);
    expect(resultIn(top)).toMatchObject({ symbols: 2, checked: 6 * 288 });
    const progress = top.flatMap((event) => (event.kind === "progress" ? [event.minutes] : []));
    expect(progress).toEqual([...progress].sort((before, after) => before - after));
    expect(top.findLast(({ kind }) => kind === "progress")).toMatchObject({ of: progress.at(-1) });
    expect(closesOf(all, C).length).toBeGreaterThan(50);
  });

  test("a delisted symbol belongs to all; after its last candle nothing is asked, and what isn't known stays pending", async () => {
    const gone = minutesOf(4, 1).slice(0, 3 * DAY);
    const past = pastOf({ AUSDT: wholeSymbol(gone), BUSDT: wholeSymbol(minutesOf(4, 2)) });
    const events = await eventsOf(await backtestsHere(past), askedOf("return candles('5m').close.at(-1) > 0;", day(2)));
    const closes = closesOf(signalsIn(events), A);
    expect(closes).toHaveLength(288);
    expect(closes.at(-1)).toBe(day(3) - 1);
    const last = signalsIn(events).findLast(({ symbol }) => symbol === A);
    expect(last?.outcomes.map(({ returnPercent }) => returnPercent)).toEqual([null, null, null, null]);
  });

  test("skips closes at which something isn't certain, as a live run does", async () => {
    const minutes = minutesOf(4, 1);
    // An hour of the third day isn't known.
    const hole: OpenTimeRange = { from: (day(2) + 60 * MINUTE) as UnixMs, to: (day(2) + 119 * MINUTE) as UnixMs };
    const settled = [
      { from: START, to: (hole.from - MINUTE) as UnixMs },
      { from: (hole.to + MINUTE) as UnixMs, to: (day(4) - MINUTE) as UnixMs },
    ];
    const known = minutes.filter(({ openTime }) => openTime < hole.from || openTime > hole.to);
    const past = pastOf({ AUSDT: { minutes: known, settled } });
    const asked = askedOf(DIP, day(2));
    const result = resultIn(await eventsOf(await backtestsHere(past), asked));
    // A window of 250 candles holds the hour for 12 + 250 closes, of which the first candle after the hour is certain already.
    expect(result.skipped).toEqual({ candles: 12 + 250 - 1, older: 0, ticker: 0, young: 0 });
    expect(result.checked).toBe(576 - 261);
    // From the close of the hole's first candle to that of the last window that holds its last one.
    const [first, last] = [day(2) + 65 * MINUTE, day(2) + (120 + 249 * 5) * MINUTE];
    expect(result.notes).toEqual([
      `skipped 261 times because a candle was missing or uncertain, from ${timeText(first)} to ${timeText(last)}`,
    ]);
  });

  test("a minute that the exchange doesn't have is no doubt, and a symbol that is younger than its window is run", async () => {
    const minutes = minutesOf(4, 1, (index) => index % 7 === 3);
    const young = minutesOf(4, 2).slice(2 * DAY);
    const past = pastOf({ AUSDT: wholeSymbol(minutes), BUSDT: wholeSymbol(young, 60) });
    const result = resultIn(await eventsOf(await backtestsHere(past), askedOf(DIP, day(2))));
    // RSI wants 15 candles.
    expect(result).toMatchObject({ checked: 2 * 576 - 14, skipped: { young: 14, candles: 0, older: 0 } });
    // Where it isn't known whether it had older ones, a live run may have seen more.
    const unknown = pastOf({ AUSDT: wholeSymbol(minutes), BUSDT: wholeSymbol(young) });
    const careful = resultIn(await eventsOf(await backtestsHere(unknown), askedOf(DIP, day(2))));
    expect(careful).toMatchObject({ checked: 576 + 576 - 249, skipped: { older: 249, young: 0 } });
    expect([result.notes, careful.notes]).toEqual([
      ["skipped 14 times because the symbol was too young for an indicator"],
      [
        `skipped 249 times because the history here, which begins ${timeText(START)}, lacks older klines that a live run saw`,
      ],
    ]);
  });

  test("says on which days the top symbols aren't known, or by less volume than was asked for", async () => {
    const past = pastOf({ AUSDT: wholeSymbol(minutesOf(4, 1)), BUSDT: wholeSymbol(minutesOf(4, 2)) });
    const notesFrom = async (from: UnixMs, days: number): Promise<readonly string[]> => {
      const asked = askedOf(DIP, from, { universe: { top: 1, days } });
      return resultIn(await eventsOf(await backtestsHere(past), asked)).notes;
    };
    const begins = `the history here begins ${timeText(START)}`;
    const [unknown, short, ...others] = await notesFrom(day(0), 3);
    expect(unknown).toBe(
      `no symbol was looked at on 1 of 4 days (${dayText(0)}): the top 1 aren't known, because the candles of the 3 days before aren't here`,
    );
    expect(short).toBe(
      `on 2 of 4 days (${dayText(1)} to ${dayText(2)}) the top 1 are ranked by less volume than that of the 3 days before: ${begins}`,
    );
    expect(others.join()).not.toContain("top 1");
    expect(await notesFrom(day(3), 3)).toEqual([]);
  });

  test("of a filter that reads the ticker says that tickers are computed", async () => {
    const past = pastOf({ AUSDT: wholeSymbol(minutesOf(4, 1)) });
    const code = "return ticker.priceChangePercent > 0;";
    const events = await eventsOf(await backtestsHere(past), askedOf(code, day(2), { interval: "5m" }));
    const { exact, notes, checked } = resultIn(events);
    expect([exact, checked]).toEqual([false, 576]);
    expect(notes.join()).toContain("past tickers aren't known");
  });
});

describe("backtests", () => {
  const past = pastOf({ AUSDT: wholeSymbol(minutesOf(4, 1)), BUSDT: wholeSymbol(minutesOf(4, 2)) });

  test("run one at a time for each caller, and four for all", async () => {
    const backtests = await backtestsHere(past);
    const mine = await backtests.plan(askedOf(DIP, day(2)), { caller: "me" });
    await expect(backtests.plan(askedOf(DIP, day(2)), { caller: "me" })).rejects.toThrow(
      "1 backtest of yours runs already",
    );
    for (const caller of ["b", "c", "d"]) await backtests.plan(askedOf(DIP, day(2)), { caller });
    await expect(backtests.plan(askedOf(DIP, day(2)), { caller: "e" })).rejects.toThrow("4 backtests run already");
    for await (const _ of mine.events());
    expect(backtests.running).toBe(3);
    await expect(eventsOf(backtests, askedOf(DIP, day(2)), "e")).resolves.not.toHaveLength(0);
  });

  test("have given their place back when their result is told: whoever reads it may ask again at once", async () => {
    const backtests = await backtestsHere(past);
    const one = await backtests.plan(askedOf(DIP, day(2)), { caller: "me" });
    let results = 0;
    for await (const { kind } of one.events()) {
      if (kind !== "result") continue;
      results += 1;
      expect(backtests.running).toBe(0);
      await expect(eventsOf(backtests, askedOf(DIP, day(2)), "me")).resolves.not.toHaveLength(0);
    }
    expect(results).toBe(1);
  });

  test("end when nobody waits any more: nothing more is read, and the place is free", async () => {
    const small = new MemoryPast(
      new Map([A, B].map((symbol, index) => [symbol, wholeSymbol(minutesOf(4, index))])),
      50,
    );
    let reads = 0;
    const counting: PastKlines = {
      symbols: (market) => small.symbols(market),
      settled: (symbol, range) => small.settled(symbol, range),
      files: () => small.files(),
      async *read(symbol, range) {
        for await (const block of small.read(symbol, range)) {
          reads += 1;
          yield block;
        }
      },
    };
    const backtests = await backtestsHere(counting);
    const ending = new AbortController();
    const planned = await backtests.plan(askedOf(DIP, day(2)), { caller: "me", signal: ending.signal });
    const events = planned.events();
    await events.next();
    ending.abort(new Error("gone"));
    await expect(
      (async () => {
        for await (const _ of events);
      })(),
    ).rejects.toThrow();
    expect(backtests.running).toBe(0);
    // Each thread is ahead by the events that may wait, of 86 blocks.
    expect(reads).toBeLessThan(2 * 40);
  });

  test.each<[string, Partial<BacktestAsked> & { code?: string }, string]>([
    ["a market without history", { market: "bybit" }, "there is no history of bybit here"],
    ["a symbol without history", { universe: [parseSymbol("XUSDT")] }, "there is no history of XUSDT in binance here"],
    ["a range without a close", { from: day(9) }, "no 5m candle closes in the range"],
    ["seconds", { timeframes: ["1s"], interval: "1s" }, "1s klines aren't kept for the past"],
    ["a filter that is wrong", { code: "return rsi(candles('5m').close, 0) > 1;" }, "period is 0"],
  ])("refuse %s, and give its place back", async (_what, more, says) => {
    const backtests = await backtestsHere(past);
    await expect(backtests.plan({ ...askedOf(DIP, day(2)), ...more }, { caller: "me" })).rejects.toThrow(says);
    expect(backtests.running).toBe(0);
  });
});
