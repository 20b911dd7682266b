import type { WireBacktestSignal } from "../../src/wire/mod.ts";

/** Signals that are kept for the list. */
export const MOST_SIGNALS = 200;

/** The newest signals of a backtest, which come symbol by symbol. */
export class NewestSignals {
  #kept: WireBacktestSignal[] = [];

  add(signal: WireBacktestSignal): void {
    this.#kept.push(signal);
    if (this.#kept.length >= 2 * MOST_SIGNALS) this.#kept = this.list();
  }

  /** At most {@link MOST_SIGNALS}, newest first; those of one close by symbol. */
  list(): WireBacktestSignal[] {
    return this.#kept.toSorted(newerFirst).slice(0, MOST_SIGNALS);
  }
}

function newerFirst(a: WireBacktestSignal, b: WireBacktestSignal): number {
  return b.closeTime - a.closeTime || (a.symbol < b.symbol ? -1 : 1);
}
