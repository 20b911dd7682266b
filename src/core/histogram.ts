/** Counts values by size: enough to know how many lay below each of a few bounds. Adding one allocates nothing. */
export class Histogram {
  /** Upper bounds of the buckets, rising; one more bucket takes what lies above all of them. */
  readonly bounds: readonly number[];
  /** Values in each bucket alone, not summed up. */
  readonly buckets: Float64Array;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.buckets = new Float64Array(bounds.length + 1);
  }

  add(value: number): void {
    this.sum += value;
    let bucket = 0;
    while (bucket < this.bounds.length && value > (this.bounds[bucket] as number)) bucket += 1;
    this.buckets[bucket] = (this.buckets[bucket] as number) + 1;
  }
}
