import {
  addCandles,
  assert,
  type Clock,
  type Interval,
  type Kline,
  type MarketGaps,
  type MarketSink,
  type OpenTimeRange,
  openTimeOf,
  previousOpenTime,
  type Random,
  type Symbol,
  type UnixMs,
} from "../../core/mod.ts";
import { Backoff } from "./backoff.ts";
import type { Lane } from "./governor.ts";
import { type BinanceRest, ExchangeError, MAX_ROWS } from "./rest.ts";

/** REST calls that wait for their answer at the same time; their number is bound by the governor anyway. */
const WORKERS = 8;

/** Of the workers, those that never take a warm-up: it may hold the others for a minute, while it waits for weight. */
const REPAIRERS = 2;

/** How long a symbol whose repair failed waits before it is tried again. */
const RETRY = { firstMs: 2_000, longestMs: 60_000 } as const;

/** What the repair needs of the feed that it works for. */
export interface RepairContext {
  readonly rest: BinanceRest;
  readonly gaps: MarketGaps;
  readonly sink: MarketSink;
  /** The exchange's clock, as far as the feed knows. */
  marketTime(): UnixMs;
  /** Counts the cuts that a symbol's stream has had: an answer to a question from before a cut settles nothing after it. */
  cuts(symbol: Symbol): number;
  /** A symbol's series are whole as far as the exchange can tell. */
  done(symbol: Symbol): void;
  failed(symbol: Symbol, cause: unknown): void;
  /** The exchange doesn't know the symbol any more. */
  unknown(symbol: Symbol): void;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Fills what the memory calls missing by asking REST, symbol by symbol, shorter intervals first: most longer candles
 * follow from those without a question. The first warm-up, the time after a cut and a skipped minute are all this.
 */
export class Repair {
  readonly #context: RepairContext;
  readonly #waiting: Map<Symbol, Lane> = new Map();
  readonly #working: Set<Symbol> = new Set();
  readonly #retries: Map<Symbol, Backoff> = new Map();
  readonly #wake: Set<() => void> = new Set();
  /** How many questions were asked since the start, and how many symbols had to be tried again. */
  readonly counts: { asked: number; failed: number } = { asked: 0, failed: 0 };

  constructor(context: RepairContext) {
    this.#context = context;
  }

  /** Symbols that wait or are being worked on. */
  get pending(): number {
    return this.#waiting.size + this.#working.size;
  }

  /** Asks for a symbol to be looked at; again and again costs nothing. */
  want(symbol: Symbol, lane: Lane): void {
    if (lane === "repair" || !this.#waiting.has(symbol)) this.#waiting.set(symbol, lane);
    for (const wake of [...this.#wake]) wake();
  }

  /** A symbol isn't followed any more. */
  forget(symbol: Symbol): void {
    this.#waiting.delete(symbol);
    this.#retries.delete(symbol);
  }

  /** Works until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(Array.from({ length: WORKERS }, (_, index) => this.#work(index < REPAIRERS, signal)));
  }

  async #work(onlyUrgent: boolean, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const next = this.#take(onlyUrgent);
      if (next === undefined) {
        await this.#sleepUntilWanted(signal);
        continue;
      }
      const [symbol, lane] = next;
      this.#working.add(symbol);
      try {
        for (const interval of this.#context.gaps.intervals) await this.#fill(symbol, interval, lane, signal);
        this.#retries.delete(symbol);
        this.#context.done(symbol);
      } catch (cause) {
        if (signal.aborted) return;
        if (cause instanceof ExchangeError && cause.isUnknownSymbol) this.#context.unknown(symbol);
        else this.#retry(symbol, lane, cause, signal);
      } finally {
        this.#working.delete(symbol);
      }
    }
  }

  #retry(symbol: Symbol, lane: Lane, cause: unknown, signal: AbortSignal): void {
    const { clock, random, failed } = this.#context;
    const backoff = this.#retries.get(symbol) ?? new Backoff(RETRY, random);
    this.#retries.set(symbol, backoff);
    this.counts.failed += 1;
    failed(symbol, cause);
    clock.sleep(backoff.next(), signal).then(
      () => {
        if (this.#retries.has(symbol)) this.want(symbol, lane);
      },
      () => {},
    );
  }

  #take(onlyUrgent: boolean): [Symbol, Lane] | undefined {
    for (const urgent of onlyUrgent ? [true] : [true, false]) {
      for (const [symbol, lane] of this.#waiting) {
        if (this.#working.has(symbol) || (urgent && lane !== "repair")) continue;
        this.#waiting.delete(symbol);
        return [symbol, lane];
      }
    }
    return undefined;
  }

  async #fill(symbol: Symbol, interval: Interval, lane: Lane, signal: AbortSignal): Promise<void> {
    const { gaps, rest, sink } = this.#context;
    const marketTime = this.#context.marketTime();
    const missing = gaps.missing(symbol, interval, marketTime);
    if (missing === undefined) return;
    const cuts = this.#context.cuts(symbol);
    for (const page of pages(interval, missing)) {
      this.counts.asked += 1;
      const klines = await rest.klines(symbol, interval, page, marketTime, lane, signal);
      const to = toldUpTo(interval, page, klines, marketTime);
      if (to >= page.from) {
        sink({ type: "history", symbol, interval, from: page.from, to, klines, askedAt: marketTime });
      }
    }
    if (this.#context.cuts(symbol) !== cuts) {
      sink({ type: "gap", symbol, interval, from: missing.to, reason: "cut while the answer was under way" });
    }
  }

  #sleepUntilWanted(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#wake.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#wake.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
  }
}

/** The last candle that an answer is certain about: one that wasn't over yet and isn't in it may come to be. */
export function toldUpTo(
  interval: Interval,
  page: OpenTimeRange,
  klines: readonly Kline[],
  marketTime: UnixMs,
): UnixMs {
  const present = openTimeOf(interval, marketTime);
  const last = klines.at(-1)?.openTime ?? Number.NEGATIVE_INFINITY;
  if (page.to < present) return page.to;
  return Math.min(page.to, Math.max(last, previousOpenTime(interval, present))) as UnixMs;
}

/** Cuts a range into stretches of as many candles as one answer holds, oldest first. */
export function pages(interval: Interval, range: OpenTimeRange): OpenTimeRange[] {
  assert(range.from <= range.to, "a missing range has a first and a last candle");
  const cut: OpenTimeRange[] = [];
  for (let from = range.from; from <= range.to; from = addCandles(interval, from, MAX_ROWS)) {
    const to = Math.min(addCandles(interval, from, MAX_ROWS - 1), range.to) as UnixMs;
    cut.push({ from, to });
  }
  return cut;
}
