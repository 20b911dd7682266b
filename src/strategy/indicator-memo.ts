import type { ClosedKlines } from "./kline-window.ts";

/** Results that one window of klines keeps; what comes on top is computed each time. At 250 klines, 2 kB each at most. */
export const MAX_RESULTS_PER_WINDOW = 48;

/**
 * Results by the klines that they come from and the expression that they come about by, so that a thousand filters that ask
 * for RSI 14 compute it once. They go when their klines go: a series that moved on has a new window.
 */
export class IndicatorMemo {
  readonly #byWindow: WeakMap<ClosedKlines, Map<string, readonly Float64Array[]>> = new WeakMap();

  /** The results under the key, computed unless they are kept. */
  get(klines: ClosedKlines, key: string, compute: () => readonly Float64Array[]): readonly Float64Array[] {
    let results = this.#byWindow.get(klines);
    if (results === undefined) {
      results = new Map();
      this.#byWindow.set(klines, results);
    }
    const kept = results.get(key);
    if (kept !== undefined) return kept;
    const computed = compute();
    if (results.size < MAX_RESULTS_PER_WINDOW) results.set(key, computed);
    return computed;
  }
}
