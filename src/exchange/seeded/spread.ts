/** How strongly weights can be tilted: then nearly all lies at one end. */
const STEEPEST = 60;

/** Halvings of the range of tilts: more than doubles tell apart. */
const HALVINGS = 48;

/**
 * Whole numbers that add up to `total`, each as near to what is wanted as its bounds allow, which are whole, too. Undefined where
 * numbers within the bounds add up to more or less than that.
 */
export function spread(
  total: number,
  wanted: readonly number[],
  low: readonly number[],
  high: readonly number[],
): number[] | undefined {
  const least = (at: number): number => low[at] as number;
  const most = (at: number): number => high[at] as number;
  const values = wanted.map((one, at) => Math.min(most(at), Math.max(least(at), Math.round(one))));
  let rest = total - sumOf(values);
  const sign = Math.sign(rest);
  const rooms = values.map((value, at) => (sign > 0 ? most(at) - value : value - least(at)));
  let room = sumOf(rooms);
  rest = Math.abs(rest);
  if (rest > room) return undefined;
  for (const [at, own] of rooms.entries()) {
    if (rest === 0) break;
    // In proportion to the room that is left, so that the last ones always have enough.
    const share = own === room ? rest : Math.min(own, rest, Math.ceil((rest * own) / room));
    values[at] = (values[at] as number) + sign * share;
    rest -= share;
    room -= own;
  }
  return rest === 0 ? values : undefined;
}

/** The weights, changed so that the weighted mean of the points is `mean`, or as near to it as the points allow. */
export function tilted(weights: readonly number[], points: readonly number[], mean: number): number[] {
  const widest = Math.max(...points.map((point) => Math.abs(point - mean)));
  if (widest === 0) return [...weights];
  const places = points.map((point) => (point - mean) / widest);
  const at = (steepness: number): number[] =>
    weights.map((weight, index) => weight * Math.exp(steepness * (places[index] as number)));
  let [low, high] = [-STEEPEST, STEEPEST];
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const middle = (low + high) / 2;
    const balance = at(middle).reduce((sum, weight, index) => sum + weight * (places[index] as number), 0);
    if (balance < 0) low = middle;
    else high = middle;
  }
  return at((low + high) / 2);
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
