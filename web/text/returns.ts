/** A return as "+0.123%", and "–" where there is none. Short horizons differ in the third decimal. */
export function returnText(percent: number | null): string {
  if (percent === null) return "–";
  const size = Math.abs(percent).toFixed(3);
  return `${Number(size) === 0 ? "" : percent > 0 ? "+" : "−"}${size}%`;
}
