import {
  addCandles,
  type ExchangePast,
  type FeedFigures,
  type FeedStatus,
  type Interval,
  type Kline,
  openTimeOf,
  parseSymbol,
  type SymbolInfo,
  tickerOf,
  type UnixMs,
} from "../../src/core/mod.ts";
import { createServer, type PageAsset, type RunningServer } from "../../src/server/mod.ts";
import { type CheckpointStatus, MarketStore } from "../../src/store/mod.ts";
import { ManualClock } from "./clock.ts";
import { minuteKlines } from "./truth.ts";

export const START = Date.UTC(2026, 1, 10) as UnixMs;
export const BTC = parseSymbol("BTCUSDT");
export const LIFE = parseSymbol("币安人生USDT");

/** A server on a store that the test fills, without any exchange. */
export interface ServedMarket {
  readonly server: RunningServer;
  readonly store: MarketStore;
  readonly clock: ManualClock;
  /** The minutes that exist; the first 300, or as many as were asked for, were read as history. */
  readonly minutes: readonly Kline[];
  /** What the feed says of itself. How long it has been silent follows from the other moments. */
  readonly feed: { -readonly [Member in keyof Omit<FeedStatus, "silentForMs">]: FeedStatus[Member] } & {
    connectedAt: UnixMs | undefined;
    readonly silentForMs: number;
  };
  readonly checkpoint: { status: CheckpointStatus | undefined };
  readonly errors: unknown[];
  /** One state of a minute arrives from the stream. */
  stream(kline: Kline, symbol?: typeof BTC): void;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
}

/** What a test may set up otherwise. */
export interface ServedMarketOptions {
  readonly intervals?: readonly Interval[];
  readonly port?: number;
  /** What the store keeps of a series; 500 unless said. */
  readonly capacityKlines?: number;
  /** How many minutes were read as history; 300 unless said. A hundred more are to come. */
  readonly historyMinutes?: number;
  /** Left as it is; one with two symbols and their history unless said. */
  readonly store?: MarketStore;
  /** The feed's figures; none unless said. */
  readonly figures?: () => FeedFigures;
  /** Names the market; not known unless said. */
  readonly epoch?: (() => string | undefined) | undefined;
  /** The exchange's history, where it may be asked; it may not unless said. */
  readonly exchangePast?: ExchangePast | undefined;
  /** Keys, limits, logs and the like. */
  readonly with?: Partial<Parameters<typeof createServer>[0]>;
}

export function serveMarket(options: ServedMarketOptions = {}): ServedMarket {
  const { intervals = ["1m", "5m", "1h"], port = 0, capacityKlines = 500, historyMinutes = 300 } = options;
  const store = options.store ?? new MarketStore({ intervals, capacity: capacityKlines });
  const clock = new ManualClock(START + historyMinutes * 60_000);
  const minutes = minuteKlines(START, historyMinutes + 100, 11, () => false);
  const startedAt = clock.now();
  const feed: ServedMarket["feed"] = {
    state: "live",
    source: "recorded",
    connections: 1,
    connectedAt: undefined,
    lastEventAt: startedAt,
    get silentForMs() {
      return Math.max(0, clock.now() - (this.lastEventAt ?? this.connectedAt ?? startedAt));
    },
  };
  const checkpoint: ServedMarket["checkpoint"] = { status: undefined };
  const errors: unknown[] = [];
  const page = new Map<string, PageAsset>([
    [
      "/",
      { body: new TextEncoder().encode("<!doctype html>"), contentType: "text/html; charset=utf-8", immutable: false },
    ],
  ]);
  if (options.store === undefined) fill(store, minutes, historyMinutes, clock.now());
  const server = createServer({
    markets: [
      {
        store,
        feed: { status: () => feed, ...(options.figures === undefined ? {} : { figures: options.figures }) },
        checkpoint: () => checkpoint.status,
        exchangePast: options.exchangePast,
        epoch: options.epoch,
      },
    ],
    clock,
    page,
    version: "0.0.0-test",
    hostname: "127.0.0.1",
    port,
    onError: (_id, cause) => errors.push(cause),
    ...options.with,
  });
  return {
    server,
    store,
    clock,
    minutes,
    feed,
    checkpoint,
    errors,
    stream: (kline, symbol = BTC) => {
      const eventTime = (kline.closed ? kline.closeTime + 1 : kline.openTime + 30_000) as UnixMs;
      store.apply({ type: "kline", symbol, interval: "1m", kline, eventTime });
    },
    get: (path, headers = {}) => fetch(`${server.url}${path}`, { headers, decompress: false } as RequestInit),
  };
}

/** Two symbols with their history, and a ticker. */
function fill(store: MarketStore, minutes: readonly Kline[], historyMinutes: number, now: UnixMs): void {
  store.apply({ type: "symbols", symbols: [BTC, LIFE].map(infoOf) });
  const to = (START + (historyMinutes - 1) * 60_000) as UnixMs;
  for (const symbol of [BTC, LIFE]) {
    // The market is as old as its first minute: the exchange was asked for more, and had none.
    for (const interval of store.intervals) {
      const from = addCandles(interval, openTimeOf(interval, START), -store.capacity - 100);
      const klines = interval === "1m" ? minutes.slice(0, historyMinutes) : [];
      store.apply({ type: "history", symbol, interval, from, to: interval === "1m" ? to : START, klines });
    }
  }
  const ticker = { price: 101, open: 100, high: 110, low: 90, volume: 5, quoteVolume: 500, updatedAt: now };
  store.apply({ type: "ticker", ticker: tickerOf({ symbol: BTC, ...ticker }) });
}

function infoOf(symbol: typeof BTC): SymbolInfo {
  const base = symbol.replace("USDT", "");
  return { symbol, base, quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 5 };
}
