/** The exchange prints amounts with 8 decimals. */
const UNITS = 1e8;

/** Up to here a double keeps 8 decimals apart by arithmetic alone: half a unit in its last place is under half of 1e-8. */
const FINE_UP_TO = 4.5e7;

/**
 * A sum of amounts with at most 8 decimals that comes out as if it had been added up on paper.
 *
 * Whole part and decimals are summed apart, both as whole numbers, so no rounding happens on the way: a day of quote
 * volumes (1e10 with 8 decimals) has more digits than a double, and a plain sum of its minutes differs from the
 * exchange's own figure in the last place. Exact for all addends that have at most 15 digits, which is what a double
 * holds; of longer ones it adds up what the double still shows. With an amount that is unknown (NaN), the sum is unknown until the
 * next reset.
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
    this.#units += unitsOf(amount, whole);
  }

  /** The sum so far plus one more amount, without adding it: what an open candle shows. */
  plus(amount: number): number {
    const whole = Math.trunc(amount);
    return joined(this.#whole + whole, this.#units + unitsOf(amount, whole));
  }

  value(): number {
    return joined(this.#whole, this.#units);
  }
}

/** The decimals of an amount in units of 1e-8. */
function unitsOf(amount: number, whole: number): number {
  if (amount < FINE_UP_TO || amount === whole) return Math.round((amount - whole) * UNITS);
  if (Number.isNaN(amount)) return Number.NaN;
  // What is left of a large amount's decimals is what its shortest text shows: 483142599.1 is that, not …0999999642.
  const text = String(amount);
  return Number(text.slice(text.indexOf(".") + 1, text.indexOf(".") + 9).padEnd(8, "0"));
}

/** One rounding, as reading the decimal text would do: a quotient of whole numbers while a double holds them all. */
function joined(whole: number, units: number): number {
  const all = whole * UNITS + units;
  if (all <= Number.MAX_SAFE_INTEGER || Number.isNaN(all)) return all / UNITS;
  const carry = Math.floor(units / UNITS);
  return whole + carry + (units - carry * UNITS) / UNITS;
}
