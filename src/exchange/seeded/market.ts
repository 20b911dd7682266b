import {
  addCandles,
  closeTimeOf,
  didYouMean,
  type Interval,
  InvalidInput,
  type Kline,
  nextOpenTime,
  openTimeOf,
  type UnixMs,
} from "../../core/mod.ts";
import type { Market, Pair } from "../market.ts";
import { summed } from "../sum.ts";
import { type NamedPair, namedPairs } from "./names.ts";
import { PairMarket } from "./pair-market.ts";
import { PricePath } from "./price-path.ts";

const HOUR = 3_600_000;

/** The first moment of the made-up market: nothing is told from before. */
const LISTED: UnixMs = Date.UTC(2020, 0, 1) as UnixMs;

/** How many pairs there are when nobody says. */
const DEFAULT_PAIRS = 50;

/** A made-up market: the same for the same seed, and told at any moment without what came before. */
export class SeededMarket implements Market {
  readonly source = "simulated";
  readonly pairs: readonly Pair[];
  /** Pairs that aren't told of unless somebody lists them. */
  readonly reserve: readonly Pair[];
  readonly start: UnixMs;
  readonly end: undefined = undefined;
  readonly #markets: Map<string, PairMarket> = new Map();

  /**
   * `symbols`: names, or how many of the largest; `reserve`: how many of the next largest are held back. Throws InvalidInput
   * for names that no pair has.
   */
  constructor(seed: number, now: UnixMs, symbols: readonly string[] | number = DEFAULT_PAIRS, reserve = 0) {
    const all = new PricePath(seed);
    const add = (named: NamedPair): Pair => {
      const market = new PairMarket(named, seed, all);
      this.#markets.set(market.pair.symbol, market);
      return market.pair;
    };
    this.pairs = chosenPairs(symbols).map(add);
    const others = namedPairs(Number.POSITIVE_INFINITY).filter(({ base, quote }) => !this.#markets.has(base + quote));
    this.reserve = others.slice(0, reserve).map(add);
    this.start = openTimeOf("1s", now);
  }

  baseOf(): Interval {
    return "1m";
  }

  firstOf(): UnixMs {
    return LISTED;
  }

  klines(symbol: string, interval: Interval, from: number, to: number, limit: number, newest = false): Kline[] {
    const market = this.#markets.get(symbol);
    if (market === undefined || interval === "1s") return [];
    const aligned = openTimeOf(interval, Math.max(from, LISTED) as UnixMs);
    const first = aligned < Math.max(from, LISTED) ? nextOpenTime(interval, aligned) : aligned;
    const last = openTimeOf(interval, Math.min(to, 8e15) as UnixMs);
    let openTime = newest ? (Math.max(first, addCandles(interval, last, 1 - limit)) as UnixMs) : first;
    const klines: Kline[] = [];
    for (; openTime <= last && klines.length < limit; openTime = nextOpenTime(interval, openTime)) {
      const kline = this.#kline(market, interval, openTime);
      if (kline !== undefined) klines.push(kline);
    }
    return klines;
  }

  #kline(market: PairMarket, interval: Interval, openTime: UnixMs): Kline | undefined {
    const closeTime = closeTimeOf(interval, openTime);
    if (closeTime - openTime >= HOUR) return market.hours(openTime, closeTime);
    if (closeTime + 1 - openTime === HOUR) return market.hour(openTime);
    const hour = openTimeOf("1h", openTime);
    const minutes = market.minutesOf(hour);
    const first = (openTime - hour) / 60_000;
    const count = (closeTime + 1 - openTime) / 60_000;
    return count === 1 ? minutes[first] : summed(minutes.slice(first, first + count), openTime, closeTime);
  }
}

function chosenPairs(symbols: readonly string[] | number): NamedPair[] {
  const known = namedPairs(Number.POSITIVE_INFINITY);
  if (typeof symbols === "number") {
    if (symbols <= known.length) return known.slice(0, symbols);
    throw new InvalidInput(`${symbols} symbols are too many for a made-up market: it has ${known.length} pairs`);
  }
  const names = known.map(({ base, quote }) => base + quote);
  const missing = symbols.filter((symbol) => !names.includes(symbol));
  if (missing.length > 0) {
    throw new InvalidInput(
      `the made-up market has no ${missing.join(", ")}:${didYouMean(missing[0] ?? "", names, 1)} it has BTCUSDT, ETHUSDT, SOLUSDT and others`,
    );
  }
  return symbols.map((symbol) => known.find(({ base, quote }) => base + quote === symbol) as NamedPair);
}
