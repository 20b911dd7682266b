import {
  addCandles,
  type Clock,
  candlesBetween,
  type ExchangePast,
  earliestOpenTime,
  type Interval,
  millis,
  type OpenTimeRange,
  openTimeOf,
  previousOpenTime,
  type Symbol,
  type UnixMs,
} from "../../core/mod.ts";
import { KlineBlock } from "./kline-block.ts";

/** Blocks that are kept, of all symbols and intervals: about 90 kB each. */
export const MAX_KEPT_BLOCKS = 128;

/** Questions to the exchange that are open at once, for all callers. Past it nothing is asked, and the answer isn't settled. */
export const MAX_OPEN_QUESTIONS = 8;

/** How long an answer waits for the exchange, its request budget included, in milliseconds. */
export const EXCHANGE_WITHIN_MS = 5_000;

/** Symbols whose first month is remembered. */
const MAX_KNOWN_LISTINGS = 2_000;

/** A run of candles as the exchange has it. */
export interface ExchangeBlock {
  readonly range: OpenTimeRange;
  readonly klines: KlineBlock;
  readonly settled: readonly OpenTimeRange[];
}

/** What is asked: the exchange's history of one market. */
export interface ExchangeBlocksParts {
  readonly exchange: ExchangePast;
  readonly clock: Pick<Clock, "sleep">;
}

/**
 * An exchange's history in blocks that are the same for all who ask, so that one question answers everybody: those who ask while it is open
 * share its answer, and the newest answers are kept. Only what the exchange is certain about is kept.
 */
export class ExchangeBlocks {
  readonly #parts: ExchangeBlocksParts;
  /** The one that was used longest ago first. */
  readonly #blocks: Map<string, Promise<ExchangeBlock>> = new Map();
  /** The month in which a symbol was listed, or undefined where the exchange has no kline of it. */
  readonly #listings: Map<Symbol, Promise<UnixMs | undefined>> = new Map();
  #open = 0;

  constructor(parts: ExchangeBlocksParts) {
    this.#parts = parts;
  }

  /** Whether the exchange has the interval at all. */
  has(interval: Interval): boolean {
    return this.#parts.exchange.rowsOf(interval) > 0;
  }

  /** The block that a candle is in. */
  rangeAt(interval: Interval, openTime: number): OpenTimeRange {
    const rows = this.#parts.exchange.rowsOf(interval);
    const origin = earliestOpenTime(interval);
    const block = Math.floor(candlesBetween(interval, origin, openTime) / rows);
    const from = addCandles(interval, origin, block * rows);
    return { from, to: addCandles(interval, from, rows - 1) };
  }

  /** The block that a candle is in, as the exchange has it. `present`: the candle that is open now. Rejects when the exchange can't be asked. */
  async at(symbol: Symbol, interval: Interval, openTime: number, present: UnixMs): Promise<ExchangeBlock> {
    const range = this.rangeAt(interval, openTime);
    const to = Math.min(range.to, present) as UnixMs;
    return await this.#kept(this.#blocks, `${symbol} ${interval} ${range.from}`, MAX_KEPT_BLOCKS, async () => {
      const asked = { from: range.from, to };
      const { klines, settled } = await this.#ask(symbol, interval, asked);
      const block = new KlineBlock("exchange", Math.max(1, klines.length));
      for (const kline of klines) if (kline.closed) block.append(kline);
      const answer = { range, klines: block, settled };
      const isWhole = settled.some(({ from, to }) => from <= range.from && to >= range.to);
      return { answer, isLasting: isWhole };
    });
  }

  /** The open time of the first month of which the exchange has a kline; undefined where it has none. Rejects when it can't be asked. */
  listedSince(symbol: Symbol, now: UnixMs): Promise<UnixMs | undefined> {
    return this.#kept(this.#listings, symbol, MAX_KNOWN_LISTINGS, async () => {
      if (!this.has("1M")) return { answer: undefined, isLasting: true };
      const range = { from: earliestOpenTime("1M"), to: openTimeOf("1M", now) };
      const { klines, settled } = await this.#ask(symbol, "1M", range);
      const first = klines[0]?.openTime;
      // A symbol without a closed month was listed in the present one, if at all.
      const listed = first ?? range.to;
      const before = previousOpenTime("1M", listed);
      const isWhole = settled.some(({ from, to }) => from <= range.from && to >= before);
      return { answer: isWhole ? listed : undefined, isLasting: isWhole };
    });
  }

  async #ask(symbol: Symbol, interval: Interval, range: OpenTimeRange): ReturnType<ExchangePast["klines"]> {
    if (this.#open >= MAX_OPEN_QUESTIONS) throw new Error(`${this.#open} questions to the exchange are open already`);
    const { exchange, clock } = this.#parts;
    const [ending, answered] = [new AbortController(), new AbortController()];
    clock.sleep(millis(EXCHANGE_WITHIN_MS), answered.signal).then(
      () => ending.abort(new Error(`the exchange didn't answer within ${EXCHANGE_WITHIN_MS} ms`)),
      () => {},
    );
    this.#open += 1;
    try {
      return await exchange.klines(symbol, interval, range, ending.signal);
    } finally {
      this.#open -= 1;
      answered.abort();
    }
  }

  #kept<Key, Answer>(
    all: Map<Key, Promise<Answer>>,
    key: Key,
    most: number,
    ask: () => Promise<{ readonly answer: Answer; readonly isLasting: boolean }>,
  ): Promise<Answer> {
    const known = all.get(key);
    if (known !== undefined) {
      all.delete(key);
      all.set(key, known);
      return known;
    }
    const asking = ask().then(
      ({ answer, isLasting }) => {
        if (!isLasting && all.get(key) === asking) all.delete(key);
        return answer;
      },
      (cause) => {
        if (all.get(key) === asking) all.delete(key);
        throw cause;
      },
    );
    all.set(key, asking);
    const [oldest] = all.keys();
    if (all.size > most && oldest !== undefined) all.delete(oldest);
    return asking;
  }
}
