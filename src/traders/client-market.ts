import { type Client, ClientError } from "../client/mod.ts";
import {
  candlesBetween,
  closeTimeOf,
  type Interval,
  openTimeOf,
  parseSymbol,
  type Symbol,
  type SymbolInfo,
  type UnixMs,
} from "../core/mod.ts";
import { type KlineArray, type MarketView, viewOfArrays, WINDOW_KLINES, windowFor } from "../strategy/mod.ts";
import { type ClosesAnswer, klineOf, OF_VYX, tickerFrom } from "../wire/mod.ts";
import { type CloseToRead, KeptCloses } from "./kept-closes.ts";
import {
  type CloseRequest,
  type KlinesRead,
  type MarketAtClose,
  type MarketDataSource,
  MarketNotReady,
  type MarketOffer,
} from "./ports.ts";

/** Symbols in one request: 100 series of 500 klines are about 10 MB. */
const SYMBOLS_AT_A_TIME = 100;

/** The view of a market whose klines stay on its server. */
const NO_KLINES: MarketView = viewOfArrays([]);

/** What is known of a server's market without its klines. */
interface About {
  readonly infos: readonly SymbolInfo[];
  readonly closes: ClosesAnswer["intervals"];
  readonly source: string;
  readonly intervals: readonly Interval[];
  /** Klines that the server keeps of a series. */
  readonly capacity: number;
}

/** The market of a Vyx server, read through its SDK. */
export class ClientMarket implements MarketDataSource {
  readonly #client: Client;
  readonly #read: KeptCloses = new KeptCloses((close) => this.#readKlines(close));
  #asking: Promise<About> | undefined;

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
    return { klines: klines.map(klineOf), ticker: ticker === null ? null : tickerFrom(ticker), readFrom: OF_VYX };
  }

  async offer(): Promise<MarketOffer | undefined> {
    const [{ intervals }, { symbols }] = await Promise.all([this.#client.health(), this.#client.symbols()]);
    if (symbols.length === 0) return undefined;
    return { intervals, symbols: new Set(symbols.map(({ symbol }) => parseSymbol(symbol))) };
  }

  /** Only what the engine needs to know first: the klines stay on the server, which screens them. */
  async at(close: CloseRequest): Promise<MarketAtClose> {
    const { interval, closeTime, symbols: named } = close;
    const { infos, closes, source, intervals } = await this.#about();
    if (infos.length === 0) throw new MarketNotReady("the server knows no symbols yet");
    const followed = new Set(infos.map(({ symbol }) => symbol));
    const last = closes[interval];
    return {
      view: NO_KLINES,
      symbols:
        named === null
          ? infos.flatMap(({ symbol, status }) => (status === "TRADING" ? [parseSymbol(symbol)] : []))
          : named.filter((symbol) => followed.has(symbol)),
      intervals,
      price: () => undefined,
      source,
      readFrom: OF_VYX,
      onServer: {
        hasClose:
          last !== undefined && (closeTime < last.closeTime || (closeTime === last.closeTime && last.closed > 0)),
        screen: (request) => this.#client.screen(request),
        read: () => this.#read.at(close),
      },
    };
  }

  /** Runs that begin at the same time ask once. */
  #about(): Promise<About> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(): Promise<About> {
    const [{ symbols: infos }, closes, { source, intervals, capacity }] = await Promise.all([
      this.#client.symbols(),
      this.closes(),
      this.#client.health(),
    ]);
    return { infos, closes, source, intervals, capacity };
  }

  async #readKlines(close: CloseToRead): Promise<MarketAtClose> {
    const { interval, closeTime, timeframes, windows } = close;
    const [{ symbols, source, intervals: served }, { closes, capacity }, { tickers }] = await Promise.all([
      this.at({ ...close, windows: undefined }),
      this.#about(),
      this.#client.tickers(),
    ]);
    const arrays: KlineArray[] = [];
    const intervals = [...new Set([...timeframes, interval])];
    for (const one of intervals) {
      const window = windowFor(Math.max(windows?.get(one) ?? 0, WINDOW_KLINES), capacity);
      const limit = Math.min(capacity, window + sinceClose(one, closeTime, closes[one]?.closeTime));
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
    const view = viewOfArrays(arrays, tickers.map(tickerFrom), capacity);
    return { view, symbols, intervals: served, price: (symbol) => prices.get(symbol), source, readFrom: OF_VYX };
  }

  async #series(
    symbols: readonly Symbol[],
    interval: Interval,
    closeTime: UnixMs,
    limit: number,
  ): Promise<KlineArray[]> {
    const answer = await this.#client.series({ symbols, intervals: [interval], limit, closed: true });
    return answer.series.map((series) => {
      const klines = series.klines.filter((kline) => closeTimeOf(interval, kline.openTime) <= closeTime).map(klineOf);
      const full = series.klines.length >= limit;
      return { symbol: parseSymbol(series.symbol), interval, klines, settled: series.settled, full };
    });
  }
}

/** How many klines may have closed since a close. */
function sinceClose(interval: Interval, closeTime: UnixMs, last: UnixMs | undefined): number {
  if (last === undefined) return 0;
  const since = candlesBetween(interval, openTimeOf(interval, closeTime), openTimeOf(interval, last));
  // One more for a candle that closes while we ask.
  return Math.max(0, Math.ceil(since)) + 1;
}
