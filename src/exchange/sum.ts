import type { Kline } from "../core/mod.ts";

const UNITS = 1e8;

/** From here on a double's spacing comes near 1e-8: subtracting the whole part no longer leaves the decimals that were meant. */
const LARGE = 4e7;

/**
 * Several klines in order as one, opening and closing when the caller says. Amounts add up as on paper, to 8 decimals:
 * whole parts and fractions are summed apart, as whole numbers.
 */
export function summed(parts: readonly Kline[], openTime: number, closeTime: number): Kline | undefined {
  const first = parts[0];
  const last = parts.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const total = (amount: (kline: Kline) => number): number => {
    let whole = 0;
    let fraction = 0;
    for (const part of parts) {
      const value = amount(part);
      const floor = Math.floor(value);
      whole += floor;
      fraction += unitsOf(value, floor);
    }
    // While a double holds the whole sum in units, a quotient of whole numbers is as exact as reading its text, and faster.
    const units = whole * UNITS + fraction;
    if (units <= Number.MAX_SAFE_INTEGER) return units / UNITS;
    const carry = Math.floor(fraction / UNITS);
    return Number(`${whole + carry}.${String(fraction - carry * UNITS).padStart(8, "0")}`);
  };
  return {
    openTime: openTime as Kline["openTime"],
    closeTime: closeTime as Kline["closeTime"],
    open: first.open,
    high: parts.reduce((high, { high: other }) => Math.max(high, other), 0),
    low: parts.reduce((low, { low: other }) => Math.min(low, other), Number.POSITIVE_INFINITY),
    close: last.close,
    volume: total((kline) => kline.volume),
    quoteVolume: total((kline) => kline.quoteVolume),
    trades: parts.reduce((sum, { trades }) => sum + trades, 0),
    takerBuyVolume: total((kline) => kline.takerBuyVolume),
    takerBuyQuoteVolume: total((kline) => kline.takerBuyQuoteVolume),
    closed: true,
  };
}

/** The decimals of an amount in units of 1e-8: for large ones those that its shortest text shows. */
function unitsOf(value: number, floor: number): number {
  if (value < LARGE || value === floor) return Math.round((value - floor) * UNITS);
  const text = String(value);
  return Number(
    text
      .slice(text.indexOf(".") + 1)
      .slice(0, 8)
      .padEnd(8, "0"),
  );
}
