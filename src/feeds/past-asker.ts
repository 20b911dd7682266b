import type { Kline, OpenTimeRange, Symbol, UnixMs } from "../core/mod.ts";
import { Asker, type AskerOptions } from "./live/asking/asker.ts";
import { ExchangeError } from "./live/asking/exchange-error.ts";
import { answeredRanges } from "./live/reading/judged-rows.ts";

/** How often a question is asked at most. Between two tries the governor holds all calls back, longer each time. */
const MAX_TRIES = 8;

const MINUTE_MS = 60_000;

/** Asks an exchange for minutes of the past, within its request budget, after all calls that are more urgent. */
export class PastAsker {
  readonly #asker: Asker;
  readonly #stopwatch: AskerOptions["stopwatch"];
  #time: Promise<{ readonly serverTime: UnixMs; readonly askedAt: number }> | undefined;

  constructor(options: AskerOptions) {
    this.#asker = new Asker(options);
    this.#stopwatch = options.stopwatch;
  }

  /**
   * The closed 1m klines of a range, in stretches, each with all klines that the exchange has in it. Minutes whose rows aren't believed, and
   * those of symbols that the exchange doesn't know, are in none. Rejects with an ExchangeError.
   */
  async *klines(
    symbol: Symbol,
    range: OpenTimeRange,
    signal: AbortSignal,
  ): AsyncGenerator<OpenTimeRange & { readonly klines: readonly Kline[] }> {
    const marketTime = await this.#marketTime(signal);
    let left = range;
    while (left.from <= left.to) {
      const asked = left;
      const rows = await this.#retried(signal, () =>
        this.#asker.klines(symbol, "1m", asked, marketTime, "warm-up", signal),
      ).catch((cause: unknown) => {
        if (cause instanceof ExchangeError && cause.isUnknownSymbol) return undefined;
        throw cause;
      });
      if (rows === undefined) return;
      const { from, to } = rows.answered;
      yield* answeredRanges("1m", { from, to: Math.min(to, lastClosed(marketTime)) as UnixMs }, rows);
      // One side is answered: the oldest rows of the range, or the newest.
      if (from === asked.from) left = { from: (to + MINUTE_MS) as UnixMs, to: asked.to };
      else left = { from: asked.from, to: (from - MINUTE_MS) as UnixMs };
    }
  }

  async #marketTime(signal: AbortSignal): Promise<UnixMs> {
    this.#time ??= this.#retried(signal, () => this.#asker.time("warm-up", signal));
    const { serverTime, askedAt } = await this.#time;
    return (serverTime + Math.floor(this.#stopwatch() - askedAt)) as UnixMs;
  }

  async #retried<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await ask();
      } catch (cause) {
        signal.throwIfAborted();
        if (!(cause instanceof ExchangeError) || !cause.retryable || tries === MAX_TRIES) throw cause;
      }
    }
  }
}

/** The newest minute that is over. */
function lastClosed(marketTime: number): number {
  return Math.floor(marketTime / MINUTE_MS) * MINUTE_MS - MINUTE_MS;
}
