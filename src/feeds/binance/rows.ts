import {
  type Interval,
  InvalidInput,
  isOpenTime,
  isSymbolText,
  type Kline,
  klineFault,
  parseSymbol,
  type Symbol,
  type SymbolInfo,
  type SymbolStatus,
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

/** What we use of `/api/v3/exchangeInfo`. */
export interface ExchangeInfo {
  readonly serverTime: UnixMs;
  /** Request weight that an IP may spend in a clock minute. */
  readonly weightPerMinute: number;
  readonly symbols: readonly SymbolInfo[];
}

const STATUSES: readonly string[] = ["TRADING", "END_OF_DAY", "HALT", "BREAK", "CANCEL_ONLY"] satisfies SymbolStatus[];

/** The documented limit, should exchangeInfo not tell (6000 a minute, 2026-07). */
const DEFAULT_WEIGHT_PER_MINUTE = 6_000;

/** Reads `/api/v3/exchangeInfo`; symbols that can't be read are left out. Throws {@link InvalidInput} when it is no such answer. */
export function readExchangeInfo(body: unknown): ExchangeInfo {
  const info = body as { serverTime?: unknown; rateLimits?: unknown; symbols?: unknown } | null;
  if (typeof info !== "object" || info === null || !Array.isArray(info.symbols)) {
    throw new InvalidInput("exchangeInfo: expected an object with `symbols`");
  }
  const symbols: SymbolInfo[] = [];
  for (const raw of info.symbols) {
    const symbol = readSymbol((raw ?? {}) as RawSymbol);
    if (symbol !== undefined) symbols.push(symbol);
  }
  const limits = Array.isArray(info.rateLimits) ? (info.rateLimits as Record<string, unknown>[]) : [];
  const weight = limits.find((limit) => limit.rateLimitType === "REQUEST_WEIGHT" && limit.interval === "MINUTE");
  const perMinute = Number(weight?.limit) / Number(weight?.intervalNum ?? 1);
  return {
    serverTime: moment(info.serverTime),
    weightPerMinute: perMinute > 0 ? perMinute : DEFAULT_WEIGHT_PER_MINUTE,
    symbols,
  };
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

interface RawSymbol {
  readonly symbol?: unknown;
  readonly status?: unknown;
  readonly baseAsset?: unknown;
  readonly quoteAsset?: unknown;
  readonly filters?: unknown;
}

function readSymbol(raw: RawSymbol): SymbolInfo | undefined {
  const { symbol, status, baseAsset, quoteAsset } = raw;
  if (typeof symbol !== "string" || !isSymbolText(symbol) || parseSymbol(symbol) !== symbol) return undefined;
  if (typeof status !== "string" || !STATUSES.includes(status)) return undefined;
  if (typeof baseAsset !== "string" || typeof quoteAsset !== "string") return undefined;
  return {
    symbol: symbol as Symbol,
    base: baseAsset,
    quote: quoteAsset,
    status: status as SymbolStatus,
    priceDecimals: decimalsOf(filterValue(raw, "PRICE_FILTER", "tickSize")),
    quantityDecimals: decimalsOf(filterValue(raw, "LOT_SIZE", "stepSize")),
  };
}

function filterValue(raw: RawSymbol, type: string, member: string): unknown {
  if (!Array.isArray(raw.filters)) return undefined;
  const filter = (raw.filters as Record<string, unknown>[]).find((candidate) => candidate.filterType === type);
  return filter?.[member];
}

/** The digits behind the point that a step such as "0.01000000" allows; 8 when it isn't told. */
function decimalsOf(step: unknown): number {
  if (typeof step !== "string" || !/^\d+(\.\d+)?$/.test(step) || Number(step) === 0) return 8;
  const fraction = step.split(".")[1] ?? "";
  return fraction.replace(/0+$/, "").length;
}
