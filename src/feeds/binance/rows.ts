import {
  InvalidInput,
  isSymbolText,
  parseSymbol,
  readDecimal,
  type Symbol,
  type SymbolInfo,
  type SymbolStatus,
  type Ticker,
  tickerOf,
  type UnixMs,
} from "../../core/mod.ts";
import { isTickerSane, moment } from "./frames.ts";

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
