import { expect, test } from "bun:test";
import { threadsHere } from "../../tests/helpers/backtests.ts";
import { MemoryPast, wholeSymbol } from "../../tests/helpers/past.ts";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import { parseSymbol, type UnixMs } from "../core/mod.ts";
import type { PerformanceAsked, PerformanceAsker } from "../traders/mod.ts";
import { Performances } from "./performances.ts";

const START = Date.UTC(2026, 1, 10) as UnixMs;
const past = new MemoryPast(new Map([[parseSymbol("BTCUSDT"), wholeSymbol(minuteKlines(START, 200, 1, () => false))]]));
const closes = [20, 21, 22].map((minute) => (START + minute * 60_000 - 1) as UnixMs);
const asked: PerformanceAsked = {
  market: "binance",
  interval: "1m",
  symbols: null,
  closes,
  signals: [],
  feesPercent: 0,
};
const by = (caller: unknown, more: Partial<PerformanceAsker> = {}): PerformanceAsker => ({
  ...{ caller, signal: new AbortController().signal, charge: () => {} },
  ...more,
});

test("a caller's baselines are computed one after the other, a fifth is refused, and so is a ninth caller", async () => {
  const performances = new Performances({ pastOf: () => past, threads: await threadsHere(1), capacity: 500 });
  const four = [1, 2, 3, 4].map(() => performances.performance(asked, by("anna")));
  await expect(performances.performance(asked, by("anna"))).rejects.toMatchObject({ code: "too_many_screens" });
  const seven = Array.from({ length: 7 }, (_, at) =>
    performances.performance(asked, by(at)).catch((cause) => cause.code),
  );
  await expect(performances.performance(asked, by("zoe"))).rejects.toThrow("try again in a minute");
  const found = await Promise.all(four);
  for (const { outcomes, symbols, baselineFrom } of found) {
    expect([symbols, baselineFrom, outcomes.map(({ baseline }) => baseline.count)]).toEqual([
      1,
      closes[0] ?? null,
      [3, 3, 3, 3],
    ]);
  }
  await Promise.all(seven);
  expect((await performances.performance(asked, by("zoe"))).symbols).toBe(1);
});

test("who can't pay, or is gone, gives the place back", async () => {
  const performances = new Performances({ pastOf: () => past, threads: await threadsHere(1), capacity: 500 });
  const charge = (symbolCloses: number): void => {
    throw new Error(`no tokens for ${symbolCloses}`);
  };
  await expect(performances.performance(asked, by("anna", { charge }))).rejects.toThrow("no tokens for 3");
  const gone = new AbortController();
  gone.abort(new Error("gone"));
  await expect(performances.performance(asked, by("anna", { signal: gone.signal }))).rejects.toThrow("gone");
  await expect(performances.performance({ ...asked, market: "bybit" }, by("anna"))).rejects.toThrow(
    "there is no history",
  );
  expect((await performances.performance(asked, by("anna"))).outcomes[0]?.baseline.count).toBe(3);
});
