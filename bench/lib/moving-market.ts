import {
  addCandles,
  closeTimeOf,
  type Interval,
  type Kline,
  openTimeOf,
  parseSymbol,
  type Symbol,
  type UnixMs,
} from "../../src/core/mod.ts";
import { MarketStore } from "../../src/store/mod.ts";
import { someMinutes } from "./klines.ts";

/** The intervals of a {@link movingMarket}. */
export const INTERVALS: readonly Interval[] = ["1m", "5m", "15m", "1h", "4h", "1d"];

/** The closed klines of each of its series. */
export const KLINES = 500;

/** Its present moment. */
const NOW = Date.UTC(2026, 1, 10, 12, 0, 30) as UnixMs;

/** How often open minutes move: a few at a time. */
const MOVE_EVERY_MS = 20;

/** So many minutes are closed at a time, where they are: 500 within half a second, as an exchange tells them. */
const CLOSED_AT_ONCE = 20;

const MINUTE_MS = 60_000;

/**
 * A store with so many symbols, all series full, whose open minutes move so often a second in all; each moves six series. `minuteMs`: how
 * long its minutes last; without it they don't end.
 */
export function movingMarket(symbols: number, movesPerSecond: number, minuteMs?: number): MarketStore {
  const store = new MarketStore({ intervals: INTERVALS, capacity: KLINES });
  const names = namesOf(symbols);
  const about = { base: "S", quote: "USDT", status: "TRADING", priceDecimals: 3, quantityDecimals: 2 } as const;
  store.apply({ type: "symbols", symbols: names.map((symbol) => ({ symbol, ...about })) });
  // Each series shows another part of the recorded figures, so that no two answers are the same.
  const { minutes } = someMinutes(KLINES + symbols);
  const openOf = new Map<Symbol, Kline>();
  for (const [index, symbol] of names.entries()) {
    // The longest first, as a feed reads them: then no shorter one makes candles of a longer one with gaps between them.
    for (const interval of INTERVALS.toReversed()) {
      const present = openTimeOf(interval, NOW);
      const klines = minutes.slice(index, index + KLINES).map((minute, at): Kline => {
        const openTime = addCandles(interval, present, at - KLINES);
        return { ...minute, openTime, closeTime: closeTimeOf(interval, openTime) };
      });
      const [from, to] = [klines[0]?.openTime as UnixMs, klines.at(-1)?.openTime as UnixMs];
      store.apply({ type: "history", symbol, interval, from, to, klines });
    }
    const openTime = openTimeOf("1m", NOW);
    const open = { ...(minutes[index] as Kline), openTime, closeTime: closeTimeOf("1m", openTime), closed: false };
    openOf.set(symbol, open);
    store.apply({ type: "kline", symbol, interval: "1m", kline: open, eventTime: NOW });
  }
  let moves = 0;
  setInterval(() => {
    for (let each = 0; each < (movesPerSecond * MOVE_EVERY_MS) / 1_000; each += 1) {
      moves += 1;
      const symbol = names[(moves * 7) % symbols] as Symbol;
      const open = openOf.get(symbol) as Kline;
      const kline = { ...open, volume: open.volume + moves, trades: open.trades + moves };
      store.apply({
        type: "kline",
        symbol,
        interval: "1m",
        kline,
        eventTime: (open.openTime + MINUTE_MS / 2 + moves) as UnixMs,
      });
    }
    for (const symbol of closing.splice(0, CLOSED_AT_ONCE)) closeMinute(symbol);
  }, MOVE_EVERY_MS);
  /** Those whose minute is over and still to be closed. */
  const closing: Symbol[] = [];
  if (minuteMs !== undefined) setInterval(() => void closing.push(...names), minuteMs);
  return store;

  function closeMinute(symbol: Symbol): void {
    const open = openOf.get(symbol) as Kline;
    const volumes = { volume: open.volume + moves, trades: open.trades + moves };
    const eventTime = (open.closeTime + 1) as UnixMs;
    store.apply({ type: "kline", symbol, interval: "1m", kline: { ...open, ...volumes, closed: true }, eventTime });
    const openTime = (open.openTime + MINUTE_MS) as UnixMs;
    const next = { ...open, openTime, closeTime: closeTimeOf("1m", openTime) };
    openOf.set(symbol, next);
    store.apply({ type: "kline", symbol, interval: "1m", kline: next, eventTime: (openTime + 1) as UnixMs });
  }
}

/** The addresses of all of its series, with each of the limits. */
export function pathsOf(symbols: number, limits: readonly number[]): string[] {
  return namesOf(symbols).flatMap((symbol) =>
    INTERVALS.flatMap((interval) => limits.map((limit) => `/klines/${symbol}/${interval}?limit=${limit}`)),
  );
}

function namesOf(symbols: number): Symbol[] {
  return Array.from({ length: symbols }, (_, index) => parseSymbol(`S${String(index).padStart(4, "0")}USDT`));
}
