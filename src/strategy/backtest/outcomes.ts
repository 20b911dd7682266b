/** The candles that outcomes look at unless a request says otherwise: so many after the signal's own. */
export const DEFAULT_HORIZONS: readonly number[] = [1, 4, 16, 96];

/**
 * What became of the price within a horizon after a signal, in percent of the signal's price. All are null while the horizon's candles
 * aren't all known: the outcome is pending.
 */
export interface Outcome {
  /** In candles of the signal's interval, from the one after the signal's. */
  readonly horizon: number;
  /** From the signal's price to the last close within the horizon, less the fees. */
  readonly returnPercent: number | null;
  /** To the highest high, before fees; null too where nothing was traded. `bestAfter`: its candle, from 1. */
  readonly bestPercent: number | null;
  readonly bestAfter: number | null;
  /** To the lowest low, likewise. */
  readonly worstPercent: number | null;
  readonly worstAfter: number | null;
}

/** Closed candles by the calendar, one place for each: NaN where the exchange has none. */
export interface CandlePlaces {
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
}

/** A signal among the candles that came after it. */
export interface SignalPlace {
  /** The close at which it was given, in the quote asset. */
  readonly price: number;
  /** The place of its candle. */
  readonly place: number;
  /** Of how many places after it all is known that the exchange has. */
  readonly known: number;
}

/**
 * The outcomes of a signal, one for each horizon. `horizons` grow. `feesPercent` is subtracted from returns: what buying and selling cost
 * together, in percent of the price.
 *
 * @example
 * const candles = { high: new Float64Array([10, 12]), low: new Float64Array([10, 9]), close: new Float64Array([10, 11]) };
 * outcomesOf(candles, { price: 10, place: 0, known: 1 }, [1], 0);
 * // [{ horizon: 1, returnPercent: 10, bestPercent: 20, bestAfter: 1, worstPercent: -10, worstAfter: 1 }]
 */
export function outcomesOf(
  { high, low, close }: CandlePlaces,
  { price, place, known }: SignalPlace,
  horizons: readonly number[],
  feesPercent: number,
): Outcome[] {
  const outcomes: Outcome[] = [];
  let [last, best, worst, bestAfter, worstAfter] = [price, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 0];
  let after = 0;
  for (const horizon of horizons) {
    if (horizon > known) {
      outcomes.push(pendingOutcome(horizon));
      continue;
    }
    while (after < horizon) {
      after += 1;
      const at = place + after;
      const closed = close[at] as number;
      // Nothing was traded: the last price stands.
      if (Number.isNaN(closed)) continue;
      last = closed;
      if ((high[at] as number) > best) [best, bestAfter] = [high[at] as number, after];
      if ((low[at] as number) < worst) [worst, worstAfter] = [low[at] as number, after];
    }
    const wasTraded = bestAfter > 0;
    outcomes.push({
      horizon,
      returnPercent: percentOf(last, price) - feesPercent,
      bestPercent: wasTraded ? percentOf(best, price) : null,
      bestAfter: wasTraded ? bestAfter : null,
      worstPercent: wasTraded ? percentOf(worst, price) : null,
      worstAfter: wasTraded ? worstAfter : null,
    });
  }
  return outcomes;
}

/** An outcome of which not all candles are known yet. */
function pendingOutcome(horizon: number): Outcome {
  return {
    horizon,
    returnPercent: null,
    bestPercent: null,
    bestAfter: null,
    worstPercent: null,
    worstAfter: null,
  };
}

/** How far a price lies above another one, in percent of that. */
export function percentOf(price: number, of: number): number {
  return (price / of - 1) * 100;
}
