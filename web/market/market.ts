import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { type Client, ClientError, type StreamMessage } from "../../src/client/mod.ts";
import {
  BARE_MARKET,
  type Clock,
  type Interval,
  type MarketId,
  marketOf,
  millis,
  nameAt,
  nearest,
  type Symbol,
  type SymbolInfo,
  type UnixMs,
} from "../../src/core/mod.ts";
import type { HealthAnswer, WireTicker } from "../../src/wire/mod.ts";
import type { ChartChoice } from "../chart/chart-route.ts";
import type { AssetNames } from "../markets/asset-names.ts";
import type { MarketColumns } from "../markets/market-columns.ts";
import { TickerRows } from "../markets/ticker-rows.ts";
import type { Watchlists } from "../markets/watchlists.ts";
import { decimalsOf } from "../text/price.ts";
import { detailOf } from "../traders/trader-book.ts";
import type { ConnectionState } from "./connection-state.ts";
import { faultsOf, feedFaultOf, leastAge } from "./feed-faults.ts";
import type { FrameQueue } from "./frame-queue.ts";
import { type Freshness, freshnessOf } from "./freshness.ts";
import type { ServerStream } from "./server-stream.ts";

/** How often the server is asked how it is: when all is well, and otherwise. Milliseconds. */
const HEALTH_EVERY_MS = 2_000;
const HEALTH_WHEN_ILL_MS = 1_000;
/** A server that takes longer to say how it is counts as one that doesn't answer, in milliseconds. */
const HEALTH_WITHIN_MS = 3_000;
/** How often ages on the page are counted up, in milliseconds. */
const TICK_MS = 500;

/** Dependencies of a market. */
export interface MarketParts {
  readonly client: Pick<Client, "health" | "symbols">;
  /** Follows `tickers`, among others. */
  readonly stream: ServerStream;
  readonly clock: Clock;
  readonly queue: FrameQueue;
  readonly watchlists: Watchlists;
  readonly assetNames: AssetNames;
  readonly columns: MarketColumns;
  /** The server's markets, the first one first. */
  readonly markets: readonly MarketId[];
}

/** All symbols, and how far what is shown of them can be trusted. Views read its signals; only this changes them. */
export class Market {
  readonly connection: Signal<ConnectionState> = signal({ kind: "connecting" });
  /** The last answer of `/health`; undefined while it doesn't answer. */
  readonly health: Signal<HealthAnswer | undefined> = signal(undefined);
  readonly source: Signal<string | undefined> = signal(undefined);
  readonly intervals: Signal<readonly Interval[]> = signal([]);
  /** The series that is charted, or was last. */
  readonly chosen: Signal<ChartChoice | undefined> = signal(undefined);
  readonly now: Signal<number>;
  /**
   * How old what the page shows is, in milliseconds: since the exchange's last word got here, or by the exchange's own clock
   * where the server can tell, whichever is more. Undefined before anything was heard.
   */
  readonly ageMs: ReadonlySignal<number | undefined>;
  readonly freshness: ReadonlySignal<Freshness>;
  /** The server's reason why it receives no data from any exchange; undefined if it does, or if it is unknown. */
  readonly feedFault: ReadonlySignal<string | undefined>;
  /** Why the server receives no data of some markets while it does of others, by market. */
  readonly faults: ReadonlySignal<ReadonlyMap<MarketId, string>>;
  /** Whether what the page shows must not be taken for the present: the connection is down, or the feed is silent. */
  readonly isStale: ReadonlySignal<boolean>;
  /** Whether the page shows prices, and they are the present ones. */
  readonly isCurrent: ReadonlySignal<boolean>;
  /** The last price of the chart that the page's title names; undefined while there is no chart. */
  readonly chartedPrice: Signal<number | undefined> = signal(undefined);
  readonly rows: TickerRows;
  /** The server's markets, the first one first. */
  readonly markets: readonly MarketId[];
  readonly firstMarket: MarketId;
  /** The quote assets that there are, the most frequent first. */
  readonly quotes: ReadonlySignal<readonly string[]>;
  readonly #parts: MarketParts;
  readonly #lastEventAt: Signal<number | undefined> = signal(undefined);
  /** How far each exchange's clock is ahead of the page's, in milliseconds. */
  readonly #clockAheadMs: Signal<ReadonlyMap<MarketId, number>> = signal(new Map());
  readonly #symbols: Signal<ReadonlyMap<string, SymbolInfo>> = signal(new Map());
  /** The markets whose tickers haven't all come on this connection. */
  readonly #expected: Set<MarketId> = new Set();

  constructor(parts: MarketParts) {
    this.#parts = parts;
    this.markets = parts.markets;
    this.firstMarket = parts.markets[0] ?? BARE_MARKET;
    this.rows = new TickerRows({
      quoteOf: (symbol) => this.quote(symbol),
      isListed: (symbol) => parts.watchlists.symbols.value.has(symbol),
      assetNameOf: (symbol) => this.assetName(symbol),
      factOf: (symbol, key) => parts.columns.value(symbol, key),
    });
    this.quotes = computed(() => quotesOf(this.#symbols.value.values()));
    this.now = signal(parts.clock.now());
    this.ageMs = computed(() => {
      const at = this.#lastEventAt.value;
      if (at === undefined) return undefined;
      const lag = leastAge(this.health.value, ({ marketLagMs }) => marketLagMs);
      return Math.max(0, this.now.value - at, lag ?? 0);
    });
    this.feedFault = computed(() => feedFaultOf(this.health.value));
    this.faults = computed(() => faultsOf(this.health.value));
    this.freshness = computed(() => (this.feedFault.value === undefined ? freshnessOf(this.ageMs.value) : "stale"));
    this.isStale = computed(() => this.connection.value.kind !== "connected" || this.freshness.value === "stale");
    this.isCurrent = computed(
      () => !this.isStale.value && this.freshness.value !== "none" && this.rows.count.value > 0,
    );
  }

  /** Asks for what the page needs first, then connects, and keeps both going for ever. */
  async start(): Promise<void> {
    void this.#every(() => {
      this.now.value = this.#parts.clock.now();
      return TICK_MS;
    });
    // The age of the last event is known before the first tickers, whose own age says nothing about it.
    await this.#readHealth();
    void this.#every(async () => {
      await this.#readHealth();
      return this.health.peek()?.status === "ok" ? HEALTH_EVERY_MS : HEALTH_WHEN_ILL_MS;
    });
    await this.#follow();
  }

  /** Retries at once, for example because the network is back. */
  retry(): void {
    if (this.connection.peek().kind === "waiting") this.#parts.stream.retry();
  }

  /** The server's information about a symbol; undefined while it is unknown. */
  info(symbol: string): SymbolInfo | undefined {
    return this.#symbols.value.get(symbol);
  }

  /** The symbols of a market, in no order. */
  *symbolsOf(market: MarketId): Iterable<Symbol> {
    for (const { symbol } of this.#symbols.peek().values()) if (marketOf(symbol) === market) yield symbol;
  }

  /** Whether the server doesn't follow a symbol; false while its list isn't known. */
  lacks(symbol: string): boolean {
    return this.#symbols.value.size > 0 && !this.#symbols.value.has(symbol);
  }

  /** The symbol that somebody meant by a text that is none; undefined where none is near. */
  nearest(text: string): string | undefined {
    return nearest(text, this.#symbols.value.keys(), 1);
  }

  /** Digits behind the point of a symbol's prices. */
  decimals(symbol: string, price: number): number {
    return this.info(symbol)?.priceDecimals ?? decimalsOf(price);
  }

  /** A symbol's name at its exchange. */
  name(symbol: string): string {
    return nameAt(symbol as Symbol);
  }

  /** The end of a symbol's name that is its quote asset; empty while that isn't known. */
  quote(symbol: string): string {
    const quote = this.info(symbol)?.quote ?? "";
    return this.name(symbol).endsWith(quote) ? quote : "";
  }

  /** The name of a symbol's asset: Bitcoin for BTCUSDT; empty where it isn't known. */
  assetName(symbol: string): string {
    const base = this.info(symbol)?.base;
    return base === undefined ? "" : (this.#parts.assetNames.of(base) ?? "");
  }

  /** The assets that symbols are of, each with its name where it has one. */
  *namedAssets(): Iterable<{ readonly asset: string; readonly name: string }> {
    const bases = new Set([...this.#symbols.value.values()].map(({ base }) => base));
    for (const asset of bases) yield { asset, name: this.#parts.assetNames.of(asset) ?? "" };
  }

  /** What a market's clock shows now, counted up by the page's own; undefined while it isn't known. */
  exchangeTime(market: MarketId): number | undefined {
    const aheadMs = this.#clockAheadMs.value.get(market);
    return aheadMs === undefined ? undefined : this.now.value + aheadMs;
  }

  /** The time of a symbol's market: what is played back lies years before this computer's clock, which is taken where the market's isn't known. */
  timeOf(symbol: string): UnixMs {
    return (this.exchangeTime(marketOf(symbol as Symbol)) ?? this.now.value) as UnixMs;
  }

  /** Something of the market arrived: it is as fresh as that. `at` is local time. */
  heard(at: number = this.#parts.clock.now()): void {
    const before = this.#lastEventAt.peek();
    if (before === undefined || at > before) this.#lastEventAt.value = at;
  }

  async #follow(): Promise<void> {
    const { stream } = this.#parts;
    stream.listen((message) => this.#take(message));
    try {
      await stream.follow();
    } catch (cause) {
      if (!(cause instanceof ClientError)) throw cause;
      const isAccess = cause.code === "unauthorized" || cause.code === "forbidden";
      this.#connected({ kind: "lost", reason: detailOf(cause), isAccess });
    }
  }

  #take(message: StreamMessage): void {
    const now = this.#parts.clock.now();
    switch (message.type) {
      case "connected":
        this.source.value = message.source;
        for (const market of this.markets) this.#expected.add(market);
        this.#connected({ kind: "connected" });
        void this.#readSymbols();
        break;
      case "silent":
        this.#connected({ kind: "silent" });
        break;
      case "heard":
        this.#connected({ kind: "connected" });
        break;
      case "disconnected":
        this.#connected({ kind: "waiting", until: now + (message.retryInMs ?? 0), reason: message.reason });
        break;
      case "tickers":
        this.#takeTickers(message.market ?? this.firstMarket, message.tickers, now);
        break;
    }
  }

  /** The first message of a market on a connection holds all its tickers, however old: it says nothing about how fresh the market is. */
  #takeTickers(market: MarketId, tickers: readonly WireTicker[], now: number): void {
    if (this.#expected.delete(market)) {
      const anchor = this.#lastEventAt.peek() ?? now;
      this.rows.replace(tickers, anchor, (symbol) => marketOf(symbol as Symbol) === market);
      return;
    }
    this.heard(now);
    if (tickers.some(({ symbol }) => this.rows.get(symbol) === undefined)) void this.#readSymbols();
    for (const ticker of tickers) {
      this.#parts.queue.put(`ticker ${ticker.symbol}`, () => this.rows.update([ticker], now));
    }
  }

  #connected(state: ConnectionState): void {
    const wasConnected = this.connection.peek().kind === "connected";
    this.connection.value = state;
    if (wasConnected !== (state.kind === "connected")) void this.#readHealth();
  }

  /** Runs now and then again, after as many milliseconds as it says. */
  async #every(run: () => number | Promise<number>): Promise<never> {
    for (;;) await this.#parts.clock.sleep(millis(await run()));
  }

  async #readHealth(): Promise<void> {
    const signal = AbortSignal.timeout(HEALTH_WITHIN_MS);
    const health = await this.#parts.client.health({ signal }).catch(() => undefined);
    batch(() => {
      this.health.value = health;
      if (health === undefined) return;
      this.source.value = health.source;
      const now = this.#parts.clock.now();
      this.#clockAheadMs.value = new Map(
        health.markets.flatMap(({ market, exchangeTime }) =>
          exchangeTime === null ? [] : [[market, exchangeTime - now] as const],
        ),
      );
      if (String(this.intervals.peek()) !== String(health.intervals)) this.intervals.value = health.intervals;
      // Its word on the feed's age counts for what we show only while its prices reach us.
      const isFirst = this.#lastEventAt.peek() === undefined;
      const age = leastAge(health, ({ lastEventAgeMs }) => lastEventAgeMs);
      if (age !== null && (isFirst || this.connection.peek().kind === "connected")) {
        this.heard(this.#parts.clock.now() - age);
      }
    });
  }

  async #readSymbols(): Promise<void> {
    const answer = await this.#parts.client.symbols({ market: "all" }).catch(() => undefined);
    if (answer === undefined) return;
    this.#symbols.value = new Map(answer.symbols.map((info) => [info.symbol, info]));
  }
}

function quotesOf(symbols: Iterable<SymbolInfo>): string[] {
  const counts = new Map<string, number>();
  for (const { quote } of symbols) counts.set(quote, (counts.get(quote) ?? 0) + 1);
  return [...counts].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).map(([quote]) => quote);
}
