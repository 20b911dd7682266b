import { wholeNumber } from "./setting-values.ts";

/** The most symbols that a made-up market is asked for. */
const MAX_SYMBOLS = 2_000;

/** Reads the symbols of a made-up market: names, or how many, as 3 or top:3. Throws InvalidInput. */
export function symbols(text: string): number | string[] {
  if (/^\d+$/.test(text.trim())) return wholeNumber(text, 1, MAX_SYMBOLS);
  // As `vyx serve` writes it.
  const [, count] = /^top:(\d+)$/i.exec(text.trim()) ?? [];
  if (count !== undefined) return wholeNumber(count, 1, MAX_SYMBOLS);
  return text.split(",").map((name) => name.trim().toUpperCase());
}
