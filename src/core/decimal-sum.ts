/** The exchange prints amounts with 8 decimals. */
const UNITS = 1e8;

/**
 * A sum of amounts with at most 8 decimals that comes out as if it had been added up on paper.
 *
 * Whole part and decimals are summed apart, both as whole numbers, so no rounding happens on the way: a day of quote
 * volumes (1e10 with 8 decimals) has more digits than a double, and a plain sum of its minutes differs from the
 * exchange's own figure in the last place. Exact for addends up to 4.5e7, where a double still tells 8 decimals apart.
 */
export class DecimalSum {
  #whole = 0;
  #units = 0;

  reset(): void {
    this.#whole = 0;
    this.#units = 0;
  }

  add(amount: number): void {
    const whole = Math.trunc(amount);
    this.#whole += whole;
    this.#units += Math.round((amount - whole) * UNITS);
  }

  /** The sum so far plus one more amount, without adding it: what an open candle shows. */
  plus(amount: number): number {
    const whole = Math.trunc(amount);
    return joined(this.#whole + whole, this.#units + Math.round((amount - whole) * UNITS));
  }

  value(): number {
    return joined(this.#whole, this.#units);
  }
}

/** One rounding, as reading the decimal text would do: a quotient of whole numbers while a double holds them all. */
function joined(whole: number, units: number): number {
  const all = whole * UNITS + units;
  if (all <= Number.MAX_SAFE_INTEGER) return all / UNITS;
  const carry = Math.floor(units / UNITS);
  return whole + carry + (units - carry * UNITS) / UNITS;
}
