/** The levels of a retracement, as shares of the move. */
const LEVELS = [0, 0.236, 0.382, 0.5, 0.618, 0.786, 1] as const;

/** A level: its share in words, and its price. */
export interface FibonacciLevel {
  readonly level: string;
  readonly price: number;
}

/** The levels of a retracement of the move from one price to another: 0% is where the move ended, 100% where it began. */
export function percentLevels(from: number, to: number): FibonacciLevel[] {
  return LEVELS.map((share) => ({ level: `${Number((100 * share).toFixed(1))}%`, price: to + share * (from - to) }));
}
