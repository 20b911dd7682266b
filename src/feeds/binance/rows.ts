import {
  InvalidInput,
  isSymbolText,
  isTickerSane,
  parseSymbol,
  readDecimal,
  type Ticker,
  tickerOf,
  type UnixMs,
} from "../../core/mod.ts";
import { moment } from "./moment.ts";

/** Reads `/api/v3/time`. Throws {@link InvalidInput}. */
export function readTime(body: unknown): UnixMs {
  const time = moment((body as { serverTime?: unknown } | null)?.serverTime);
  if (Number.isNaN(time)) throw new InvalidInput("time: expected serverTime in milliseconds");
  return time;
}

/** Reads `/api/v3/ticker/24hr` for all symbols; members that can't be read are left out. */
export function readTickers(body: unknown): Ticker[] {
  if (!Array.isArray(body)) throw new InvalidInput("ticker/24hr: expected an array");
  const tickers: Ticker[] = [];
  for (const raw of body as Record<string, unknown>[]) {
    const name = raw?.symbol;
    if (raw === null || typeof name !== "string" || !isSymbolText(name)) continue;
    const figures = {
      symbol: parseSymbol(name),
      price: readDecimal(raw.lastPrice),
      open: readDecimal(raw.openPrice),
      high: readDecimal(raw.highPrice),
      low: readDecimal(raw.lowPrice),
      volume: readDecimal(raw.volume),
      quoteVolume: readDecimal(raw.quoteVolume),
      updatedAt: moment(raw.closeTime),
    };
    if (isTickerSane(figures)) tickers.push(tickerOf(figures));
  }
  return tickers;
}
