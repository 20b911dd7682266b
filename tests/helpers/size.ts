const isLong: boolean = process.env.TEST_LONG === "1";

/**
 * How much a test does: so many rounds, minutes or symbols in `npm test`, or more in `npm test -- --long`.
 * @example const ROUNDS = sized(3, 50);
 */
export function sized<Size>(short: Size, long: Size): Size {
  return isLong ? long : short;
}
