import {
  ANY_UNKNOWN,
  closeTimeOf,
  emptyKline,
  type Interval,
  InvalidInput,
  isTickerSane,
  type Kline,
  readDecimal,
  readOptionalDecimal,
  type SymbolInfo,
  symbolAt,
  type Ticker,
  tickerOf,
  type UnixMs,
} from "../../../../src/core/mod.ts";
import type { DecodedRow, Listing } from "../../../../src/feeds/exchange.ts";
import { moment } from "../../../../src/feeds/moment.ts";

type Members = Readonly<Record<string, unknown>>;

/** Fills in a candle [openTime, open, high, low, close, volume, …]. `quoteAt`: where its quote volume is: streams and REST differ. */
export function fillCandle(kline: Kline, interval: Interval, row: readonly unknown[], quoteAt: 6 | 7): void {
  kline.openTime = moment(readDecimal(row[0]));
  kline.closeTime = closeTimeOf(interval, kline.openTime);
  kline.open = readDecimal(row[1]);
  kline.high = readDecimal(row[2]);
  kline.low = readDecimal(row[3]);
  kline.close = readDecimal(row[4]);
  kline.volume = readDecimal(row[5]);
  kline.quoteVolume = readOptionalDecimal(row[quoteAt]);
  kline.trades = Number.NaN;
  kline.takerBuyVolume = Number.NaN;
  kline.takerBuyQuoteVolume = Number.NaN;
  kline.closed = false;
}

export function readKlines(interval: Interval): (body: unknown) => readonly DecodedRow[] {
  return (body) =>
    listIn(body).map((row) => {
      if (!Array.isArray(row) || row.length !== 8) return { row, kline: undefined };
      const kline = emptyKline();
      fillCandle(kline, interval, row, 7);
      return { row, kline };
    });
}

export function readListing(body: unknown): Listing {
  const symbols: SymbolInfo[] = [];
  const refused: unknown[] = [];
  for (const entry of listIn(body) as (Members | null)[]) {
    const symbol = typeof entry?.symbol === "string" ? symbolAt("bitget", entry.symbol) : undefined;
    if (symbol === undefined) refused.push(entry);
    else if (!symbols.some((one) => one.symbol === symbol)) {
      const status = entry?.status === "online" ? "TRADING" : "BREAK";
      symbols.push({
        ...{ symbol, status, base: String(entry?.baseCoin), quote: String(entry?.quoteCoin) },
        ...{ priceDecimals: decimalsIn(entry?.pricePrecision), quantityDecimals: decimalsIn(entry?.quantityPrecision) },
      });
    }
  }
  const first = refused.length === 0 ? undefined : JSON.stringify(refused[0]);
  return { serverTime: timeIn(body), budget: undefined, symbols, refused: { count: refused.length, first } };
}

/** Eight where the exchange doesn't say. */
function decimalsIn(value: unknown): number {
  const decimals = readDecimal(value);
  return Number.isInteger(decimals) && decimals >= 0 ? decimals : 8;
}

export function readTickers(body: unknown): Ticker[] {
  const updatedAt = timeIn(body);
  return (listIn(body) as (Members | null)[]).flatMap((raw) => {
    const symbol = typeof raw?.symbol === "string" ? symbolAt("bitget", raw.symbol) : undefined;
    if (raw === null || symbol === undefined) return [];
    const figures = {
      symbol,
      price: readDecimal(raw.lastPr),
      open: readDecimal(raw.open),
      high: readDecimal(raw.high24h),
      low: readDecimal(raw.low24h),
      volume: readDecimal(raw.baseVolume),
      quoteVolume: readOptionalDecimal(raw.quoteVolume),
      updatedAt,
    };
    return isTickerSane(figures, ANY_UNKNOWN) ? [tickerOf(figures)] : [];
  });
}

export function readTime(body: unknown): UnixMs {
  const time = timeIn(body);
  if (Number.isNaN(time)) throw new InvalidInput("time: expected requestTime in milliseconds");
  return time;
}

function timeIn(body: unknown): UnixMs {
  return moment((body as Members | null)?.requestTime);
}

function listIn(body: unknown): readonly unknown[] {
  const data = (body as Members | null)?.data;
  if (!Array.isArray(data)) throw new InvalidInput("expected an object with data that is a list");
  return data;
}
