import {
  type Interval,
  InvalidInput,
  isOpenTime,
  isSymbolText,
  type Kline,
  klineFault,
  parseSymbol,
  type Ticker,
  tickerOf,
  type UnixMs,
} from "../../core/mod.ts";
import { decimal, isTickerSane, moment } from "./frames.ts";

/**
 * Reads `/api/v3/klines`: rows of [openTime, open, high, low, close, volume, closeTime, quoteVolume, trades,
 * takerBuyBase, takerBuyQuote, unused]. A row is closed when its close time lies before `marketTime`, the exchange's
 * clock when we asked. Throws {@link InvalidInput}: half an answer would look like holes.
 */
export function readKlineRows(body: unknown, interval: Interval, marketTime: UnixMs): Kline[] {
  if (!Array.isArray(body)) throw new InvalidInput("klines: expected an array of rows");
  const klines: Kline[] = [];
  let before = Number.NEGATIVE_INFINITY;
  for (const [index, row] of body.entries()) {
    if (!Array.isArray(row) || row.length < 11) throw new InvalidInput(`klines: row ${index} has fewer than 11 fields`);
    const closeTime = moment(row[6]);
    const kline: Kline = {
      openTime: moment(row[0]),
      open: decimal(row[1]),
      high: decimal(row[2]),
      low: decimal(row[3]),
      close: decimal(row[4]),
      volume: decimal(row[5]),
      closeTime,
      quoteVolume: decimal(row[7]),
      trades: typeof row[8] === "number" ? row[8] : Number.NaN,
      takerBuyVolume: decimal(row[9]),
      takerBuyQuoteVolume: decimal(row[10]),
      closed: closeTime < marketTime,
    };
    const fault = klineFault(kline);
    if (fault !== undefined) throw new InvalidInput(`klines: row ${index} can't be a kline: ${fault}`);
    if (kline.openTime <= before) throw new InvalidInput(`klines: row ${index} isn't later than the one before`);
    if (!isOpenTime(interval, kline.openTime)) {
      throw new InvalidInput(`klines: row ${index} opens at ${kline.openTime}, where no ${interval} candle opens`);
    }
    before = kline.openTime;
    klines.push(kline);
  }
  return klines;
}

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
      price: decimal(raw.lastPrice),
      open: decimal(raw.openPrice),
      high: decimal(raw.highPrice),
      low: decimal(raw.lowPrice),
      volume: decimal(raw.volume),
      quoteVolume: decimal(raw.quoteVolume),
      updatedAt: moment(raw.closeTime),
    };
    if (isTickerSane(figures)) tickers.push(tickerOf(figures));
  }
  return tickers;
}
