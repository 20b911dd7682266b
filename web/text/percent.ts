/** From here on decimals don't matter, and there is no room for them. */
const LARGE_PERCENT = 1_000;

/** A change in percent with its sign: 1.234 → "+1.23%", -0.5 → "−0.50%", 0 → "0.00%", 1234.5 → "+1235%". */
export function percentText(percent: number): string {
  const size = Math.abs(percent).toFixed(Math.abs(percent) < LARGE_PERCENT ? 2 : 0);
  const sign = Number(size) === 0 ? "" : percent > 0 ? "+" : "−";
  return `${sign}${size}%`;
}

/** Which way it went, as far as {@link percentText} shows it. */
export function direction(percent: number): "up" | "down" | "flat" {
  if (Math.abs(percent) < 0.005) return "flat";
  return percent > 0 ? "up" : "down";
}
