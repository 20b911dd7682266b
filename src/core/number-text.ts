/**
 * A number for people as exactly as it is, with grouped thousands, but without the last digits of a double that was computed:
 * 114417.25 → "114,417.25", 0.1 + 0.2 → "0.3", 1.5e-7 → "0.00000015".
 */
export function exactText(value: number): string {
  return EXACT.format(value);
}

/** A computed number for people: grouped thousands, and as many decimals as matter at its size. 23.981896500000005 → "23.9819". */
export function roundedText(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value)) return WHOLE.format(value);
  return (size >= 1_000 ? LARGE : size >= 1 ? MEDIUM : SMALL).format(value);
}

/** A number with so many decimals, and grouped thousands. */
export function decimalsText(value: number, decimals: number): string {
  return value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** A number for a table that programs read: of 15 digits, which are all that a double keeps of any decimal number. 28935.20000000001 → 28935.2 */
export function tidyNumber(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(15)) : value;
}

const EXACT = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 12 });
const WHOLE = new Intl.NumberFormat("en-US");
const LARGE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
const MEDIUM = new Intl.NumberFormat("en-US", { maximumFractionDigits: 5 });
const SMALL = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 6 });
