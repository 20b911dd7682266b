/** What one client has of a channel's closed candles: up to where without a gap, and what lies beyond one. */
export class WholeSeries {
  readonly #lengthMs: number;
  readonly #beyond: Set<number> = new Set();
  #last: number | undefined;

  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs;
  }

  /** The open time of the last candle before the first gap: what a careful client resumes from. */
  get last(): number | undefined {
    return this.#last;
  }

  add(openTime: number): void {
    if (this.#last !== undefined && openTime <= this.#last) return;
    this.#last ??= openTime - this.#lengthMs;
    this.#beyond.add(openTime);
    while (this.#beyond.delete(this.#last + this.#lengthMs)) this.#last += this.#lengthMs;
  }
}
