import {
  INTERVALS,
  type Interval,
  type Kline,
  nextOpenTime,
  openTimeOf,
  previousOpenTime,
  type UnixMs,
} from "../core/mod.ts";
import { grown } from "./growth.ts";
import type { Market, Pair } from "./market.ts";
import { TICK_MS } from "./market-clock.ts";
import { summed } from "./sum.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How often the open candle of a pair is told, in milliseconds of market time (Binance: 2000 ms, 2026-07). */
export const UPDATE_MS = 2_000;

/** One pair as it stands at the present step of market time. What REST answers and what streams tell both come from here. */
export class PairView {
  readonly pair: Pair;
  readonly base: Interval;
  readonly #market: Market;
  /** Pairs take turns, half of them at even and half at odd seconds. */
  readonly #phaseMs: number;
  #final: Kline | undefined;
  #window = Number.NaN;
  #current: Kline | undefined;
  #currentAt = Number.NaN;
  readonly #before: Map<string, { readonly until: number; readonly sum: Kline | undefined }> = new Map();

  constructor(market: Market, pair: Pair, index: number) {
    this.#market = market;
    this.pair = pair;
    this.base = market.baseOf(pair.symbol);
    this.#phaseMs = index % 2 === 0 ? UPDATE_MS : UPDATE_MS / 2;
  }

  /** When its first base candle opens. */
  get first(): UnixMs {
    return this.#market.firstOf(this.pair.symbol);
  }

  /** What the base candle that holds `now` will be in the end; undefined where there is none. */
  final(now: UnixMs): Kline | undefined {
    const window = openTimeOf(this.base, now);
    if (window !== this.#window) {
      this.#window = window;
      this.#final = this.#market.klines(this.pair.symbol, this.base, window, window, 1)[0];
    }
    return this.#final;
  }

  /** Whether states of open candles are due at this step: as a base candle ends, and each 2 s within it. */
  isDue(now: UnixMs): boolean {
    const elapsed = now - openTimeOf(this.base, now);
    return elapsed === 0 || (elapsed >= this.#phaseMs && (elapsed - this.#phaseMs) % UPDATE_MS === 0);
  }

  /** The base candle as it was told last; undefined before its first state. */
  current(now: UnixMs): Kline | undefined {
    if (now !== this.#currentAt) {
      this.#currentAt = now;
      this.#current = this.#grownAt(now);
    }
    return this.#current;
  }

  /**
   * The open candle of any interval; undefined before its first state, for intervals that can't be told, and for a candle that
   * opened before the first base candle: it isn't told when it has closed either.
   */
  open(interval: Interval, now: UnixMs): Kline | undefined {
    if (interval === this.base) return this.current(now);
    // What a longer candle holds says nothing of its parts.
    if (INTERVALS.indexOf(interval) < INTERVALS.indexOf(this.base)) return undefined;
    const window = openTimeOf(interval, now);
    if (window < this.#market.firstOf(this.pair.symbol)) return undefined;
    const current = this.current(now);
    const parts = [this.#sumBefore(interval, window, now), current].filter((part) => part !== undefined);
    const kline = summed(parts, window, nextOpenTime(interval, window) - 1);
    return kline === undefined ? undefined : { ...kline, closed: false };
  }

  /** The candle of an interval that ended just now, if one did and there was trade. */
  closing(interval: Interval, now: UnixMs): Kline | undefined {
    if (openTimeOf(interval, now) !== now) return undefined;
    const window = previousOpenTime(interval, now);
    return this.#market.klines(this.pair.symbol, interval, window, window, 1)[0];
  }

  /** The closed second that ended just now. */
  second(now: UnixMs): Kline | undefined {
    if (this.base !== "1m") return undefined;
    const openTime = now - TICK_MS;
    const final =
      openTime >= this.#window
        ? this.final(openTime as UnixMs)
        : this.#market.klines(this.pair.symbol, "1m", openTimeOf("1m", openTime as UnixMs), openTime, 1)[0];
    return final === undefined ? undefined : secondOf(final, openTime - final.openTime, this.pair);
  }

  /** What REST answers: final klines that have ended, and the open one as it stands. */
  rows(interval: Interval, from: number, to: number, limit: number, newest: boolean, now: UnixMs): Kline[] {
    if (interval === "1s") return this.#seconds(from, to, limit, newest, now);
    const present = openTimeOf(interval, now);
    const ended = previousOpenTime(interval, present);
    const isPresentAsked = from <= present && to >= present;
    const open = isPresentAsked ? this.open(interval, now) : undefined;
    const symbol = this.pair.symbol;
    const room = newest && open !== undefined ? limit - 1 : limit;
    const rows = room > 0 ? this.#market.klines(symbol, interval, from, Math.min(to, ended), room, newest) : [];
    return open !== undefined && rows.length < limit ? [...rows, open] : rows;
  }

  /** The last 24 hours as one kline. */
  day(now: UnixMs): Kline | undefined {
    const window = openTimeOf(this.base, now);
    const from = window - DAY_MS;
    const before = this.#cached("day", window, () => summed(this.#parts(from, window), from, window - 1));
    const parts = [before, this.current(now)].filter((part) => part !== undefined);
    return summed(parts, now - DAY_MS, now);
  }

  /** The base candles from `from` on as one, the open one as it stands; undefined where there are none. */
  since(from: number, now: UnixMs): Kline | undefined {
    const ended = this.#parts(from, openTimeOf(this.base, now));
    const parts = [...ended, this.current(now)].filter((part) => part !== undefined);
    return summed(parts, from, now);
  }

  #grownAt(now: UnixMs): Kline | undefined {
    const final = this.final(now);
    if (final === undefined) return undefined;
    const elapsed = now - final.openTime;
    if (elapsed < this.#phaseMs) return undefined;
    const told = this.#phaseMs + Math.floor((elapsed - this.#phaseMs) / UPDATE_MS) * UPDATE_MS;
    return now > final.closeTime ? final : grown(final, told, this.pair);
  }

  /** The ended base candles of a longer open candle, as one. */
  #sumBefore(interval: Interval, window: UnixMs, now: UnixMs): Kline | undefined {
    const until = openTimeOf(this.base, now);
    return this.#cached(interval, until, () => summed(this.#parts(window, until), window, until - 1));
  }

  #cached(name: string, until: number, make: () => Kline | undefined): Kline | undefined {
    const kept = this.#before.get(name);
    if (kept?.until === until) return kept.sum;
    const sum = make();
    this.#before.set(name, { until, sum });
    return sum;
  }

  /** The base candles from `from` to before `until`, whole hours as one where the base is shorter. */
  #parts(from: number, until: number): Kline[] {
    const ask = (interval: Interval, first: number, end: number): Kline[] =>
      end > first ? this.#market.klines(this.pair.symbol, interval, first, end - 1, Number.POSITIVE_INFINITY) : [];
    if (this.#market.source === "recorded" || until - from < HOUR_MS) return ask(this.base, from, until);
    const [first, last] = [Math.ceil(from / HOUR_MS) * HOUR_MS, Math.floor(until / HOUR_MS) * HOUR_MS];
    return [...ask(this.base, from, first), ...ask("1h", first, last), ...ask(this.base, last, until)];
  }

  #seconds(from: number, to: number, limit: number, newest: boolean, now: UnixMs): Kline[] {
    if (this.base !== "1m") return [];
    const last = Math.min(to, now - TICK_MS);
    const first = newest ? Math.max(from, last - (limit - 1) * TICK_MS) : from;
    const end = Math.min(last, first + (limit - 1) * TICK_MS);
    const finals = this.#market.klines(this.pair.symbol, "1m", openTimeOf("1m", first as UnixMs), end, limit);
    return finals.flatMap((final) => {
      const seconds: Kline[] = [];
      for (let offset = 0; offset < 60_000; offset += TICK_MS) {
        const openTime = final.openTime + offset;
        if (openTime >= first && openTime <= end) seconds.push(secondOf(final, offset, this.pair));
      }
      return seconds;
    });
  }
}

/** A second of a minute: what the minute grew by. The 60 of them add up to it. */
function secondOf(minute: Kline, offset: number, pair: Pair): Kline {
  const before = offset === 0 ? undefined : grown(minute, offset, pair);
  const after = grown(minute, offset + TICK_MS, pair);
  const open = before?.close ?? minute.open;
  const more = (amount: (kline: Kline) => number): number =>
    Number((amount(after) - (before === undefined ? 0 : amount(before))).toFixed(8));
  const openTime = minute.openTime + offset;
  return {
    openTime: openTime as UnixMs,
    closeTime: (openTime + TICK_MS - 1) as UnixMs,
    open,
    high: Math.max(open, after.close),
    low: Math.min(open, after.close),
    close: after.close,
    volume: more((kline) => kline.volume),
    quoteVolume: more((kline) => kline.quoteVolume),
    trades: more((kline) => kline.trades),
    takerBuyVolume: more((kline) => kline.takerBuyVolume),
    takerBuyQuoteVolume: more((kline) => kline.takerBuyQuoteVolume),
    closed: true,
  };
}
