import { InvalidInput, isSymbolText, parseSymbol, type Symbol, type SymbolInfo, type Ticker } from "../../core/mod.ts";

/** Which symbols a feed follows: a list, the N of a quote asset with most quote volume, or all of a quote asset. */
export type SymbolSelection =
  | { readonly kind: "list"; readonly symbols: readonly Symbol[] }
  | { readonly kind: "top"; readonly count: number }
  | { readonly kind: "all" };

/** Reads `BTCUSDT,ETHUSDT`, `top:50` or `*`. Throws {@link InvalidInput}. */
export function parseSelection(text: string): SymbolSelection {
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
  return { kind: "list", symbols: [...new Set(names.map(parseSymbol))] };
}

/**
 * The symbols that a selection means at this exchange, sorted by name. A list may name halted symbols; `top` and `*`
 * take what trades. Of those that are remembered from an earlier run, what the exchange doesn't list any more comes as
 * DELISTED. Throws {@link InvalidInput} for names that neither knows.
 */
export function selectSymbols(
  selection: SymbolSelection,
  quote: string,
  known: readonly SymbolInfo[],
  tickers: readonly Ticker[],
  remembered: readonly SymbolInfo[] = [],
): SymbolInfo[] {
  const listed = new Set(known.map(({ symbol }) => symbol));
  const delisted = remembered
    .filter((info) => !listed.has(info.symbol) && isMeant(selection, quote, info))
    .map((info) => ({ ...info, status: "DELISTED" as const }));
  return [...choose(selection, quote, known, tickers, delisted), ...delisted].sort(byName);
}

function isMeant(selection: SymbolSelection, quote: string, info: SymbolInfo): boolean {
  return selection.kind === "list" ? selection.symbols.includes(info.symbol) : info.quote === quote;
}

/**
 * `top:N` changes its mind slowly: a symbol that is followed stays until it has fallen out of the first N and this share
 * more, so that two of about the same size don't take turns.
 */
const HYSTERESIS = 1.25;

/**
 * The symbols to follow from now on, given those that are followed: `top` and `*` take in what newly trades, whatever is
 * followed stays while it is listed (`top` lets it go when it has clearly fallen behind), and what the exchange doesn't
 * list any more stays as DELISTED. Sorted by name.
 */
export function followOn(
  selection: SymbolSelection,
  quote: string,
  known: readonly SymbolInfo[],
  tickers: readonly Ticker[],
  followed: readonly SymbolInfo[],
): SymbolInfo[] {
  const bySymbol = new Map(known.map((info) => [info.symbol, info]));
  const present = followed.map((info) => bySymbol.get(info.symbol) ?? ({ ...info, status: "DELISTED" } as const));
  const listed = present.filter((info) => info.status !== "DELISTED");
  const delisted = present.filter((info) => info.status === "DELISTED");
  return [...delisted, ...stillChosen(selection, quote, known, tickers, listed)].sort(byName);
}

function stillChosen(
  selection: SymbolSelection,
  quote: string,
  known: readonly SymbolInfo[],
  tickers: readonly Ticker[],
  listed: readonly SymbolInfo[],
): SymbolInfo[] {
  if (selection.kind === "list") {
    const named = new Set<string>(selection.symbols);
    // One that was delisted and is back is followed again.
    return known.filter((info) => named.has(info.symbol));
  }
  const trading = known.filter((info) => info.quote === quote && info.status === "TRADING");
  if (selection.kind === "all") return [...new Set([...listed, ...trading])];
  const ranked = byVolume(trading, tickers);
  const rankOf = new Map(ranked.map((info, index) => [info.symbol, index]));
  // What is halted has no rank: it keeps its place.
  const kept = listed.filter((info) => (rankOf.get(info.symbol) ?? 0) < selection.count * HYSTERESIS);
  const keptNames = new Set(kept.map((info) => info.symbol));
  const fresh = ranked.filter((info) => !keptNames.has(info.symbol));
  return [...kept, ...fresh.slice(0, Math.max(0, selection.count - kept.length))];
}

function choose(
  selection: SymbolSelection,
  quote: string,
  known: readonly SymbolInfo[],
  tickers: readonly Ticker[],
  delisted: readonly SymbolInfo[],
): SymbolInfo[] {
  if (selection.kind === "list") {
    const bySymbol = new Map(known.map((info) => [info.symbol, info]));
    const gone = new Set(delisted.map(({ symbol }) => symbol));
    const unknown = selection.symbols.filter((symbol) => !bySymbol.has(symbol) && !gone.has(symbol));
    if (unknown.length > 0) {
      throw new InvalidInput(
        `the exchange has no ${unknown.join(", ")}: it lists ${known.length} symbols, for example ${examples(known)}`,
      );
    }
    return selection.symbols.flatMap((symbol) => bySymbol.get(symbol) ?? []);
  }
  const trading = known.filter((info) => info.quote === quote && info.status === "TRADING");
  if (trading.length === 0) {
    const quotes = [...new Set(known.map((info) => info.quote))].slice(0, 10).join(", ");
    throw new InvalidInput(`nothing trades against ${quote}: the exchange has symbols in ${quotes}`);
  }
  if (selection.kind === "all") return trading;
  return byVolume(trading, tickers).slice(0, selection.count);
}

/** The most traded first, by quote volume of 24 hours. */
function byVolume(infos: readonly SymbolInfo[], tickers: readonly Ticker[]): SymbolInfo[] {
  const volumes = new Map(tickers.map((ticker) => [ticker.symbol, ticker.quoteVolume]));
  const volume = (info: SymbolInfo): number => volumes.get(info.symbol) ?? 0;
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
