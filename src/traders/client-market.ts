import { type Client, ClientError } from "../client/mod.ts";
import {
  candlesBetween,
  closeTimeOf,
  type Interval,
  openTimeOf,
  parseSymbol,
  type Symbol,
  type UnixMs,
} from "../core/mod.ts";
import { type KlineArray, viewOfArrays, WINDOW_KLINES } from "../strategy/mod.ts";
import { type ClosesAnswer, OF_VYX } from "../wire/mod.ts";
import { KeptCloses } from "./kept-closes.ts";
import type { CloseRequest, KlinesRead, MarketAtClose, MarketDataSource } from "./ports.ts";

/** The most klines of a series that are asked for; a server keeps no fewer unless it is told to. */
const MAX_LIMIT = 500;

/** Symbols in one request: 100 series of 500 klines are about 10 MB. */
const SYMBOLS_AT_A_TIME = 100;

/** The market of a Vyx server, read through its SDK. */
export class ClientMarket implements MarketDataSource {
  readonly #client: Client;
  readonly #closes: KeptCloses = new KeptCloses((close) => this.#read(close));

  constructor(client: Client) {
    this.#client = client;
  }

  async closes(): Promise<ClosesAnswer["intervals"]> {
    return (await this.#client.closes()).intervals;
  }

  async klines(symbol: Symbol, interval: Interval, limit: number): Promise<KlinesRead> {
    const [{ klines }, ticker] = await Promise.all([
      this.#client.klines(symbol, interval, { limit }),
      this.#client.ticker(symbol).catch((cause: unknown) => {
        // Klines are there before the first ticker is.
        if (cause instanceof ClientError && cause.code === "not_ready") return null;
        throw cause;
      }),
    ]);
    return { klines, ticker, readFrom: OF_VYX };
  }

  at(close: CloseRequest): Promise<MarketAtClose> {
    return this.#closes.at(close);
  }

  async #read({ interval, closeTime, timeframes, symbols: named }: CloseRequest): Promise<MarketAtClose> {
    const [closes, { symbols: infos }, { tickers }, { source }] = await Promise.all([
      this.closes(),
      this.#client.symbols(),
      this.#client.tickers(),
      this.#client.health(),
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
    const view = viewOfArrays(arrays, tickers);
    return { view, symbols, price: (symbol) => prices.get(symbol), source, readFrom: OF_VYX };
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
