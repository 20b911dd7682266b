import {
  type Clock,
  closeTimeOf,
  INTERVALS,
  type Interval,
  type Kline,
  MARKET_NAMES,
  type MarketId,
  openTimeOf,
  type Symbol,
  type UnixMs,
} from "../../core/mod.ts";
import { type KlineArray, WINDOW_KLINES } from "../../strategy/mod.ts";
import {
  type CloseRead,
  type CloseRequest,
  type CloseToRead,
  CloseView,
  KeptCloses,
  type KlinesRead,
  type MarketAtClose,
  type MarketDataSource,
  MarketNotReady,
  type MarketOffer,
} from "../../traders/mod.ts";
import type { ClosesAnswer, ReadFrom } from "../../wire/mod.ts";
import type { RedisCommands } from "./commands.ts";
import type { SeriesName } from "./keys.ts";
import { type RedisKeys, readKeys, readLastCloses } from "./read-keys.ts";
import { isWhole, readSeries } from "./read-series.ts";
import { RedisError } from "./redis-error.ts";

/** How long the list of keys is good; after it they are looked through again. Milliseconds. */
const KEYS_GOOD_FOR_MS = 600_000;

/** The one market that the collector writes into Redis. */
const COLLECTED: MarketId = "binance";

/** Redis was meant to answer, and did. */
const OF_REDIS: ReadFrom = { source: "redis", fallback: false };

/** The market as the collector keeps it in Redis. */
export class RedisMarket implements MarketDataSource {
  readonly #redis: RedisCommands;
  readonly #clock: Clock;
  readonly #closes: KeptCloses = new KeptCloses((close) => this.#read(close));
  #keys: { readonly reading: Promise<RedisKeys>; readonly at: UnixMs } | undefined;

  constructor(redis: RedisCommands, clock: Clock) {
    this.#redis = redis;
    this.#clock = clock;
  }

  async closes(_whom?: string, market: MarketId = COLLECTED): Promise<ClosesAnswer["intervals"]> {
    if (market !== COLLECTED) return {};
    const { lastClosed } = await this.#allKeys();
    const byInterval = new Map<Interval, { symbol: Symbol; closeTime: UnixMs }[]>();
    for (const { name, closeTime } of await readLastCloses(this.#redis, lastClosed)) {
      const list = byInterval.get(name.interval) ?? [];
      byInterval.set(name.interval, list);
      list.push({ symbol: name.symbol, closeTime });
    }
    const answer: ClosesAnswer["intervals"] = {};
    for (const [interval, list] of byInterval) {
      const closeTime = lastCloseOf(list.map((one) => one.closeTime));
      const pending = list.filter((one) => one.closeTime < closeTime).map(({ symbol }) => symbol);
      answer[interval] = { closeTime, closed: list.length - pending.length, total: list.length, pending };
    }
    return answer;
  }

  /** Redis holds no tickers. */
  async klines(symbol: Symbol, interval: Interval, limit: number): Promise<KlinesRead> {
    const [series] = await readSeries(this.#redis, [{ symbol, interval }], { limit });
    if (series?.isWrongType) {
      throw new RedisError("redis_wrong_type", `the key of ${symbol} ${interval} in Redis is not a sorted set`);
    }
    if (series === undefined || series.candles.length === 0) {
      throw new RedisError("unknown_symbol", `there is no candle of ${symbol} ${interval} in Redis`);
    }
    return { klines: series.candles.map(({ kline }) => kline), ticker: null, readFrom: OF_REDIS };
  }

  async offer(market: MarketId = COLLECTED): Promise<MarketOffer | undefined> {
    if (market !== COLLECTED) return { intervals: [], symbols: new Set() };
    const { klines } = await this.#allKeys();
    const intervals = new Set(klines.map(({ interval }) => interval));
    if (intervals.size === 0) return undefined;
    const symbols = new Set(klines.map(({ symbol }) => symbol));
    return { intervals: INTERVALS.filter((interval) => intervals.has(interval)), symbols };
  }

  async at(close: CloseRequest): Promise<MarketAtClose> {
    const { market = COLLECTED } = close;
    if (market !== COLLECTED) throw new MarketNotReady(`${MARKET_NAMES[market]} is not in Redis`);
    return await this.#closes.at(close);
  }

  async #read({ interval, closeTime, timeframes, windows, symbols: named }: CloseToRead): Promise<CloseRead> {
    const { klines: keys } = await this.#allKeys();
    const known = new Set(keys.filter((key) => key.interval === interval).map(({ symbol }) => symbol));
    const symbols = named === null ? [...known] : named.filter((symbol) => known.has(symbol));
    const view = new CloseView(interval, closeTime);
    for (const one of new Set([...timeframes, interval])) {
      const names = symbols.map((symbol): SeriesName => ({ symbol, interval: one }));
      const window = windows?.get(one) ?? WINDOW_KLINES;
      for (const series of await this.#windows(names, closeTime, window)) view.add(series);
    }
    return view.read({ symbols, source: "redis", readFrom: OF_REDIS });
  }

  /** The newest closed candles that ended by the close. One with a hole isn't settled: whether it is the exchange's, nobody knows. */
  async #windows(names: readonly SeriesName[], closeTime: UnixMs, window: number): Promise<KlineArray[]> {
    const [first] = names;
    if (first === undefined) return [];
    const until = openTimeOf(first.interval, closeTime);
    // One more, as the newest may not have ended by then.
    const read = await readSeries(this.#redis, names, { limit: window + 1, until });
    return read.map((series) => {
      const candles = series.candles
        .filter(({ kline }) => kline.closed && closeTimeOf(series.interval, kline.openTime) <= closeTime)
        .slice(-window);
      const klines: Kline[] = candles.map(({ kline }) => kline);
      const settled = !series.isWrongType && isWhole({ interval: series.interval, candles });
      return { symbol: series.symbol, interval: series.interval, klines, settled, full: series.cut };
    });
  }

  async #allKeys(): Promise<RedisKeys> {
    const now = this.#clock.now();
    if (this.#keys === undefined || now - this.#keys.at >= KEYS_GOOD_FOR_MS) {
      const reading = readKeys(this.#redis);
      const kept = { reading, at: now };
      this.#keys = kept;
      reading.catch(() => {
        if (this.#keys === kept) this.#keys = undefined;
      });
    }
    return await this.#keys.reading;
  }
}

/** The newest close that half of the symbols have reached: one key that is ahead of all others says nothing of the market. */
function lastCloseOf(closeTimes: readonly UnixMs[]): UnixMs {
  const newestFirst = [...closeTimes].sort((a, b) => b - a);
  return newestFirst[Math.ceil(newestFirst.length / 2) - 1] as UnixMs;
}
