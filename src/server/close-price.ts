import { emptyKline, type Interval, type Kline, openTimeOf, type Symbol, type UnixMs } from "../core/mod.ts";
import type { MarketReader } from "../store/mod.ts";

/** Read into again and again. */
const KLINE: Kline = emptyKline();

/** The close of the candle that ends at a close; undefined unless it is there and closed. */
export function closePrice(
  markets: MarketReader,
  symbol: Symbol,
  interval: Interval,
  closeTime: UnixMs,
): number | undefined {
  const ring = markets.series(symbol, interval)?.ring;
  if (ring === undefined) return undefined;
  const openTime = openTimeOf(interval, closeTime);
  const position = ring.position(openTime);
  if (position >= ring.length || ring.openTimeAt(position) !== openTime || !ring.isClosedAt(position)) return undefined;
  return ring.read(position, KLINE).close;
}
