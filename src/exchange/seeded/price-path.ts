/** Lengths of the waves that a price is made of, in milliseconds: from a minute to two months. */
const WAVES_MS = [
  60e3,
  240e3,
  16 * 60e3,
  3_600e3,
  4 * 3_600e3,
  16 * 3_600e3,
  64 * 3_600e3,
  256 * 3_600e3,
  1_536 * 3_600e3,
];

/** How far a price typically moves in an hour; other spans by the square root of time, as in a random walk. */
const HOURLY = 0.006;

/** A path that wanders: the same number for the same seed and moment, at once, without what came before. */
export class PricePath {
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** How far from its mean the logarithm of the price is. */
  at(time: number): number {
    let sum = 0;
    for (let wave = 0; wave < WAVES_MS.length; wave += 1) {
      const length = WAVES_MS[wave] as number;
      const position = time / length;
      const left = Math.floor(position);
      const share = position - left;
      const from = noise(this.#seed + wave, left);
      const to = noise(this.#seed + wave, left + 1);
      const smooth = share * share * (3 - 2 * share);
      sum += (from + (to - from) * smooth) * HOURLY * Math.sqrt(length / 3_600e3);
    }
    return sum;
  }
}

/** A number from -1 to 1 that follows from two others alone. */
export function noise(seed: number, index: number): number {
  return 2 * chance(seed, index) - 1;
}

/** A number from 0 to 1 that follows from two others alone (a hash in the manner of MurmurHash3's finisher, public domain). */
export function chance(seed: number, index: number): number {
  let hash = Math.imul(
    seed ^ Math.imul(index | 0, 0x9e3779b1) ^ Math.imul(Math.floor(index / 4294967296), 0x85ebca6b),
    0xcc9e2d51,
  );
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 4294967296;
}
