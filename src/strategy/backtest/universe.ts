import type { PastBlock, Symbol } from "../../core/mod.ts";
import { dayOf } from "../day.ts";

/**
 * Which symbols a backtest asks about: all that the past has of the market, those that are named, or at each close the `top` ones by
 * quote volume of the `days` UTC days before the close's day.
 */
export type BacktestUniverse = "all" | readonly Symbol[] | TopUniverse;

/** The symbols that were traded most, as known at each close. */
export interface TopUniverse {
  readonly top: number;
  readonly days: number;
}

/** The quote volume of each UTC day of a range, for many symbols. */
export class DailyVolumes {
  readonly #firstDay: number;
  readonly #days: number;
  readonly #bySymbol: Map<Symbol, Float64Array> = new Map();

  /** `firstDay`: counted from 1970. */
  constructor(firstDay: number, days: number) {
    this.#firstDay = firstDay;
    this.#days = days;
  }

  add(symbol: Symbol, { length, columns: { openTime, quoteVolume } }: PastBlock): void {
    const volumes = this.#bySymbol.get(symbol) ?? new Float64Array(this.#days);
    this.#bySymbol.set(symbol, volumes);
    for (let row = 0; row < length; row += 1) {
      const day = dayOf(openTime[row] as number) - this.#firstDay;
      if (day >= 0 && day < this.#days) volumes[day] = (volumes[day] as number) + (quoteVolume[row] as number);
    }
  }

  /**
   * For each symbol the days on which it is among the `top` ones by the volume of the `days` days before: 1 where it is. The first day is
   * the one after the first `days`. A symbol without a trade in these days, or whose volume isn't known, isn't among them; of two with the
   * same volume, the first by name is. Pauses after each day.
   */
  *ranked({ top, days }: TopUniverse): Generator<void, ReadonlyMap<Symbol, Uint8Array>> {
    const symbols = [...this.#bySymbol.keys()].sort();
    const members = new Map(symbols.map((symbol) => [symbol, new Uint8Array(Math.max(0, this.#days - days))]));
    for (let day = days; day < this.#days; day += 1) {
      const volumes = symbols
        .map((symbol) => ({ symbol, volume: this.#sum(symbol, day - days, day) }))
        .filter(({ volume }) => volume > 0)
        .sort((one, other) => other.volume - one.volume);
      for (const { symbol } of volumes.slice(0, top)) (members.get(symbol) as Uint8Array)[day - days] = 1;
      yield;
    }
    return members;
  }

  #sum(symbol: Symbol, from: number, to: number): number {
    const volumes = this.#bySymbol.get(symbol) as Float64Array;
    let sum = 0;
    for (let day = from; day < to; day += 1) sum += volumes[day] as number;
    return sum;
  }
}
