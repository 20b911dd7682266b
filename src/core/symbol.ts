import type { Brand } from "./brand.ts";
import { InvalidInput } from "./errors.ts";
import { BARE_MARKET, MARKET_IDS, MARKET_TABLE, type MarketId } from "./market-table.ts";

/**
 * A traded pair of one market, upper case, in the notation of TradingView: `BTCUSDT` is Binance spot, and all others carry their
 * exchange: `BINANCE:BTCUSDT.P` (a perpetual), `BYBIT:BTCUSDT`. The exchange's own name is in it ({@link nameAt}). Letters of any
 * script occur (币安人生USDT, since 2025-12).
 */
export type Symbol = Brand<string, "Symbol">;

/** The longest name at an exchange that we take, in UTF-16 units; the exchanges' own are under 30. */
const MAX_LENGTH = 64;

/** What stands before the colon in a market's symbols. */
const PREFIXES = Object.fromEntries(MARKET_IDS.map((id) => [id, MARKET_TABLE[id].exchange.toUpperCase()])) as Readonly<
  Record<MarketId, string>
>;

/** The markets of each exchange: first those that mark their symbols, then the one that takes all other names. */
const MARKETS_BY_PREFIX: ReadonlyMap<string, readonly MarketId[]> = new Map(
  Object.values(PREFIXES).map((prefix) => [
    prefix,
    MARKET_IDS.filter((id) => PREFIXES[id] === prefix).toSorted(
      (a, b) => Number(MARKET_TABLE[a].suffix === "") - Number(MARKET_TABLE[b].suffix === ""),
    ),
  ]),
);

/**
 * Reads a symbol; lower case is welcome, and `BINANCE:BTCUSDT` is `BTCUSDT`. Throws {@link InvalidInput} for anything but an exchange
 * that is known, if any, and letters, digits, `_`, `-` and `.`.
 * @example parseSymbol("bybit:btcusdt.p") // "BYBIT:BTCUSDT.P"
 */
export function parseSymbol(text: string): Symbol {
  const symbol = symbolIn(text);
  if (symbol !== undefined) return symbol;
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  throw new InvalidInput(
    `"${shown}" is not a symbol: expected 1 to ${MAX_LENGTH} letters or digits, for example BTCUSDT, or with one of the exchanges ${[...MARKETS_BY_PREFIX.keys()].join(", ")} before them, for example BYBIT:BTCUSDT.P`,
  );
}

/** Whether {@link parseSymbol} would take the text. */
export function isSymbolText(text: string): boolean {
  return symbolIn(text) !== undefined;
}

/** The market that a symbol belongs to. */
export function marketOf(symbol: Symbol): MarketId {
  const colon = symbol.indexOf(":");
  if (colon < 0) return BARE_MARKET;
  return marketAt(symbol.slice(0, colon), symbol.slice(colon + 1)) ?? BARE_MARKET;
}

/** The name that a symbol's exchange has for it: BTCUSDT for `BYBIT:BTCUSDT.P`. */
export function nameAt(symbol: Symbol): string {
  const colon = symbol.indexOf(":");
  if (colon < 0) return symbol;
  const { suffix } = MARKET_TABLE[marketOf(symbol)];
  const name = symbol.slice(colon + 1);
  return suffix !== "" && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
}

/** The symbol of what a market's exchange calls by this name; undefined where that can't be one. */
export function symbolAt(market: MarketId, name: string): Symbol | undefined {
  if (!isName(name) || name !== name.toUpperCase()) return undefined;
  if (market === BARE_MARKET) return name as Symbol;
  const { suffix, keepsName } = MARKET_TABLE[market];
  return `${PREFIXES[market]}:${name}${keepsName?.test(name) === true ? "" : suffix}` as Symbol;
}

/**
 * All symbols of a market, or of all markets: `*` those of the server's first one, which is Binance spot by default;
 * `BYBIT:*` those of Bybit spot, `BYBIT:*.P` its perpetuals, `*:*` all.
 */
export type Wildcard = Brand<string, "Wildcard">;

/** The symbols of the server's first market. */
export const FIRST_MARKET = "*" as Wildcard;

/** The symbols of all markets of the server. */
const ALL_MARKETS = "*:*" as Wildcard;

/** The wildcard of one market, the same on every server: `BINANCE:*`, `BYBIT:*.P`. */
export function wildcardOf(market: MarketId): Wildcard {
  return `${PREFIXES[market]}:*${MARKET_TABLE[market].suffix}` as Wildcard;
}

/** All wildcards that may mean a market, of which `*` does on servers whose first market it is. */
export function wildcardsMeaning(market: MarketId): readonly Wildcard[] {
  return [wildcardOf(market), FIRST_MARKET, ALL_MARKETS];
}

/** Reads a wildcard; undefined for anything else. */
export function wildcardIn(text: string): Wildcard | undefined {
  if (text === FIRST_MARKET || text === ALL_MARKETS) return text as Wildcard;
  return marketMeantBy(text) === undefined ? undefined : (text.toUpperCase() as Wildcard);
}

/** Whether it is a wildcard, and no symbol. */
export function isWildcard(text: Symbol | Wildcard): text is Wildcard {
  return text.includes("*");
}

/** The markets that a wildcard means on a server with these markets, in their order. */
export function marketsMeant(wildcard: Wildcard, served: readonly MarketId[]): readonly MarketId[] {
  if (wildcard === ALL_MARKETS) return served;
  const meant = wildcard === FIRST_MARKET ? served[0] : marketMeantBy(wildcard);
  return served.filter((market) => market === meant);
}

/** The market that a wildcard names. */
function marketMeantBy(text: string): MarketId | undefined {
  const upper = text.toUpperCase();
  return MARKET_IDS.find((id) => wildcardOf(id) === upper);
}

function symbolIn(text: string): Symbol | undefined {
  const colon = text.indexOf(":");
  if (colon < 0) return isName(text) ? (text.toUpperCase() as Symbol) : undefined;
  const [exchange, name] = [text.slice(0, colon).toUpperCase(), text.slice(colon + 1).toUpperCase()];
  if (!isName(name)) return undefined;
  const market = marketAt(exchange, name);
  if (market === undefined || name === MARKET_TABLE[market].suffix) return undefined;
  return (market === BARE_MARKET ? name : `${exchange}:${name}`) as Symbol;
}

/** The market of an exchange that has a name like this; undefined where the exchange, or such a market of it, isn't known. */
function marketAt(prefix: string, name: string): MarketId | undefined {
  return MARKETS_BY_PREFIX.get(prefix)?.find((id) => {
    const { suffix, keepsName } = MARKET_TABLE[id];
    return name.endsWith(suffix) || keepsName?.test(name) === true;
  });
}

function isName(text: string): boolean {
  return text.length <= MAX_LENGTH && /^[\p{L}\p{M}\p{N}_.-]+$/u.test(text);
}
