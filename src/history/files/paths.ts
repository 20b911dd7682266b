import { InvalidInput, type MarketId, marketOf, parseSymbol, type Symbol } from "../../core/mod.ts";
import type { Period } from "../period.ts";

/** The longest name of a folder that file systems take, in bytes. */
const MAX_NAME_BYTES = 255;

/** The file beside a symbol's data files that lists them. */
export const MANIFEST = "manifest.json";

/** The folder of a market's symbols, relative to the history's. */
export function marketFolder(market: MarketId): string {
  return `market=${market}/interval=1m`;
}

/**
 * The folder of a symbol, relative to the history's. Percent signs stand for all bytes but ASCII letters, digits, `-`, `_` and `.`, so a name
 * is safe on every file system, and other readers of Hive paths get the symbol back. Throws InvalidInput for a name that is too long for one.
 * @example symbolFolder("BYBIT:BTCUSDT.P") // "market=bybit-linear/interval=1m/symbol=BYBIT%3ABTCUSDT.P"
 */
export function symbolFolder(symbol: Symbol): string {
  const name = `symbol=${encodeURIComponent(symbol)}`;
  if (name.length > MAX_NAME_BYTES) {
    throw new InvalidInput(
      `${symbol} can't be kept: its folder's name would have ${name.length} bytes, and may have ${MAX_NAME_BYTES}`,
    );
  }
  return `${marketFolder(marketOf(symbol))}/${name}`;
}

/** The symbol whose folder has this name; undefined for any other folder. */
export function symbolIn(name: string): Symbol | undefined {
  if (!name.startsWith("symbol=")) return undefined;
  try {
    const symbol = parseSymbol(decodeURIComponent(name.slice("symbol=".length)));
    return symbolFolder(symbol).endsWith(`/${name}`) ? symbol : undefined;
  } catch {
    return undefined;
  }
}

/** The file of a period. */
export function fileOf(period: Period): string {
  return `${period}.parquet`;
}
