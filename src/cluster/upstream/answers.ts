import {
  ANY_UNKNOWN,
  emptyKline,
  type Interval,
  InvalidInput,
  isSymbolText,
  isTickerSane,
  type MarketId,
  marketOf,
  SYMBOL_STATUSES,
  type Symbol,
  type SymbolInfo,
  type Ticker,
  tickerOf,
  type UnixMs,
} from "../../core/mod.ts";
import { type DecodedRow, isObject, type Listing, type Members, moment } from "../../feeds/mod.ts";
import { fillKline, tickerFigures } from "./members.ts";

/** The longest part of a refused entry that is kept for people to look at, in characters. */
const KEPT_CHARACTERS = 200;

/**
 * Reads `/health`: what the exchange's clock says now. The market's time is that of the newest event and stands still while none comes, so
 * it is taken only where the upstream has no clock to ask. Throws InvalidInput while the upstream doesn't know the market's time, or doesn't
 * serve the market.
 */
export function readMarketTime(market: MarketId): (body: unknown) => UnixMs {
  return (body) => {
    const served = listIn(body, "markets").find((one) => isObject(one) && one.market === market);
    const { marketTime, exchangeTime }: Members = isObject(served) ? served : {};
    const time = moment(marketTime);
    if (Number.isNaN(time))
      throw new InvalidInput(`/health: the upstream doesn't know what time it is in ${market} yet`);
    const now = moment(exchangeTime);
    return Number.isNaN(now) ? time : now;
  };
}

/** Reads `/klines/{symbol}/{interval}`. Throws InvalidInput when it is no such answer, or another series' one. */
export function readKlineRows(symbol: Symbol, interval: Interval): (body: unknown) => readonly DecodedRow[] {
  return (body) => {
    const rows = listIn(body, "klines");
    const answer = body as Members;
    if (answer.symbol !== symbol || answer.interval !== interval || answer.settled !== true) {
      throw new InvalidInput(`/klines: expected a settled answer about ${symbol} ${interval}`);
    }
    return rows.map((row) => {
      if (!isObject(row)) return { row, kline: undefined };
      const kline = emptyKline();
      fillKline(row, kline);
      return { row, kline, isFinal: kline.closed };
    });
  };
}

/** Reads `/tickers`; members that can't be read are left out, and so are those that were added up from klines. Throws InvalidInput. */
export function readTickers(market: MarketId): (body: unknown) => Ticker[] {
  return (body) =>
    listIn(body, "tickers").flatMap((member) => {
      if (!isObject(member) || member.windowMs !== undefined || symbolIn(member, market) === undefined) return [];
      const figures = tickerFigures(member);
      return isTickerSane(figures, ANY_UNKNOWN) ? [tickerOf(figures)] : [];
    });
}

/** Reads `/symbols`. Throws InvalidInput when it is no such answer, or names none: an upstream that has none hasn't read its exchange's list. */
export function readListing(market: MarketId): (body: unknown) => Listing {
  return (body) => {
    const symbols = new Map<Symbol, SymbolInfo>();
    const refused: { count: number; first: string | undefined } = { count: 0, first: undefined };
    for (const entry of listIn(body, "symbols")) {
      const symbol = isObject(entry) ? symbolIn(entry, market) : undefined;
      if (symbol !== undefined && !symbols.has(symbol)) symbols.set(symbol, infoOf(symbol, entry as Members));
      if (symbol !== undefined) continue;
      refused.count += 1;
      refused.first ??= JSON.stringify(entry)?.slice(0, KEPT_CHARACTERS);
    }
    if (symbols.size === 0) throw new InvalidInput("/symbols: expected symbols, got none: the upstream has none yet");
    // The market's time is asked for apart.
    return { serverTime: Number.NaN as UnixMs, budget: undefined, symbols: [...symbols.values()], refused };
  };
}

function infoOf(symbol: Symbol, entry: Members): SymbolInfo {
  const { contract, exchangeStatus, settle, tickSize, lotSize } = entry;
  return {
    symbol,
    base: textOf(entry.base),
    quote: textOf(entry.quote),
    status: SYMBOL_STATUSES.find((status) => status === entry.status) ?? "UNKNOWN",
    priceDecimals: decimalsOf(entry.priceDecimals),
    quantityDecimals: decimalsOf(entry.quantityDecimals),
    ...(typeof exchangeStatus === "string" ? { exchangeStatus: exchangeStatus.slice(0, KEPT_CHARACTERS) } : {}),
    ...(contract === "perpetual" || contract === "delivery" ? { contract } : {}),
    ...(typeof settle === "string" ? { settle } : {}),
    ...(typeof tickSize === "number" ? { tickSize } : {}),
    ...(typeof lotSize === "number" ? { lotSize } : {}),
  };
}

/** The symbol that an entry is about, by its one name; undefined where it names none of the market. */
function symbolIn({ symbol }: Members, market: MarketId): Symbol | undefined {
  if (typeof symbol !== "string" || symbol !== symbol.toUpperCase() || !isSymbolText(symbol)) return undefined;
  return marketOf(symbol as Symbol) === market ? (symbol as Symbol) : undefined;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function decimalsOf(value: unknown): number {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : 8;
}

function listIn(body: unknown, name: string): readonly unknown[] {
  const list = isObject(body) ? body[name] : undefined;
  if (!Array.isArray(list)) throw new InvalidInput(`expected an object with a list of ${name}`);
  return list;
}
