import { type Interval, isInterval, isSymbolText, type Symbol } from "../../../core/mod.ts";
import type { MarketReader } from "../../../store/mod.ts";

/** What a key of the predecessor's layout is about. */
export type Key =
  | { readonly kind: "klines" | "lastClosed" | "lastProcessed"; readonly symbol: Symbol; readonly interval: Interval }
  | { readonly kind: "ticker"; readonly symbol: Symbol };

/**
 * Reads a key: `klines:{symbol}:{interval}` (a sorted set), `ticker:{symbol}`, `lastClosed:{symbol}:{interval}` and
 * `lastProcessed:{symbol}:{interval}` (texts). Undefined for all others, which don't exist.
 */
export function readKey(key: string): Key | undefined {
  const [, kind = "", rest = ""] = /^(klines|lastClosed|lastProcessed|ticker):(.+)$/.exec(key) ?? [];
  if (kind === "ticker") return isKnownText(rest) ? { kind, symbol: rest as Symbol } : undefined;
  const at = rest.lastIndexOf(":");
  const [symbol, interval] = [rest.slice(0, at), rest.slice(at + 1)];
  if (at < 1 || !isInterval(interval) || !isKnownText(symbol)) return undefined;
  return { kind: kind as "klines", symbol: symbol as Symbol, interval };
}

/** The keys of a market's data, in one order. */
export function* allKeys(markets: MarketReader): Iterable<string> {
  for (const store of markets.stores) {
    for (const { symbol } of store.symbols()) {
      if (store.ticker(symbol) !== undefined) yield `ticker:${symbol}`;
      for (const interval of store.served) {
        const series = store.series(symbol, interval);
        if (series === undefined || series.ring.length === 0) continue;
        yield `klines:${symbol}:${interval}`;
        yield `lastClosed:${symbol}:${interval}`;
      }
    }
  }
}

/** Lower case is another key. */
function isKnownText(symbol: string): boolean {
  return isSymbolText(symbol) && symbol === symbol.toUpperCase();
}
