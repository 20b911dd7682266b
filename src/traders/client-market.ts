import { type Client, ClientError } from "../client/mod.ts";
import {
  candlesBetween,
  closeTimeOf,
  type Interval,
  type Kline,
  type MarketSource,
  openTimeOf,
  parseSymbol,
  type Symbol,
  type Ticker,
  type UnixMs,
} from "../core/mod.ts";
import { type KlineArray, viewOfArrays, WINDOW_KLINES } from "../strategy/mod.ts";
import type { ClosesAnswer } from "../wire/mod.ts";
import type { CloseRequest, MarketAtClose, MarketReader } from "./ports.ts";

/** The most klines of a series that are asked for; a server keeps no fewer unless it is told to. */
const MAX_LIMIT = 500;

/** Symbols in one request: 100 series of 500 klines are about 10 MB. */
const SYMBOLS_AT_A_TIME = 100;

/** Closes that are kept, so that traders of one close read it once; the oldest goes. */
const KEPT_CLOSES = 8;

/** The market of a Vyx server, read through its SDK. */
export class ClientMarket implements MarketReader {
  readonly #client: Client;
  readonly #kept: Map<string, Promise<MarketAtClose>> = new Map();

  constructor(client: Client) {
    this.#client = client;
  }

  async source(): Promise<MarketSource> {
    return (await this.#client.health()).source as MarketSource;
  }

  async closes(): Promise<ClosesAnswer["intervals"]> {
    return (await this.#client.closes()).intervals;
  }

  async klines(
    symbol: Symbol,
    interval: Interval,
    limit: number,
  ): Promise<{ klines: readonly Kline[]; ticker: Ticker | null }> {
    const [{ klines }, ticker] = await Promise.all([
      this.#client.klines(symbol, interval, { limit }),
      this.#client.ticker(symbol).catch((cause: unknown) => {
        // Klines are there before the first ticker is.
        if (cause instanceof ClientError && cause.code === "not_ready") return null;
        throw cause;
      }),
    ]);
    return { klines, ticker };
  }

  async at(close: CloseRequest): Promise<MarketAtClose> {
    const key = JSON.stringify([close.interval, close.closeTime, [...close.timeframes].sort(), close.symbols]);
    const kept = this.#kept.get(key);
    if (kept !== undefined) return await kept;
    const reading = this.#read(close);
    this.#kept.set(key, reading);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT_CLOSES && oldest !== undefined) this.#kept.delete(oldest);
    try {
      const market = await reading;
      // What still lacks a candle is read anew next time.
      if (market.symbols.some((symbol) => market.price(symbol) === undefined)) this.#forget(key, reading);
      return market;
    } catch (cause) {
      this.#forget(key, reading);
      throw cause;
    }
  }

  #forget(key: string, reading: Promise<MarketAtClose>): void {
    if (this.#kept.get(key) === reading) this.#kept.delete(key);
  }

  async #read({ interval, closeTime, timeframes, symbols: named }: CloseRequest): Promise<MarketAtClose> {
    const [closes, { symbols: infos }, { tickers }] = await Promise.all([
      this.closes(),
      this.#client.symbols(),
      this.#client.tickers(),
    ]);
    const trading = infos.filter(({ status }) => status === "TRADING").map(({ symbol }) => parseSymbol(symbol));
    const known = new Set(trading);
    const symbols = named === null ? trading : named.filter((symbol) => known.has(symbol));
    const arrays: KlineArray[] = [];
    const intervals = [...new Set([...timeframes, interval])];
    for (const one of intervals) {
      const limit = limitFor(one, closeTime, closes[one]?.closeTime);
      for (let first = 0; first < symbols.length; first += SYMBOLS_AT_A_TIME) {
        arrays.push(...(await this.#series(symbols.slice(first, first + SYMBOLS_AT_A_TIME), one, closeTime, limit)));
      }
    }
    const prices = new Map<string, number>();
    for (const array of arrays) {
      const candle = array.interval === interval ? array.klines.at(-1) : undefined;
      if (candle !== undefined && closeTimeOf(interval, candle.openTime) === closeTime)
        prices.set(array.symbol, candle.close);
    }
    return { view: viewOfArrays(arrays, tickers), symbols, price: (symbol) => prices.get(symbol) };
  }

  async #series(
    symbols: readonly Symbol[],
    interval: Interval,
    closeTime: UnixMs,
    limit: number,
  ): Promise<KlineArray[]> {
    const answer = await this.#client.series({ symbols, intervals: [interval], limit, closed: true });
    return answer.series.map((series) => {
      const klines = series.klines
        .filter((kline) => closeTimeOf(interval, kline.openTime) <= closeTime)
        .slice(-WINDOW_KLINES);
      // The close lies so far back that what was seen then is no longer all there.
      const cut = series.klines.length === limit && klines.length < WINDOW_KLINES;
      return { symbol: parseSymbol(series.symbol), interval, klines, settled: series.settled && !cut };
    });
  }
}

/** As many klines as a filter sees, and those that closed since. */
function limitFor(interval: Interval, closeTime: UnixMs, last: UnixMs | undefined): number {
  if (last === undefined) return WINDOW_KLINES;
  const since = candlesBetween(interval, openTimeOf(interval, closeTime), openTimeOf(interval, last));
  // One more for a candle that closes while we ask.
  return Math.min(MAX_LIMIT, WINDOW_KLINES + Math.max(0, Math.ceil(since)) + 1);
}
