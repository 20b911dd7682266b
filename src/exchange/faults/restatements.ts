import { addCandles, type Interval, type Kline, nextOpenTime, openTimeOf } from "../../core/mod.ts";
import type { Pair } from "../market.ts";
import { closesFirstAfter } from "./closes.ts";
import type { Faults } from "./faults.ts";
import type { SymbolLives } from "./life.ts";

/** A restatement is made so many candles after the close, at most. */
const MOST_CANDLES_LATER = 30;

/** Amounts rise by this share at most; seen on the exchange: figures upward, prices never (recorded data of 2026). */
const MOST_MORE = 0.02;

/** Quote amounts above this are told with 4 decimals, so that sums stay within what a double tells exactly. */
const LARGE_QUOTE = 1e5;

type Chance = (index: number) => number;

/** What decides of a candle, by its open time in seconds. */
interface SymbolLuck {
  readonly whether: Chance;
  readonly when: Chance;
  readonly howMuch: Chance;
}

/** Which closed candles of the base interval are restated, when, and to what. Each follows from the seed alone. */
export class Restatements {
  readonly #faults: Faults;
  readonly #lives: SymbolLives;
  readonly #pairs: ReadonlyMap<string, Pair>;
  readonly #often: number;
  readonly #times: readonly number[];
  readonly #luck: Map<string, SymbolLuck> = new Map();

  constructor(faults: Faults, lives: SymbolLives) {
    this.#faults = faults;
    this.#lives = lives;
    this.#often = faults.often("restate");
    this.#times = faults.times("restate");
    this.#pairs = new Map(lives.pairs.map((pair) => [pair.symbol, pair]));
  }

  /** A base candle as it is told at a market time. */
  told(symbol: string, base: Interval, kline: Kline, asOf: number): Kline {
    return this.#isMade(symbol, base, kline.openTime, asOf) ? this.#restated(symbol, kline) : kline;
  }

  /** Whether any base candle that opens from `from` to before `end` has been restated by a market time. */
  isAny(symbol: string, base: Interval, from: number, end: number, asOf: number): boolean {
    if (!this.#faults.has("restate")) return false;
    const last = Math.min(end, asOf);
    let openTime = Math.max(from, openTimeOf(base, this.#faults.start));
    for (; openTime < last; openTime = nextOpenTime(base, openTime)) {
      if (this.#isMade(symbol, base, openTime, asOf)) return true;
    }
    return false;
  }

  /** Notes what is restated as a base candle ends. `existing` tells a candle, if there is one. */
  step(symbol: string, base: Interval, now: number, existing: (openTime: number) => Kline | undefined): void {
    if (!this.#faults.has("restate")) return;
    for (let later = 1; later <= MOST_CANDLES_LATER; later += 1) {
      const openTime = addCandles(base, now, -1 - later);
      if (this.#madeAt(symbol, base, openTime) !== now || !this.#isMade(symbol, base, openTime, now)) continue;
      const kline = existing(openTime);
      if (kline === undefined) continue;
      const { volume } = this.#restated(symbol, kline);
      const opened = new Date(openTime).toISOString();
      this.#faults.note("restate", () => `${symbol} ${base} of ${opened}: volume ${kline.volume} becomes ${volume}`);
    }
  }

  /** Whether it has been restated by a market time. Of a symbol that has left, nothing is told any more. */
  #isMade(symbol: string, base: Interval, openTime: number, asOf: number): boolean {
    const madeAt = this.#madeAt(symbol, base, openTime);
    return madeAt <= asOf && this.#lives.statusOf(symbol, madeAt) !== undefined;
  }

  /** Market time at which a candle is meant to be restated; infinite for those that never are. */
  #madeAt(symbol: string, base: Interval, openTime: number): number {
    if (!this.#faults.has("restate") || openTime < this.#faults.start) return Number.POSITIVE_INFINITY;
    if (this.#faults.isCalmAt(openTime)) return Number.POSITIVE_INFINITY;
    const index = openTime / 1_000;
    const luck = this.#luckOf(symbol);
    const end = nextOpenTime(base, openTime);
    const isMeant =
      luck.whether(index) < this.#often || closesFirstAfter({ openTime, closeTime: end - 1 }, this.#times);
    if (!isMeant) return Number.POSITIVE_INFINITY;
    return addCandles(base, end, 1 + Math.floor(luck.when(index) * MOST_CANDLES_LATER));
  }

  #restated(symbol: string, kline: Kline): Kline {
    const more = MOST_MORE * this.#luckOf(symbol).howMuch(kline.openTime / 1_000);
    const decimals = this.#pairs.get(symbol)?.quantityDecimals ?? 0;
    const quoteDecimals = kline.quoteVolume > LARGE_QUOTE ? 4 : 8;
    return {
      ...kline,
      volume: raised(kline.volume, more, decimals),
      quoteVolume: raised(kline.quoteVolume, more, quoteDecimals),
      trades: kline.trades + 1 + Math.floor(kline.trades * more),
      takerBuyVolume: raised(kline.takerBuyVolume, more / 2, decimals),
      takerBuyQuoteVolume: raised(kline.takerBuyQuoteVolume, more / 2, quoteDecimals),
    };
  }

  #luckOf(symbol: string): SymbolLuck {
    let luck = this.#luck.get(symbol);
    if (luck === undefined) {
      const chance = (what: string): Chance => this.#faults.chance("restate", `${symbol} ${what}`);
      luck = { whether: chance("whether"), when: chance("when"), howMuch: chance("how much") };
      this.#luck.set(symbol, luck);
    }
    return luck;
  }
}

/** An amount that has grown by a share, by one unit at least. */
function raised(amount: number, more: number, decimals: number): number {
  const unit = 10 ** -decimals;
  return Number((amount + Math.max(unit, amount * more)).toFixed(decimals));
}
