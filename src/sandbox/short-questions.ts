/**
 * Questions that are one number, and have one as their answer. What they are put together from is below its bound here, so
 * each number means one question; both sides reckon with the same ones.
 */
export const SHORT = {
  /** Whether the time is over: 1 or 0. */
  look: 1,
  /** Tells that the filter made a text that is too long. */
  tooLong: 2,
  /** The value of a column at a place: `at + column * places + place`. */
  at: 0x8000_0000,
  places: 65_536,
  /** A column's number and length, of an indicator of a column or candles: `compute + (indicator * periods + period) * inputs + input`. */
  compute: 0x1_0000_0000,
  /** Period 0 stands for the one that an indicator takes when it isn't told. */
  periods: 1_024,
  inputs: 4_096,
  /** Inputs from here on are candles, of the timeframe of that number. */
  candles: 4_000,
  /** The same of one that was told in words before: `told + its number`. */
  told: 0x2_0000_0000,
} as const;

/** Columns by number: those of klines as they are come first, then those that the plan computes, then all others. */
export const COLUMNS = {
  /** Of one timeframe; more than there are kinds. */
  ofTimeframe: 16,
  planned: 256,
  /** More than an indicator has outputs. */
  outputs: 4,
  others: 512,
} as const;
