import { type Client, ClientError, type MarketQuery } from "../client/mod.ts";
import {
  candlesBetween,
  closeTimeOf,
  type Interval,
  MARKET_NAMES,
  type MarketId,
  openTimeOf,
  parseSymbol,
  type Symbol,
  type SymbolInfo,
  type UnixMs,
  wildcardOf,
} from "../core/mod.ts";
import { ArraysView, type KlineArray, type MarketView, WINDOW_KLINES, windowFor } from "../strategy/mod.ts";
import { type ClosesAnswer, type HealthAnswer, klineOf, OF_VYX, tickerFrom } from "../wire/mod.ts";
import { CloseView } from "./close-view.ts";
import { type CloseRead, type CloseToRead, KeptCloses } from "./kept-closes.ts";
import {
  type CloseRequest,
  type KlinesRead,
  type MarketAtClose,
  type MarketDataSource,
  MarketNotReady,
  type MarketOffer,
  ONE_MARKET,
} from "./ports.ts";

/** Symbols in one request: 25 series of 500 klines are about 3 MB of JSON, and as much again as objects until they are copied. */
const SYMBOLS_AT_A_TIME = 25;

/** The view of a market whose klines stay on its server. */
const NO_KLINES: MarketView = new ArraysView();

/** What is known of one of a server's markets without its klines. */
interface About {
  readonly markets: readonly MarketId[];
  readonly infos: readonly SymbolInfo[];
  readonly closes: ClosesAnswer["intervals"];
  readonly source: string;
  readonly intervals: readonly Interval[];
  /** Klines that the server keeps of a series. */
  readonly capacity: number;
}

/** The markets of a Vyx server, read through its SDK. */
export class ClientMarket implements MarketDataSource {
  readonly #client: Client;
  readonly #read: KeptCloses = new KeptCloses((close) => this.#readKlines(close));
  /** By market; undefined for the server's first one. */
  readonly #asking: Map<MarketId | undefined, Promise<About>> = new Map();
  /** Whether the server names its markets, as it last said; undefined before. An older one has one, and no parameter for it. */
  #namesMarkets: boolean | undefined;

  constructor(client: Client) {
    this.#client = client;
  }

  async markets(): Promise<readonly MarketId[]> {
    return marketsNamed(await this.#health());
  }

  async closes(_whom?: string, market?: MarketId): Promise<ClosesAnswer["intervals"]> {
    return (await this.#client.closes(await this.#queryOf(market))).intervals;
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

  async offer(market?: MarketId): Promise<MarketOffer | undefined> {
    const health = await this.#health();
    const { intervals } = ofMarket(health, market);
    if (market !== undefined && !marketsNamed(health).includes(market)) return { intervals, symbols: new Set() };
    const { symbols } = await this.#client.symbols(await this.#queryOf(market));
    if (symbols.length === 0) return undefined;
    return { intervals, symbols: new Set(symbols.map(({ symbol }) => parseSymbol(symbol))) };
  }

  /** Only what the engine needs to know first: the klines stay on the server, which screens them. */
  async at(close: CloseRequest): Promise<MarketAtClose> {
    const { market, interval, closeTime, symbols: named } = close;
    const { infos, closes, source, intervals } = await this.#about(market);
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
  #about(market: MarketId | undefined): Promise<About> {
    const before = this.#asking.get(market);
    if (before !== undefined) return before;
    const asking = this.#ask(market).finally(() => this.#asking.delete(market));
    this.#asking.set(market, asking);
    return asking;
  }

  async #ask(market: MarketId | undefined): Promise<About> {
    const asked = this.#health();
    if (this.#namesMarkets === undefined) await asked;
    const query = await this.#queryOf(market);
    const reading = Promise.all([this.#client.symbols(query), this.#client.closes(query)]);
    // A market that isn't served is said in our words, below.
    reading.catch(() => {});
    const health = await asked;
    const markets = marketsNamed(health);
    if (market !== undefined && !markets.includes(market)) {
      throw new MarketNotReady(`${MARKET_NAMES[market]} is not served there`);
    }
    const [{ symbols: infos }, { intervals: closes }] = await reading;
    const { source, intervals } = ofMarket(health, market);
    return { markets, infos, closes, source, intervals, capacity: health.capacity };
  }

  async #health(): Promise<HealthAnswer> {
    const health = await this.#client.health();
    this.#namesMarkets = health.markets.length > 0;
    return health;
  }

  /** How a server is asked about a market. */
  async #queryOf(market: MarketId | undefined): Promise<MarketQuery> {
    if (market === undefined) return {};
    if (this.#namesMarkets === undefined) await this.#health();
    return this.#namesMarkets === true ? { market } : {};
  }

  async #readKlines(close: CloseToRead): Promise<CloseRead> {
    const { market, interval, closeTime, timeframes, windows } = close;
    const [{ symbols, source, intervals: served }, { markets, closes, capacity }] = await Promise.all([
      this.at({ ...close, windows: undefined }),
      this.#about(market),
    ]);
    const { tickers } = await this.#client.tickers({ symbols: tickersOf(market, markets) });
    const view = new CloseView(interval, closeTime, capacity);
    view.setTickers(tickers.map(tickerFrom));
    for (const one of new Set([...timeframes, interval])) {
      const window = windowFor(Math.max(windows?.get(one) ?? 0, WINDOW_KLINES), capacity);
      const limit = Math.min(capacity, window + sinceClose(one, closeTime, closes[one]?.closeTime));
      for (let first = 0; first < symbols.length; first += SYMBOLS_AT_A_TIME) {
        const some = symbols.slice(first, first + SYMBOLS_AT_A_TIME);
        for (const series of await this.#series(some, one, closeTime, limit)) view.add(series);
      }
    }
    return view.read({ symbols, intervals: served, source, readFrom: OF_VYX });
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

/** A server's markets, the first one first. An older server has one, and doesn't name it. */
function marketsNamed({ markets }: HealthAnswer): readonly MarketId[] {
  return markets.length === 0 ? ONE_MARKET : markets.map(({ market }) => market);
}

/** What a server says of one of its markets, the first one unless said; of the whole where it doesn't name them. */
function ofMarket(health: HealthAnswer, market: MarketId | undefined): Pick<HealthAnswer, "source" | "intervals"> {
  const [first] = health.markets;
  return (market === undefined ? first : health.markets.find((one) => one.market === market)) ?? health;
}

/** The symbols by which a server with these markets is asked for the tickers of one; undefined for those of the first. */
function tickersOf(market: MarketId | undefined, [first]: readonly MarketId[]): string[] | undefined {
  return market === undefined || market === first ? undefined : [wildcardOf(market)];
}

/** How many klines may have closed since a close. */
function sinceClose(interval: Interval, closeTime: UnixMs, last: UnixMs | undefined): number {
  if (last === undefined) return 0;
  const since = candlesBetween(interval, openTimeOf(interval, closeTime), openTimeOf(interval, last));
  // One more for a candle that closes while we ask.
  return Math.max(0, Math.ceil(since)) + 1;
}
