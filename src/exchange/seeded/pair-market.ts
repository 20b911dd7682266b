import { closeTimeOf, hashText, type Kline, type UnixMs } from "../../core/mod.ts";
import { type Amount, largeAmounts, noteExact, UNITS_IN_ONE } from "../exact.ts";
import type { Pair } from "../market.ts";
import { summed } from "../sum.ts";
import { minuteAmounts } from "./minute-amounts.ts";
import type { NamedPair } from "./names.ts";
import { chance, noise, PricePath } from "./price-path.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const MINUTES = 60;

/** What the largest pair trades in an hour, in US dollars. */
const LARGEST_HOURLY_DOLLARS = 80e6;

/** What one trade is worth on average, in US dollars. */
const DOLLARS_PER_TRADE = 700;

/**
 * Hours that are kept of one pair, and hours whose minutes are: a client that reads a series again and again, as an audit
 * does, goes back 100 hours for 400 candles of 15m, and 400 hours for those of 1h. About 1 MB a pair.
 */
const MAX_KEPT_HOURS = 1_024;
const MAX_KEPT_MINUTES = 128;

/** The minutes of an hour at which the path is looked at for the hour's high and low. */
const INNER_MINUTES = [8, 15, 23, 30, 38, 45, 53] as const;

/** The parts of an hour that add up to it, in whole units, so that no digit is lost between minutes, hours and days. */
interface HourTotals {
  readonly volume: number;
  readonly quoteVolume: number;
  readonly trades: number;
  readonly takerBuyVolume: number;
  readonly takerBuyQuoteVolume: number;
}

/** Where an hour begins and ends, and what it reaches. */
interface HourPrices {
  readonly open: number;
  readonly close: number;
  readonly high: number;
  readonly low: number;
}

/**
 * One pair's made-up market. Hours come first, each from its seed alone; the minutes of an hour are then drawn so that they
 * add up to it exactly. So a day of last year costs 24 draws, and a minute of it an hour's.
 */
export class PairMarket {
  readonly pair: Pair;
  readonly #named: NamedPair;
  readonly #own: PricePath;
  readonly #all: PricePath;
  readonly #seed: number;
  readonly #price: number;
  /** How much of the whole market's moves it makes, and how much of moves of its own. */
  readonly #beta: number;
  readonly #ownShare: number;
  readonly #volumeUnits: number;
  readonly #hours: Map<number, Kline> = new Map();
  readonly #minutes: Map<number, readonly Kline[]> = new Map();

  constructor(named: NamedPair, marketSeed: number, all: PricePath) {
    const symbol = `${named.base}${named.quote}`;
    this.#named = named;
    this.#seed = hashText(symbol) ^ marketSeed;
    this.#all = all;
    this.#own = new PricePath(this.#seed);
    this.#price = named.price ?? 10 ** (chance(this.#seed, -1) * 3.5 - 2.2) / named.dollarsPerQuote;
    const isBtc = named.base === "BTC";
    this.#beta = isBtc ? 0.9 : 0.4 + 0.8 * chance(this.#seed, -2);
    this.#ownShare = isBtc ? 0.5 : 0.7 + 0.5 * chance(this.#seed, -3);
    const priceDecimals = Math.min(8, Math.max(2, 6 - Math.ceil(Math.log10(this.#price))));
    const quantityDecimals = Math.min(5, Math.max(0, Math.ceil(Math.log10(this.#price * named.dollarsPerQuote))));
    this.pair = { symbol, base: named.base, quote: named.quote, priceDecimals, quantityDecimals };
    this.#volumeUnits = 10 ** quantityDecimals;
  }

  /** The final kline of the hour that opens at `openTime`. */
  hour(openTime: number): Kline {
    return kept(this.#hours, openTime, MAX_KEPT_HOURS, () => this.#drawHour(openTime));
  }

  #drawHour(openTime: number): Kline {
    const prices = this.#hourPrices(openTime);
    const { open, close, high, low } = prices;
    const totals = this.#hourTotals(openTime, prices);
    const times = { openTime: openTime as UnixMs, closeTime: closeTimeOf("1h", openTime as UnixMs) };
    return this.#told({ ...times, open, high, low, close, ...this.#amounts(totals), closed: true }, totals);
  }

  /** The 60 final minutes of the hour that opens at `openTime`. */
  minutesOf(openTime: number): readonly Kline[] {
    return kept(this.#minutes, openTime, MAX_KEPT_MINUTES, () => this.#drawMinutes(openTime));
  }

  /** Several hours as one kline. */
  hours(openTime: number, closeTime: number): Kline | undefined {
    const hours: Kline[] = [];
    for (let hour = openTime; hour < closeTime; hour += HOUR) hours.push(this.hour(hour));
    return summed(hours, openTime, closeTime);
  }

  #priceAt(time: number): number {
    return this.#round(this.#price * Math.exp(this.#beta * this.#all.at(time) + this.#ownShare * this.#own.at(time)));
  }

  #round(price: number): number {
    const tick = 10 ** -this.pair.priceDecimals;
    return Math.max(tick, Number(price.toFixed(this.pair.priceDecimals)));
  }

  #hourPrices(openTime: number): HourPrices {
    const open = this.#priceAt(openTime);
    const close = this.#priceAt(openTime + HOUR);
    // Where the path goes meanwhile: minutes that were bent to stay far from it would stick to the hour's high or low.
    const inner = INNER_MINUTES.map((minute) => this.#priceAt(openTime + minute * MINUTE));
    const [top, bottom] = [Math.max(open, close, ...inner), Math.min(open, close, ...inner)];
    const reach = (salt: number): number => 0.0008 + 0.005 * chance(this.#seed + salt, openTime / HOUR) ** 2;
    const high = Math.max(top, this.#round(top * (1 + reach(11))));
    const low = Math.min(bottom, this.#round(bottom * (1 - reach(12))));
    return { open, close, high, low };
  }

  /** The price as a minute begins: the path, bent so that it stays within what the hour is known to have reached. */
  #border(hour: number, index: number, prices: HourPrices): number {
    if (index === 0) return prices.open;
    if (index === MINUTES) return prices.close;
    const straight = prices.open + ((prices.close - prices.open) * index) / MINUTES;
    const away = this.#priceAt(hour + index * MINUTE) - straight;
    const room = away > 0 ? prices.high - straight : straight - prices.low;
    return this.#round(
      straight + Math.sign(away) * room * Math.tanh(Math.abs(away) / Math.max(room, Number.MIN_VALUE)),
    );
  }

  /** Volumes are log-normal, with a day's rhythm, larger when the price moves, and smaller from one pair to the next. */
  #hourTotals(openTime: number, prices: HourPrices): HourTotals {
    const hour = openTime / HOUR;
    const { dollarsPerQuote, rank, share } = this.#named;
    const rhythm = 1 + 0.4 * Math.sin(((hour % 24) - 8) * (Math.PI / 12));
    const spread = Math.exp(0.55 * (noise(this.#seed + 21, hour) + noise(this.#seed + 22, hour)));
    const { open, close, high, low } = prices;
    const moved = 1 + 60 * Math.abs(close / open - 1);
    const dollars = (LARGEST_HOURLY_DOLLARS / rank ** 1.05) * share * rhythm * spread * moved;
    // About the mean of the path, which the minutes then have together.
    const middle = Math.min(high, Math.max(low, this.#border(openTime, MINUTES / 2, prices)));
    const typical = (open + 2 * middle + close) / 4;
    const volume = Math.max(1_000 * MINUTES, Math.round((dollars / dollarsPerQuote / typical) * this.#volumeUnits));
    const taker = 0.5 + 0.12 * noise(this.#seed + 23, hour);
    const quoteVolume = Math.round((volume / this.#volumeUnits) * typical * this.#quoteUnits);
    const takerBuyVolume = Math.floor(volume * taker);
    return {
      volume,
      quoteVolume,
      trades: MINUTES + Math.round(dollars / (DOLLARS_PER_TRADE * (0.6 + 0.8 * chance(this.#seed + 24, hour)))),
      takerBuyVolume,
      takerBuyQuoteVolume: Math.round(quoteVolume * (takerBuyVolume / volume)),
    };
  }

  /** Quote amounts are counted in the smallest that a price times a volume can be, with the 8 decimals that the exchange has at most. */
  get #quoteUnits(): number {
    return 10 ** Math.min(8, this.pair.priceDecimals + this.pair.quantityDecimals);
  }

  #drawMinutes(hour: number): Kline[] {
    const prices = this.#hourPrices(hour);
    const totals = this.#hourTotals(hour, prices);
    const clamped = (price: number): number => Math.min(prices.high, Math.max(prices.low, price));
    const borders = Array.from({ length: MINUTES + 1 }, (_, index) => clamped(this.#border(hour, index, prices)));
    const border = (index: number): number => borders[index] as number;
    const weights = Array.from({ length: MINUTES }, (_, index) => {
      const minute = hour / MINUTE + index;
      return 0.15 + Math.exp(0.9 * (noise(this.#seed + 31, minute) + noise(this.#seed + 32, minute)));
    });
    const base = shares(weights);
    const highest = Math.min(MINUTES - 1, borders.indexOf(Math.max(...borders)));
    const lowest = Math.min(MINUTES - 1, borders.indexOf(Math.min(...borders)));
    const drawn = Array.from({ length: MINUTES }, (_, index) => {
      const openTime = hour + index * MINUTE;
      const [open, close] = [border(index), border(index + 1)];
      const reach = (salt: number): number => 0.0008 * chance(this.#seed + salt, openTime / MINUTE) ** 2;
      const high = Math.max(open, close, clamped(this.#round(Math.max(open, close) * (1 + reach(35)))));
      const low = Math.min(open, close, clamped(this.#round(Math.min(open, close) * (1 - reach(36)))));
      return { open, high: index === highest ? prices.high : high, low: index === lowest ? prices.low : low, close };
    });
    const ticks = 10 ** this.pair.priceDecimals;
    const inTicks = drawn.map(({ open, high, low, close }) => ({
      open: Math.round(open * ticks),
      high: Math.round(high * ticks),
      low: Math.round(low * ticks),
      close: Math.round(close * ticks),
    }));
    const quotePerTick = this.#quoteUnits / this.#volumeUnits / ticks;
    const amounts = minuteAmounts({ ...totals, quotePerTick }, inTicks, weights);
    return drawn.map((minute, index) => {
      const openTime = hour + index * MINUTE;
      const cut = (total: number, by: readonly number[]): number =>
        Math.floor(total * (by[index + 1] as number)) - Math.floor(total * (by[index] as number));
      const parts: HourTotals = {
        volume: amounts.volume[index] as number,
        quoteVolume: amounts.quoteVolume[index] as number,
        trades: 1 + cut(totals.trades - MINUTES, base),
        takerBuyVolume: amounts.takerBuyVolume[index] as number,
        takerBuyQuoteVolume: amounts.takerBuyQuoteVolume[index] as number,
      };
      const kline: Kline = {
        openTime: openTime as UnixMs,
        closeTime: (openTime + MINUTE - 1) as UnixMs,
        ...minute,
        ...this.#amounts(parts),
        closed: true,
      };
      return this.#told(kline, parts);
    });
  }

  /** The kline, with what its totals say of amounts that a double can't hold. */
  #told(kline: Kline, totals: HourTotals): Kline {
    const units = (amount: Amount): bigint => {
      const perAmount = /quote/i.test(amount) ? this.#quoteUnits : this.#volumeUnits;
      return BigInt(totals[amount]) * BigInt(UNITS_IN_ONE / perAmount);
    };
    return noteExact(kline, largeAmounts(kline, units));
  }

  #amounts(totals: HourTotals): HourTotals {
    return {
      volume: totals.volume / this.#volumeUnits,
      quoteVolume: totals.quoteVolume / this.#quoteUnits,
      trades: totals.trades,
      takerBuyVolume: totals.takerBuyVolume / this.#volumeUnits,
      takerBuyQuoteVolume: totals.takerBuyQuoteVolume / this.#quoteUnits,
    };
  }
}

/** Running shares from 0 to exactly 1. */
function shares(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const running = [0];
  let sum = 0;
  for (const weight of weights) {
    sum += weight;
    running.push(Math.min(1, sum / total));
  }
  running[weights.length] = 1;
  return running;
}

/** What was drawn before, or is drawn now and kept in place of the oldest. */
function kept<T>(map: Map<number, T>, key: number, most: number, draw: () => T): T {
  const had = map.get(key);
  if (had !== undefined) return had;
  const drawn = draw();
  map.set(key, drawn);
  if (map.size > most) map.delete(map.keys().next().value as number);
  return drawn;
}
