import type { MarketStore } from "../store/mod.ts";
import type { Caller } from "./caller.ts";
import type { LoopTurns } from "./loop-turns.ts";

/** What is counted of all series that are served. */
export interface MarketCount {
  readonly klines: number;
  /** Stretches of missing klines; none of those that the exchange itself doesn't have. */
  readonly holes: number;
}

/** Symbols that are counted in one job of the event loop: less than a millisecond, even when all of them have holes. */
const SYMBOLS_PER_JOB = 5;

/** Counts klines and holes. While history is read nearly every series has holes, and then each of its klines is looked at. */
export async function countMarket(store: MarketStore, turns: LoopTurns, caller: Caller): Promise<MarketCount> {
  const symbols = store.symbols();
  let [klines, holes] = [0, 0];
  const count = (from: number): void => {
    for (const { symbol, status } of symbols.slice(from, from + SYMBOLS_PER_JOB)) {
      for (const interval of store.served) {
        const series = store.series(symbol, interval);
        klines += series?.ring.length ?? 0;
        if (series === undefined || status === "DELISTED") continue;
        if (!series.select({ limit: store.capacity }).settled) holes += series.holes().length;
      }
    }
  };
  const jobs = Math.ceil(symbols.length / SYMBOLS_PER_JOB);
  await Promise.all(Array.from({ length: jobs }, (_, job) => turns.run(caller, () => count(job * SYMBOLS_PER_JOB))));
  return { klines, holes };
}
