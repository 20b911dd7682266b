import { type Interval, type Kline, nextOpenTime, openTimeOf, type UnixMs } from "../../core/mod.ts";
import type { Market, Pair } from "../market.ts";
import { summed } from "../sum.ts";
import type { Faults } from "./faults.ts";
import type { SymbolLives } from "./life.ts";
import { Restatements } from "./restatements.ts";

const HOUR_MS = 3_600_000;

/**
 * A market whose symbols come, halt and go, and whose candles are restated. What no trade made isn't there, in no interval; a
 * longer candle is what its parts, such as they are, add up to. Before the run began all is as it was.
 */
export class FaultyMarket implements Market {
  readonly source: Market["source"];
  readonly pairs: readonly Pair[];
  readonly start: UnixMs;
  readonly end: UnixMs | undefined;
  readonly #market: Market;
  readonly #faults: Faults;
  readonly #lives: SymbolLives;
  readonly #restatements: Restatements;

  constructor(market: Market, faults: Faults, lives: SymbolLives) {
    this.source = market.source;
    this.pairs = lives.pairs;
    this.start = market.start;
    this.end = market.end;
    this.#market = market;
    this.#faults = faults;
    this.#lives = lives;
    this.#restatements = new Restatements(faults, lives);
  }

  baseOf(symbol: string): Interval {
    return this.#market.baseOf(symbol);
  }

  firstOf(symbol: string): UnixMs {
    return this.#market.firstOf(symbol);
  }

  klines(symbol: string, interval: Interval, from: number, to: number, limit: number, newest = false): Kline[] {
    return this.klinesAsOf(this.#faults.now(), symbol, interval, from, to, limit, newest);
  }

  /** The klines as they are told at a market time, with the restatements that were made by then. */
  klinesAsOf(
    asOf: number,
    symbol: string,
    interval: Interval,
    from: number,
    to: number,
    limit: number,
    newest = false,
  ): Kline[] {
    const klines: Kline[] = [];
    const span = this.#lives.spanOf(symbol);
    let first = Math.max(from, openTimeOf(interval, Math.max(span.from, from)));
    let last = Math.min(to, span.to - 1);
    // Candles that aren't there make room for others in an answer of limited length.
    while (klines.length < limit && first <= last) {
      const asked = limit - klines.length;
      const plain = this.#market.klines(symbol, interval, first, last, asked, newest);
      const told = plain.flatMap((kline) => this.#told(asOf, symbol, interval, kline) ?? []);
      if (newest) klines.unshift(...told);
      else klines.push(...told);
      const edge = newest ? plain[0] : plain.at(-1);
      if (plain.length < asked || edge === undefined) break;
      if (newest) last = edge.openTime - 1;
      else first = edge.openTime + 1;
    }
    return klines;
  }

  /** Notes what is restated at a step of market time. */
  step(now: UnixMs): void {
    for (const { symbol } of this.pairs) {
      const base = this.baseOf(symbol);
      if (openTimeOf(base, now) !== now) continue;
      this.#restatements.step(symbol, base, now, (openTime) => this.#existing(symbol, base, openTime));
    }
  }

  #told(asOf: number, symbol: string, interval: Interval, kline: Kline): Kline | undefined {
    const base = this.baseOf(symbol);
    const end = nextOpenTime(interval, kline.openTime);
    if (interval === base) {
      if (!this.#lives.tradesThroughout(symbol, kline.openTime, end)) return undefined;
      return this.#restatements.told(symbol, base, kline, asOf);
    }
    if (!this.#isTouched(asOf, symbol, kline.openTime, end)) return kline;
    return summed(this.#parts(asOf, symbol, kline.openTime, end), kline.openTime);
  }

  #isTouched(asOf: number, symbol: string, from: number, end: number): boolean {
    return (
      !this.#lives.tradesThroughout(symbol, from, end) ||
      this.#restatements.isAny(symbol, this.baseOf(symbol), from, end, asOf)
    );
  }

  /** The base candles of a span, whole hours that nothing befell as one. */
  #parts(asOf: number, symbol: string, from: number, end: number): Kline[] {
    const base = this.baseOf(symbol);
    const all = Number.POSITIVE_INFINITY;
    const parts: Kline[] = [];
    for (let at = from; at < end; ) {
      const isHour = at % HOUR_MS === 0 && at + HOUR_MS <= end && base === "1m";
      const next = Math.min(end, isHour ? at + HOUR_MS : Math.ceil((at + 1) / HOUR_MS) * HOUR_MS);
      const whole = isHour && !this.#isTouched(asOf, symbol, at, next) && this.#market.source === "simulated";
      parts.push(
        ...(whole
          ? this.#market.klines(symbol, "1h", at, at, 1)
          : this.klinesAsOf(asOf, symbol, base, at, next - 1, all)),
      );
      at = next;
    }
    return parts;
  }

  #existing(symbol: string, base: Interval, openTime: number): Kline | undefined {
    if (!this.#lives.tradesThroughout(symbol, openTime, nextOpenTime(base, openTime))) return undefined;
    return this.#market.klines(symbol, base, openTime, openTime, 1)[0];
  }
}
