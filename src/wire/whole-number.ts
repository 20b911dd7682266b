import * as v from "valibot";

/** A whole number from `least` to `most`. Whatever is wrong with a value, the words name both. */
export function wholeNumber(least: number, most: number): v.GenericSchema<number> {
  const expected = `expected a whole number from ${least} to ${most}`;
  return v.pipe(v.number(expected), v.integer(expected), v.minValue(least, expected), v.maxValue(most, expected));
}
