import { marketOf, type Symbol, type SymbolInfo } from "../../../core/mod.ts";
import type { MarketReader } from "../../../store/mod.ts";

/** Decimals that Binance's figures have at most. */
const DECIMALS = 8;

/** From here on a double has no digits of its own at the eighth decimal: its shortest text is the exchange's. */
const DOUBLE_BELOW: number = 2 ** 26;

/** How a market of Binance writes the figures of a symbol: as decimal texts. */
export interface Writer {
  price(figure: number): string;
  /** An amount of the base asset. */
  amount(figure: number): string;
  /** An amount of the quote asset. */
  quote(figure: number): string;
}

/** Spot writes all figures with 8 decimals (Binance spot API, 2026-07). */
const SPOT_WRITER: Writer = { price: padded, amount: padded, quote: padded };

/** The writer of a symbol's figures; symbols of other exchanges are written as Binance spot would. */
export function writerOf(info: SymbolInfo): Writer {
  return marketOf(info.symbol) === "binance-usdm" ? usdmWriter(info) : SPOT_WRITER;
}

/** The same by symbol. */
export function writerIn(markets: MarketReader, symbol: Symbol): Writer {
  const info = marketOf(symbol) === "binance-usdm" ? markets.info(symbol) : undefined;
  return info === undefined ? SPOT_WRITER : usdmWriter(info);
}

/**
 * The writer of a contract: prices and amounts have the contract's own decimals, quote amounts those of both; an amount of nothing is "0"
 * (Binance USDⓈ-M documentation, 2026-11).
 */
function usdmWriter({ priceDecimals, quantityDecimals }: SymbolInfo): Writer {
  const amount = (figure: number, decimals: number): string => (figure === 0 ? "0" : trimmed(figure, decimals));
  return {
    price: (figure) => trimmed(figure, priceDecimals),
    amount: (figure) => amount(figure, quantityDecimals),
    quote: (figure) => amount(figure, priceDecimals + quantityDecimals),
  };
}

/** A figure as `write` has it; null for one that is unknown, as in the server's own answers. */
export function orNull<T>(figure: number, write: (figure: number) => T): T | null {
  return Number.isNaN(figure) ? null : write(figure);
}

/** The smallest step of so many decimals. */
export function stepOf(decimals: number): number {
  return 10 ** -decimals;
}

/** All 8 decimals. */
function padded(figure: number): string {
  if (Math.abs(figure) < DOUBLE_BELOW) return figure.toFixed(DECIMALS);
  const [whole, fraction = ""] = shortest(figure).split(".");
  return `${whole}.${fraction.padEnd(DECIMALS, "0")}`;
}

/** Without zeros at the end, but for the first `least` decimals. */
function trimmed(figure: number, least: number): string {
  const [whole, fraction = ""] = padded(figure).split(".");
  const kept = fraction.replace(/0+$/, "").padEnd(Math.min(least, DECIMALS), "0");
  return kept === "" ? (whole as string) : `${whole}.${kept}`;
}

/** The shortest text that reads back to the same double, without an exponent. */
function shortest(figure: number): string {
  const text = String(figure);
  return text.includes("e") ? BigInt(figure).toString() : text;
}
