import type { UnixMs } from "../../core/mod.ts";

/** A live signal whose outcomes are stored: for each horizon the return in percent without fees; null where it isn't known. */
export interface LiveSignal {
  readonly closeTime: UnixMs;
  readonly returns: readonly (number | null)[];
}

/** Signals that a trader gave, in place of those that a filter would have given: then a backtest finds their baseline. */
export interface LiveSignals {
  /** The closes that the trader ran at: the baseline is of these alone. */
  readonly closes: readonly UnixMs[];
  readonly signals: readonly LiveSignal[];
}

/** Which of the closes from the first one on are among those that the trader ran at: 1 where it is. */
export function closesRun({ closes }: LiveSignals, count: number, placeOf: (closeTime: UnixMs) => number): Uint8Array {
  const run = new Uint8Array(count);
  for (const closeTime of closes) {
    const place = placeOf(closeTime);
    if (place >= 0 && place < count) run[place] = 1;
  }
  return run;
}
