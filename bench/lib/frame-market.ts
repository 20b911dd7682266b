import {
  addCandles,
  closeTimeOf,
  type Interval,
  type Kline,
  parseSymbol,
  type Symbol,
  type UnixMs,
} from "../../src/core/mod.ts";
import { FrameReader } from "../../src/feeds/live/reading/frame-reader.ts";
import { BINANCE } from "../../src/feeds/mod.ts";
import { MarketStore } from "../../src/store/mod.ts";
import { someMinutes } from "./klines.ts";
import { INTERVALS, KLINES } from "./moving-market.ts";

const START = Date.UTC(2026, 1, 10);
const MINUTE_MS = 60_000;

/** One state of one symbol's minute. */
interface State {
  readonly symbol: Symbol;
  readonly kline: Kline;
  readonly eventTime: UnixMs;
}

/** A store that is filled by frames as Binance's combined streams send them, and nothing else. */
export interface FrameMarket {
  readonly store: MarketStore;
  readonly names: readonly Symbol[];
  read(frame: string): void;
}

/** How a market of frames is laid out. */
export interface FrameMarketOptions {
  readonly intervals?: readonly Interval[];
  /** Whether each state is rolled up at once, as for somebody who listens to all series. */
  readonly isFollowed?: boolean;
}

/** With so many symbols. As in a store that has run for a while, each series holds as many klines as it keeps. */
export function frameMarket(symbols: number, options: FrameMarketOptions = {}): FrameMarket {
  const { intervals = INTERVALS, isFollowed = false } = options;
  const store = new MarketStore({ intervals, capacity: KLINES });
  const names = namesOf(symbols);
  const about = { base: "S", quote: "USDT", status: "TRADING", priceDecimals: 3, quantityDecimals: 2 } as const;
  store.apply({ type: "symbols", symbols: names.map((symbol) => ({ symbol, ...about })) });
  const { minutes } = someMinutes(KLINES + 1);
  for (const interval of intervals) {
    const klines = minutes.map((minute, index): Kline => {
      const openTime = addCandles(interval, START, index - KLINES - 1);
      return { ...minute, openTime, closeTime: closeTimeOf(interval, openTime) };
    });
    const [from, to] = [klines[0]?.openTime as UnixMs, klines.at(-1)?.openTime as UnixMs];
    for (const symbol of names) store.apply({ type: "history", symbol, interval, from, to, klines });
  }
  const reader = new FrameReader(BINANCE, new Map(names.map((name) => [name, name])), (event) => {
    store.apply(event);
    if (isFollowed && event.type === "kline") store.catchUp(event.symbol);
  });
  return {
    store,
    names,
    read: (frame) => {
      reader.read(frame);
    },
  };
}

/** What happens in such a market: so many states of each of so many minutes, all symbols in turn; each minute's last is closed. */
export function* statesOf(symbols: number, minutes: number, states: number): Generator<State> {
  const names = namesOf(symbols);
  const { minutes: recorded } = someMinutes(minutes + symbols);
  for (let minute = 0; minute < minutes; minute += 1) {
    const openTime = (START + minute * MINUTE_MS) as UnixMs;
    const closeTime = closeTimeOf("1m", openTime);
    for (let state = 1; state <= states; state += 1) {
      const share = state / states;
      const closed = state === states;
      const eventTime = (closed ? closeTime + 1 : openTime + Math.floor(share * MINUTE_MS)) as UnixMs;
      for (const [index, symbol] of names.entries()) {
        const whole = recorded[minute + index] as Kline;
        const part = (amount: number): number => Number((amount * share).toFixed(8));
        const amounts = {
          volume: part(whole.volume),
          quoteVolume: part(whole.quoteVolume),
          trades: Math.floor(whole.trades * share),
          takerBuyVolume: part(whole.takerBuyVolume),
          takerBuyQuoteVolume: part(whole.takerBuyQuoteVolume),
        };
        yield { symbol, kline: { ...whole, ...amounts, openTime, closeTime, closed }, eventTime };
      }
    }
  }
}

/** The frame that tells a state. */
export function frameOf({ symbol, kline, eventTime: E }: State): string {
  const { openTime: t, closeTime: T, trades: n, closed: x } = kline;
  const [o, h, l, c] = [kline.open, kline.high, kline.low, kline.close].map((price) => price.toFixed(8));
  const [v, q, V, Q] = [kline.volume, kline.quoteVolume, kline.takerBuyVolume, kline.takerBuyQuoteVolume].map(
    (amount) => amount.toFixed(8),
  );
  const k = { t, T, s: symbol, i: "1m", f: 100, L: 100 + n, o, c, h, l, v, n, x, q, V, Q, B: "0" };
  return JSON.stringify({ stream: `${symbol.toLowerCase()}@kline_1m`, data: { e: "kline", E, s: symbol, k } });
}

function namesOf(symbols: number): Symbol[] {
  return Array.from({ length: symbols }, (_, index) => parseSymbol(`S${index}USDT`));
}
