import {
  emptyKline,
  type Interval,
  KLINE_COLUMNS,
  parseSymbol,
  type Symbol,
  seededRandom,
} from "../../src/core/mod.ts";
import { createInProcessExchange, type InProcessExchange } from "../../src/exchange/mod.ts";
import { BINANCE, LiveFeed } from "../../src/feeds/mod.ts";
import { MarketStore } from "../../src/store/mod.ts";
import { type Bends, bentExchange } from "../helpers/bent-exchange.ts";
import { ManualClock } from "../helpers/clock.ts";

export const [BTC, ETH] = [parseSymbol("BTCUSDT"), parseSymbol("ETHUSDT")];
export const SYMBOLS = [BTC, ETH, parseSymbol("SOLUSDT"), parseSymbol("XRPUSDT")];

/** How late a close may be, in market milliseconds, until REST was asked for it. */
const GRACE_MS = 5_000;

/** A feed and a store that follow a stand-in whose messages are bent on the way. */
export interface Follower {
  readonly clock: ManualClock;
  readonly exchange: InProcessExchange;
  readonly store: MarketStore;
  readonly feed: LiveFeed;
  readonly said: string[];
  /** Turns the clock on by so many seconds. */
  seconds(count: number): Promise<void>;
  settled(symbol: Symbol, interval?: Interval): boolean;
  /** What of a symbol isn't what the exchange has: closed klines that never were, and settled series that differ. */
  lies(symbol: Symbol): string[];
  stop(): Promise<void>;
}

export function follow(
  bends: Bends,
  { intervals = ["1m", "5m", "1h"] as readonly Interval[], auditEveryMs = 10_000 } = {},
): Follower {
  const clock = new ManualClock(Date.UTC(2026, 1, 10, 12, 30));
  const exchange = createInProcessExchange({ clock, symbols: [...SYMBOLS], restLatencyMs: () => 20 });
  const store = new MarketStore({ intervals, capacity: 70 });
  const said: string[] = [];
  const note = (message: string): void => void said.push(message);
  const feed = new LiveFeed({
    exchange: BINANCE,
    restUrl: "http://exchange",
    wsUrl: "ws://exchange",
    selection: { kind: "list", symbols: SYMBOLS },
    quote: "USDT",
    gaps: store,
    clock,
    stopwatch: clock.stopwatch,
    random: seededRandom(7),
    log: { info: note, warn: note },
    auditEveryMs,
    ...bentExchange(exchange, bends),
  });
  const ending = new AbortController();
  const running = feed.run((event) => store.apply(event), ending.signal);
  const select = (symbol: Symbol, interval: Interval) => {
    const series = store.series(symbol, interval);
    return { series, settled: series?.select({ limit: store.capacity, closedOnly: true }).settled === true };
  };
  const lies = (symbol: Symbol, interval: Interval): string[] => {
    const { series, settled } = select(symbol, interval);
    if (series === undefined) return [];
    const found: string[] = [];
    const over = exchange.now() - GRACE_MS;
    const truth = new Map(
      exchange
        .truth(symbol, series.first ?? 0, exchange.now(), interval)
        .map((kline) => [kline.openTime as number, kline]),
    );
    const held = new Set<number>();
    for (let position = 0; position < series.ring.length; position += 1) {
      const kline = series.ring.read(position, emptyKline());
      held.add(kline.openTime);
      if (kline.openTime > exchange.now()) found.push(`${symbol} ${interval} has a candle of ${kline.openTime}`);
      if (!kline.closed) continue;
      const right = truth.get(kline.openTime);
      const wrong = KLINE_COLUMNS.filter((column) => kline[column] !== right?.[column]);
      for (const column of wrong) {
        found.push(`${symbol} ${interval} ${kline.openTime} ${column}: ${kline[column]}, not ${right?.[column]}`);
      }
    }
    for (const { openTime, closeTime } of truth.values()) {
      if (settled && closeTime < over && !held.has(openTime))
        found.push(`${symbol} ${interval} lacks ${openTime}, settled`);
    }
    return found;
  };
  return {
    clock,
    exchange,
    store,
    feed,
    said,
    seconds: (count) => clock.turn(count * 1_000),
    settled: (symbol, interval = "1m") => select(symbol, interval).settled,
    lies: (symbol) => store.intervals.flatMap((interval) => lies(symbol, interval)),
    stop: async () => {
      ending.abort(new Error("stopped"));
      await clock.turn(0);
      await running;
      await exchange.stop();
    },
  };
}
