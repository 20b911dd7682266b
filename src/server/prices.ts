import type { Encoding } from "./compression.ts";

/** Klines that one token pays for in a JSON answer or a WebSocket snapshot that isn't compressed. */
export const KLINES_PER_TOKEN = 1_000;

/** How a body of klines is encoded. */
export type BodyEncoding = "identity" | "arrow" | Encoding;

/** What an encoding costs, as a multiple of plain JSON: about what it takes of the processor. */
export const ENCODING_FACTORS: Readonly<Record<BodyEncoding, number>> = {
  identity: 1,
  arrow: 1.5,
  zstd: 1.5,
  gzip: 2,
  br: 3,
};

/** Symbols that one token pays for in a screen, and symbols × closes in a preview. */
export const SYMBOLS_PER_SCREEN_TOKEN = 10;
export const SYMBOL_CLOSES_PER_PREVIEW_TOKEN = 200;

/**
 * Tokens for klines, rounded up: 0 for none, at least 1 for any.
 *
 * @example klinesPrice(150_000, "br") // 450
 */
export function klinesPrice(klines: number, encoding: BodyEncoding = "identity"): number {
  return Math.ceil((klines * ENCODING_FACTORS[encoding]) / KLINES_PER_TOKEN);
}

/** Tokens for a screen of so many symbols. */
export function screenPrice(symbols: number): number {
  return Math.max(1, Math.ceil(symbols / SYMBOLS_PER_SCREEN_TOKEN));
}

/** Tokens for a preview of so many symbols over so many closes. */
export function previewPrice(symbols: number, closes: number): number {
  return Math.max(1, Math.ceil((symbols * closes) / SYMBOL_CLOSES_PER_PREVIEW_TOKEN));
}
