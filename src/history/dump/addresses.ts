import { type MarketId, marketOf, nameAt, type Symbol } from "../../core/mod.ts";
import { isDay, type Period } from "../period.ts";

/** Where the exchange publishes its dumps. Source: the exchange's repository binance-public-data, read 2026-11. */
export const DUMPS_URL = "https://data.binance.vision";

/** The folder of a market's dumps; markets that aren't here have none that we read. */
const FOLDERS: Readonly<Partial<Record<MarketId, string>>> = {
  binance: "data/spot",
  "binance-usdm": "data/futures/um",
};

/** The markets that have dumps. */
export const DUMP_MARKETS: readonly MarketId[] = Object.keys(FOLDERS) as MarketId[];

/**
 * The path of a dump; undefined where the market has none.
 * @example dumpPath("BTCUSDT", "2024-01") // "data/spot/monthly/klines/BTCUSDT/1m/BTCUSDT-1m-2024-01.zip"
 */
export function dumpPath(symbol: Symbol, period: Period): string | undefined {
  const folder = FOLDERS[marketOf(symbol)];
  if (folder === undefined) return undefined;
  const name = nameAt(symbol);
  return `${folder}/${isDay(period) ? "daily" : "monthly"}/klines/${name}/1m/${name}-1m-${period}.zip`;
}

/** The folders that have a folder for each symbol of a market with dumps: of monthly ones, and of daily ones. */
export function dumpSymbolsFolders(market: MarketId): readonly string[] {
  const folder = FOLDERS[market];
  return folder === undefined ? [] : [`${folder}/monthly/klines`, `${folder}/daily/klines`];
}

/** The SHA-256 that a checksum file says, in hexadecimal; undefined for any other text. It is as `sha256sum` writes it. */
export function checksumIn(text: string): string | undefined {
  return /^([0-9a-f]{64})(?:\s|$)/i.exec(text.trim())?.[1]?.toLowerCase();
}
