import type { Interval, Symbol } from "../core/mod.ts";
import { readSeries } from "./redis/mod.ts";
import type { Sides } from "./sides.ts";

/** What Upstash asks for 100,000 commands, in US dollars, where nobody says. Source: upstash.com/pricing/redis, pay as you go, 2025-11. */
export const DEFAULT_PRICE_PER_100K = 0.2;

const SECONDS_A_MONTH = 30 * 86_400;

/** What to measure. */
export interface LatencyOptions {
  readonly symbols: readonly Symbol[];
  readonly interval: Interval;
  /** Klines in one read. */
  readonly limit: number;
  /** Reads of each side, one after the other, the sides in turn. */
  readonly reads: number;
  /** Reads a second for which the bill is told. */
  readonly readsPerSecond: number;
  readonly pricePer100k: number;
  /** Milliseconds that pass. */
  readonly stopwatch: () => number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** How long reads took, in milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Both sides, side by side. */
export interface LatencyReport {
  readonly redis: Percentiles & { readonly commands: number };
  readonly server: Percentiles & { readonly requests: number };
  /** US dollars a month for commands at that rate of reads. What the collector writes comes on top. */
  readonly redisBillPerMonth: number;
  readonly readsPerSecond: number;
  readonly pricePer100k: number;
}

/** Reads the same series from both sides in turn. Rejects with RedisError or ClientError. */
export async function measureLatency({ redis, server }: Sides, options: LatencyOptions): Promise<LatencyReport> {
  const { symbols, interval, limit, reads, stopwatch, readsPerSecond, pricePer100k, onProgress } = options;
  const [theirs, ours]: [number[], number[]] = [[], []];
  const timed = async (list: number[], read: () => Promise<unknown>): Promise<void> => {
    const began = stopwatch();
    await read();
    list.push(stopwatch() - began);
  };
  const symbolOf = (index: number): Symbol => symbols[index % symbols.length] as Symbol;
  // Neither side's first connection is counted.
  await readSeries(redis, [{ symbol: symbolOf(0), interval }], { limit });
  await server.klines(symbolOf(0), interval, { limit });
  const before = redis.spent;
  for (let index = 0; index < reads; index += 1) {
    const symbol = symbolOf(index);
    await timed(theirs, () => readSeries(redis, [{ symbol, interval }], { limit }));
    await timed(ours, () => server.klines(symbol, interval, { limit }));
    onProgress?.(index + 1, reads);
  }
  const commands = redis.spent - before;
  const perMonth = (commands / reads) * readsPerSecond * SECONDS_A_MONTH;
  return {
    redis: { ...percentilesOf(theirs), commands },
    server: { ...percentilesOf(ours), requests: reads },
    redisBillPerMonth: (perMonth / 100_000) * pricePer100k,
    readsPerSecond,
    pricePer100k,
  };
}

function percentilesOf(milliseconds: readonly number[]): Percentiles {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
