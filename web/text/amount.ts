const UNITS = ["", "K", "M", "B", "T"] as const;

/** An amount in three or four figures: 1234567 → "1.23M", 950 → "950". */
export function amountText(amount: number): string {
  let [rest, unit] = [amount, 0];
  // 999.95 and above would be rounded to 1000.
  while (rest >= 999.5 && unit < UNITS.length - 1) {
    rest /= 1_000;
    unit += 1;
  }
  const decimals = unit === 0 && rest >= 100 ? 0 : rest >= 100 ? 1 : 2;
  const text = rest.toFixed(decimals);
  return `${unit === 0 ? text.replace(/\.?0+$/, (zeros) => (text.includes(".") ? "" : zeros)) : text}${UNITS[unit]}`;
}
