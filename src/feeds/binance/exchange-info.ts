import {
  InvalidInput,
  type MarketId,
  SYMBOL_STATUSES,
  type Symbol,
  type SymbolInfo,
  type SymbolStatus,
  symbolAt,
} from "../../core/mod.ts";
import { defined } from "../defined.ts";
import type { Listing } from "../exchange.ts";
import { isObject, type Members, textOf } from "../members.ts";
import { moment } from "../moment.ts";
import { decimalsOf, stepOf } from "../steps.ts";

/** What a limit can be: below, nothing could be asked any more; above, none that is meant. 1200 to 6000 have been seen. */
const WEIGHT_BOUNDS = { least: 600, most: 60_000 } as const;

/** The longest part of a refused entry, and of a foreign status, that is kept for people to look at, in characters. */
const KEPT_CHARACTERS = 200;
const STATUS_CHARACTERS = 40;

/**
 * Reads `/api/v3/exchangeInfo`, or that of contracts. An entry that names a symbol counts, even if nothing else of it can be read: its
 * status is UNKNOWN then. Throws {@link InvalidInput} when it is no such answer, or names no symbol at all: no exchange has none.
 */
export function readExchangeInfo(market: MarketId): (body: unknown) => Listing {
  return (body) => listingOf(market, body);
}

function listingOf(market: MarketId, body: unknown): Listing {
  if (!isObject(body) || !Array.isArray(body.symbols)) {
    throw new InvalidInput("exchangeInfo: expected an object with `symbols`");
  }
  const symbols = new Map<Symbol, SymbolInfo>();
  const refused: { count: number; first: string | undefined } = { count: 0, first: undefined };
  for (const entry of body.symbols) {
    const info = readEntry(market, entry);
    if (info === undefined) {
      refused.count += 1;
      refused.first ??= JSON.stringify(entry).slice(0, KEPT_CHARACTERS);
    } else if (!symbols.has(info.symbol)) symbols.set(info.symbol, info);
  }
  if (symbols.size === 0) {
    const entries = refused.first === undefined ? "none" : `${refused.count} that name none, such as ${refused.first}`;
    throw new InvalidInput(`exchangeInfo: expected symbols, got ${entries}`);
  }
  return {
    serverTime: moment(body.serverTime),
    budget: weightPerMinute(body.rateLimits),
    symbols: [...symbols.values()],
    refused,
  };
}

function readEntry(market: MarketId, entry: unknown): SymbolInfo | undefined {
  if (!isObject(entry) || typeof entry.symbol !== "string") return undefined;
  const { symbol: name } = entry;
  const symbol = symbolAt(market, name);
  if (symbol === undefined) return undefined;
  const quote = textOf(entry.quoteAsset);
  const [tick, lot] = [filterValue(entry, "PRICE_FILTER", "tickSize"), filterValue(entry, "LOT_SIZE", "stepSize")];
  return {
    symbol,
    base: textOf(entry.baseAsset) ?? baseIn(name, quote),
    quote: quote ?? "",
    ...statusOf(entry.status),
    priceDecimals: decimalsOf(tick),
    quantityDecimals: decimalsOf(lot),
    ...(market === "binance-usdm" ? contractOf(entry, stepOf(tick), stepOf(lot)) : {}),
  };
}

/** What an entry of contracts says of one. */
function contractOf(entry: Members, tickSize: number | undefined, lotSize: number | undefined): Partial<SymbolInfo> {
  const contract = contractIn(textOf(entry.contractType) ?? "");
  return defined({ contract, settle: textOf(entry.marginAsset), tickSize, lotSize });
}

/** PERPETUAL, TRADIFI_PERPETUAL and PERPETUAL_DELIVERING never end by themselves; CURRENT_QUARTER, NEXT_QUARTER and months do. */
function contractIn(type: string): SymbolInfo["contract"] {
  if (type.includes("PERPETUAL")) return "perpetual";
  return /QUARTER|MONTH/.test(type) ? "delivery" : undefined;
}

/** A known status, or UNKNOWN with the exchange's own word. */
function statusOf(told: unknown): Pick<SymbolInfo, "status" | "exchangeStatus"> {
  const known = SYMBOL_STATUSES.find((status) => status === told && status !== "DELISTED" && status !== "UNKNOWN");
  if (known !== undefined) return { status: known };
  const status: SymbolStatus = "UNKNOWN";
  const word = textOf(told);
  return word === undefined ? { status } : { status, exchangeStatus: word.slice(0, STATUS_CHARACTERS) };
}

/** The name of a symbol without its quote asset. */
function baseIn(symbol: string, quote: string | undefined): string {
  return quote !== undefined && symbol.endsWith(quote) ? symbol.slice(0, -quote.length) : symbol;
}

/** The limit that the list names, undefined where it has none that can be meant. */
function weightPerMinute(limits: unknown): number | undefined {
  const all: unknown[] = Array.isArray(limits) ? limits : [];
  const weight = all
    .filter(isObject)
    .find((limit) => limit.rateLimitType === "REQUEST_WEIGHT" && limit.interval === "MINUTE");
  const perMinute = Number(weight?.limit) / Number(weight?.intervalNum ?? 1);
  const isMeant = perMinute >= WEIGHT_BOUNDS.least && perMinute <= WEIGHT_BOUNDS.most;
  return isMeant ? perMinute : undefined;
}

function filterValue(entry: Members, type: string, member: string): unknown {
  const filters: unknown[] = Array.isArray(entry.filters) ? entry.filters : [];
  return filters.filter(isObject).find((filter) => filter.filterType === type)?.[member];
}
