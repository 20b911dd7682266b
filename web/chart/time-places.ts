/** The candles that are drawn, oldest first, and their places on the time scale. */
export interface PlacedCandles {
  readonly count: number;
  /** When a candle opens, in milliseconds. */
  openTime(at: number): number;
  /** A candle's place on the time scale. Places are whole numbers that grow with time. */
  place(at: number): number;
  /** How long a candle lasts, in milliseconds: beyond the first and the last candle, places follow one another at this distance. */
  readonly lengthMs: number;
}

/** The place of a moment, which may lie between two candles or beyond them; undefined where there are no candles. */
export function placeOfTime(candles: PlacedCandles, time: number): number | undefined {
  return between(
    candles,
    time,
    (at) => candles.openTime(at),
    (at) => candles.place(at),
    1 / candles.lengthMs,
  );
}

/** The moment of a place: the inverse of {@link placeOfTime}. */
export function timeOfPlace(candles: PlacedCandles, place: number): number | undefined {
  return between(
    candles,
    place,
    (at) => candles.place(at),
    (at) => candles.openTime(at),
    candles.lengthMs,
  );
}

/** Maps a value from one growing scale to another: linear between two candles, and with `slope` beyond the outermost ones. */
function between(
  { count }: PlacedCandles,
  value: number,
  from: (at: number) => number,
  to: (at: number) => number,
  slope: number,
): number | undefined {
  if (count === 0) return undefined;
  const last = count - 1;
  if (value <= from(0)) return to(0) + (value - from(0)) * slope;
  if (value >= from(last)) return to(last) + (value - from(last)) * slope;
  let [low, high] = [0, last];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (from(middle) <= value) low = middle;
    else high = middle;
  }
  const share = (value - from(low)) / (from(high) - from(low));
  return to(low) + share * (to(high) - to(low));
}
