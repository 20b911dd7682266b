/** Groups thousands with a comma and uses a real minus sign, so that figures line up under each other. */
const formats = new Map<number, Intl.NumberFormat>();

/** The most decimals that are shown for a price whose symbol doesn't say how many it has. */
const MOST_DECIMALS = 8;

/** A price with all of its symbol's decimals: 67123.4, 2 → "67,123.40". */
export function priceText(price: number, decimals: number): string {
  return formatOf(decimals).format(price).replace("-", "−");
}

/** How many decimals a price needs, for symbols that the server hasn't described yet. */
export function decimalsOf(price: number): number {
  const fraction = price.toFixed(MOST_DECIMALS).split(".")[1] ?? "";
  return fraction.replace(/0+$/, "").length;
}

function formatOf(decimals: number): Intl.NumberFormat {
  let format = formats.get(decimals);
  if (format === undefined) {
    format = new Intl.NumberFormat("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    formats.set(decimals, format);
  }
  return format;
}
