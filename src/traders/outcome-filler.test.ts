import { describe, expect, test } from "bun:test";
import { minuteClose, SYMBOLS } from "../../tests/helpers/made-up-traders.ts";
import { type MarketId, type Symbol, type UnixMs, VyxError } from "../core/mod.ts";
import { emptyOutcome, type FollowedSignal, type OutcomesAnswer, SIGNAL_HORIZONS } from "../wire/mod.ts";
import { OutcomeFiller, type OutcomeFillerParts } from "./outcome-filler.ts";
import type { DueRun, FoundOutcomes, NextLook } from "./outcomes-table.ts";

class Away extends VyxError {
  readonly code = "network";
  readonly retryable = true;
}

/** Runs in memory, each of one market: due at a moment. */
class RunsInMemory {
  readonly due_: Map<number, { run: DueRun; market: MarketId; dueAt: number }> = new Map();
  readonly stored: FoundOutcomes[] = [];

  add(market: MarketId, signals: number, dueAt: number): void {
    const id = this.due_.size + 1;
    const signal = (at: number): DueRun["signals"][0] => ({
      ...{ id: id * 10_000 + at, symbol: SYMBOLS[0] as Symbol, interval: "1m", closeTime: minuteClose(0), price: 1 },
    });
    this.due_.set(id, { run: { id, signals: Array.from({ length: signals }, (_, at) => signal(at)) }, market, dueAt });
  }

  get table(): OutcomeFillerParts["table"] {
    return {
      waiting: async () =>
        [...new Set([...this.due_.values()].map(({ market }) => market))].map((market) => ({ market, interval: "1m" })),
      due: async ({ market }, by, signals) => {
        const all = [...this.due_.values()].filter((one) => one.market === market && one.dueAt <= by);
        let room = signals;
        return all
          .toSorted((one, other) => one.dueAt - other.dueAt)
          .filter(({ run }, at) => {
            room -= run.signals.length;
            return at === 0 || room >= 0;
          })
          .map(({ run }) => run);
      },
      store: async (found) => {
        this.stored.push(...found);
        return found.flatMap(({ outcomes }) => outcomes).length;
      },
      settle: async (looks: readonly NextLook[]) => {
        for (const { id, dueAt } of looks) {
          const one = this.due_.get(id);
          if (dueAt === undefined) this.due_.delete(id);
          else if (one !== undefined) one.dueAt = dueAt;
        }
      },
    };
  }
}

describe("the filler of outcomes", () => {
  const fillerOf = (runs: RunsInMemory, over: number, change: Partial<OutcomeFillerParts> = {}) => {
    const asked: number[] = [];
    const closes = async (): Promise<never> =>
      ({ "1m": { closeTime: minuteClose(over), closed: 1, total: 1, pending: [] } }) as never;
    const filler = new OutcomeFiller({
      table: runs.table,
      market: { closes, markets: async () => ["binance", "bybit"] },
      source: {
        outcomes: async (signals: readonly FollowedSignal[]): Promise<OutcomesAnswer["outcomes"]> => {
          asked.push(signals.length);
          return signals.map(() =>
            SIGNAL_HORIZONS.map((one) => ({ ...emptyOutcome(one, one <= over ? "known" : "pending") })),
          );
        },
      },
      log: { info: () => {}, warn: () => {} },
      ...change,
    });
    return { filler, asked };
  };

  test("takes some 200 signals at a time, a large run in parts, and signals go before each", async () => {
    const runs = new RunsInMemory();
    for (const size of [150, 40, 30, 450, 0]) runs.add("binance", size, size);
    const { filler, asked } = fillerOf(runs, 5);
    let turns = 0;
    const turn = async (): Promise<void> => {
      turns += 1;
    };
    expect(await filler.fill({ most: 100, turn })).toBe(true);
    expect(asked).toEqual([70, 150, 200, 200, 50]);
    expect(turns).toBeGreaterThanOrEqual(asked.length);
    // One and four candles are known; the run without signals is gone, the others wait for the sixteenth.
    expect(filler.stored).toBe(670 * 2);
    expect([...runs.due_.values()].map(({ dueAt }) => dueAt)).toEqual(Array(4).fill(minuteClose(16)));
    expect(await filler.fill({ most: 100 })).toBe(true);
    expect(asked).toHaveLength(5);
    await fillerOf(runs, 96).filler.fill({ most: 100 });
    expect(runs.due_.size).toBe(0);
  });

  test("stops at its bound, and says that there is more", async () => {
    const runs = new RunsInMemory();
    for (let one = 0; one < 6; one += 1) runs.add("binance", 200, one);
    const { filler, asked } = fillerOf(runs, 96);
    expect([await filler.fill({ most: 2 }), asked.length, runs.due_.size]).toEqual([false, 2, 4]);
    const ended = new AbortController();
    ended.abort();
    expect([await filler.fill({ most: 9, signal: ended.signal }), asked.length]).toEqual([false, 2]);
    expect([await filler.fill({ most: 9 }), runs.due_.size]).toEqual([true, 0]);
  });

  test("looks again a close later where candles that should be there aren't", async () => {
    const runs = new RunsInMemory();
    runs.add("binance", 3, 0);
    const source = {
      outcomes: async (signals: readonly FollowedSignal[]) =>
        signals.map(() => SIGNAL_HORIZONS.map((one) => emptyOutcome(one, "pending"))),
    };
    await fillerOf(runs, 20, { source }).filler.fill({ most: 9 });
    expect(runs.due_.get(1)?.dueAt).toBe(minuteClose(20) + 1);
    await fillerOf(runs, 20).filler.fill({ most: 9 });
    expect(runs.stored.flatMap(({ outcomes }) => outcomes)).toEqual([]);
    await fillerOf(runs, 21).filler.fill({ most: 9 });
    expect(runs.stored.at(-1)?.outcomes.map(({ horizon }) => horizon)).toEqual([1, 4, 16]);
  });

  test("leaves runs of markets that aren't served, and one market that can't be read holds up no other", async () => {
    const runs = new RunsInMemory();
    for (const market of ["bybit-linear", "bybit", "binance"] as const) runs.add(market, 1, 0);
    const warned: string[] = [];
    const market: OutcomeFillerParts["market"] = {
      markets: async () => ["binance", "bybit"],
      closes: async (_, of) => {
        if (of === "bybit") throw new Away("it is away");
        return { "1m": { closeTime: minuteClose(96) as UnixMs, closed: 1, total: 1, pending: [] } };
      },
    };
    const log = { info: () => {}, warn: (message: string) => warned.push(message) };
    expect(await fillerOf(runs, 96, { market, log }).filler.fill({ most: 9 })).toBe(true);
    expect([...runs.due_.values()].map((one) => one.market)).toEqual(["bybit-linear", "bybit"]);
    expect(warned).toEqual(["outcomes of bybit wait, because its closes can't be read now: it is away"]);
    // What the source can't tell stays due.
    const source = { outcomes: () => Promise.reject(new Away("no server")) };
    runs.add("binance", 1, 0);
    await expect(fillerOf(runs, 96, { source }).filler.fill({ most: 9 })).rejects.toThrow("no server");
    expect(runs.due_.size).toBe(3);
  });
});
