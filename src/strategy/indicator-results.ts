import type { Column } from "./column.ts";
import type { Indicator } from "./indicators/indicator.ts";

/** Results that come from one window of klines and are kept; what comes on top is computed each time. At 250 klines, 2 kB each at most. */
export const MAX_RESULTS_PER_WINDOW = 48;

/** What tells the results of one indicator over one input apart: its only parameter, or all that it was given, in words. */
export type ResultKey = number | string;

/**
 * What indicators made of one column or window, kept beside it: so a thousand filters that ask for RSI 14 compute it once,
 * and finding it makes no text. It goes when its klines go: a series that moved on has a new window.
 */
export class IndicatorResults {
  readonly #byIndicator: Map<Indicator, Map<ResultKey, readonly Column[]>> = new Map();

  get(indicator: Indicator, key: ResultKey): readonly Column[] | undefined {
    return this.#byIndicator.get(indicator)?.get(key);
  }

  set(indicator: Indicator, key: ResultKey, columns: readonly Column[]): void {
    let byKey = this.#byIndicator.get(indicator);
    if (byKey === undefined) {
      byKey = new Map();
      this.#byIndicator.set(indicator, byKey);
    }
    byKey.set(key, columns);
  }
}
