import {
  BARE_MARKET,
  didYouMean,
  InvalidInput,
  isSymbolText,
  MARKET_NAMES,
  type MarketId,
  marketOf,
  parseSymbol,
  type Symbol,
  type SymbolInfo,
  symbolAt,
  type Ticker,
} from "../../core/mod.ts";

/**
 * Which symbols a feed follows: a list, the N of a quote asset with most quote volume, or all of a quote asset. Where no quote asset is
 * chosen, all are all that are listed.
 */
export type SymbolSelection =
  | { readonly kind: "list"; readonly symbols: readonly Symbol[] }
  | { readonly kind: "top"; readonly count: number }
  | { readonly kind: "all" };

/**
 * Reads `BTCUSDT,ETHUSDT`, `top:50` or `*`, of a market: names are its exchange's own, or whole symbols of that market. Throws
 * {@link InvalidInput}.
 * @example parseSelection("btcusdt,BYBIT:ETHUSDT.P", "bybit-linear").symbols // BYBIT:BTCUSDT.P and BYBIT:ETHUSDT.P
 */
export function parseSelection(text: string, market: MarketId = BARE_MARKET): SymbolSelection {
  const trimmed = text.trim();
  if (trimmed === "*") return { kind: "all" };
  if (/^top:/i.test(trimmed)) {
    const count = Number(trimmed.slice(4));
    if (!Number.isInteger(count) || count < 1 || count > 5_000) {
      throw new InvalidInput(`"${text}" names no number of symbols: expected top:1 to top:5000, for example top:50`);
    }
    return { kind: "top", count };
  }
  const names = trimmed.split(",").map((name) => name.trim());
  const wrong = names.find((name) => !isSymbolText(name));
  if (wrong !== undefined) {
    throw new InvalidInput(`"${wrong}" is not a symbol: expected a list such as BTCUSDT,ETHUSDT, or top:50, or *`);
  }
  return { kind: "list", symbols: [...new Set(names.map((name) => symbolIn(name, market)))] };
}

function symbolIn(name: string, market: MarketId): Symbol {
  const symbol = name.includes(":") ? parseSymbol(name) : symbolAt(market, name.toUpperCase());
  if (symbol !== undefined && marketOf(symbol) === market) return symbol;
  throw new InvalidInput(
    `"${name}" isn't of ${MARKET_NAMES[market]}: expected a name such as BTCUSDT, as it has it there`,
  );
}

/**
 * The symbols that a selection means at this exchange when a run begins, sorted by name. A list may name halted symbols; `top`
 * and `*` take what trades. What an earlier run followed and the selection still means stays as {@link followOn} has it: a
 * restart during a halt doesn't lose the halted. `isGone` as for {@link followOn}. Empty when nothing trades now. Throws
 * {@link InvalidInput} for names that neither knows, and for a quote asset that there isn't.
 */
export function selectSymbols(
  selection: SymbolSelection,
  quote: string | undefined,
  known: readonly SymbolInfo[],
  tickers: readonly Ticker[],
  remembered: readonly SymbolInfo[] = [],
  isGone: (symbol: Symbol) => boolean = () => false,
): SymbolInfo[] {
  const meant = remembered.filter((info) =>
    selection.kind === "list" ? selection.symbols.includes(info.symbol) : isAgainst(info, quote),
  );
  refuseUnknown(selection, quote, known, meant);
  const listed = new Set(known.map(({ symbol }) => symbol));
  const isOfMore =
    selection.kind === "top" && meant.filter(({ symbol }) => listed.has(symbol)).length > selection.count;
  // More than the N are those of another setting: none of them has a place.
  const kept = isOfMore ? meant.filter(({ symbol }) => !listed.has(symbol)) : meant;
  return followOn(selection, quote, known, tickers, kept, isGone);
}

/**
 * `top:N` changes its mind slowly: a symbol that is followed stays until it has fallen out of the first N and this share
 * more, so that two of about the same size don't take turns.
 */
const HYSTERESIS = 1.25;

/**
 * The symbols to follow from now on, given those that are followed: `top` and `*` take in what newly trades, whatever is
 * followed stays while it is listed (`top` lets it go when it has clearly fallen behind). What the list doesn't name stays as
 * it was until `isGone` says that something else shows it too, and as DELISTED from then on. Sorted by name.
 */
export function followOn(
  selection: SymbolSelection,
  quote: string | undefined,
  known: readonly SymbolInfo[],
  tickers: readonly Ticker[],
  followed: readonly SymbolInfo[],
  isGone: (symbol: Symbol) => boolean,
): SymbolInfo[] {
  const had = new Map(followed.map((info) => [info.symbol, info]));
  const listed = known.map((info) => withKnownFacts(info, had.get(info.symbol)));
  const bySymbol = new Map(listed.map((info) => [info.symbol, info]));
  const present = followed.flatMap(({ symbol }) => bySymbol.get(symbol) ?? []);
  const unlisted = followed
    .filter(({ symbol }) => !bySymbol.has(symbol))
    .map((info) => (isGone(info.symbol) ? ({ ...info, status: "DELISTED" } as const) : info));
  return [...unlisted, ...stillChosen(selection, quote, listed, tickers, present)].sort(byName);
}

/** An entry of the list whose quote asset couldn't be read leaves what was known of its symbol. */
function withKnownFacts(info: SymbolInfo, had: SymbolInfo | undefined): SymbolInfo {
  return had === undefined || info.quote !== "" ? info : { ...info, base: had.base, quote: had.quote };
}

function stillChosen(
  selection: SymbolSelection,
  quote: string | undefined,
  known: readonly SymbolInfo[],
  tickers: readonly Ticker[],
  listed: readonly SymbolInfo[],
): SymbolInfo[] {
  if (selection.kind === "list") {
    const named = new Set<string>(selection.symbols);
    // One that was delisted and is back is followed again.
    return known.filter((info) => named.has(info.symbol));
  }
  const trading = known.filter((info) =>
    quote === undefined ? info.status !== "DELISTED" : info.quote === quote && info.status === "TRADING",
  );
  if (selection.kind === "all") return [...new Set([...listed, ...trading])];
  const ranked = byVolume(trading, tickers);
  const rankOf = new Map(ranked.map((info, index) => [info.symbol, index]));
  // What is halted has no rank: it keeps its place. One that was delisted and is back may make them more than the N.
  const kept = listed
    .filter((info) => (rankOf.get(info.symbol) ?? 0) < selection.count * HYSTERESIS)
    .sort((a, b) => (rankOf.get(a.symbol) ?? -1) - (rankOf.get(b.symbol) ?? -1))
    .slice(0, selection.count);
  const keptNames = new Set(kept.map((info) => info.symbol));
  const fresh = ranked.filter((info) => !keptNames.has(info.symbol));
  return [...kept, ...fresh.slice(0, Math.max(0, selection.count - kept.length))];
}

function refuseUnknown(
  selection: SymbolSelection,
  quote: string | undefined,
  known: readonly SymbolInfo[],
  remembered: readonly SymbolInfo[],
): void {
  if (selection.kind === "list") {
    const names = new Set([...known, ...remembered].map(({ symbol }) => symbol));
    const unknown = selection.symbols.filter((symbol) => !names.has(symbol));
    if (unknown.length === 0) return;
    throw new InvalidInput(
      `the exchange's list has no ${unknown.join(", ")}:${didYouMean(unknown[0] ?? "", names, 1)} it names ${known.length} symbols, for example ${examples(known)}`,
    );
  }
  // A list whose quote assets can't be read tells nothing of what trades against which.
  if (known.every((info) => info.quote === "") || known.some((info) => isAgainst(info, quote))) return;
  const quotes = [...new Set(known.map((info) => info.quote))].slice(0, 10).join(", ");
  throw new InvalidInput(`nothing trades against ${quote}: the exchange has symbols in ${quotes}`);
}

function isAgainst(info: SymbolInfo, quote: string | undefined): boolean {
  return quote === undefined || info.quote === quote;
}

/** The most traded first, by quote volume of 24 hours; those of which it is unknown last, by name. */
function byVolume(infos: readonly SymbolInfo[], tickers: readonly Ticker[]): SymbolInfo[] {
  const volumes = new Map(tickers.map((ticker) => [ticker.symbol, ticker.quoteVolume]));
  const volume = (info: SymbolInfo): number => {
    const known = volumes.get(info.symbol) ?? 0;
    return Number.isNaN(known) ? -1 : known;
  };
  return [...infos].sort((a, b) => volume(b) - volume(a) || byName(a, b));
}

function byName(a: SymbolInfo, b: SymbolInfo): number {
  return a.symbol < b.symbol ? -1 : 1;
}

function examples(known: readonly SymbolInfo[]): string {
  return known
    .slice(0, 3)
    .map((info) => info.symbol)
    .join(", ");
}
