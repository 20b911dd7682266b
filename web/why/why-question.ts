import { addCandles, closeTimeOf, type Interval, openTimeOf, type UnixMs } from "../../src/core/mod.ts";

/** The filter that a question is about: a trader's as the server has it, or code as it stands in the editor. */
export type WhyFilter =
  | {
      readonly kind: "trader";
      readonly id: string;
      /** The version that gave the signal which is asked about; undefined where there is none. */
      readonly version?: number | undefined;
    }
  | { readonly kind: "code"; readonly code: string; readonly timeframes: readonly Interval[] };

/** What is to be explained: one symbol at one close. */
export interface WhyQuestion {
  readonly symbol: string;
  /** Whose close it is. A trader that runs at another interval is asked about its own last close up to this one. */
  readonly interval: Interval;
  /** The last millisecond of a candle; undefined for the newest close. */
  readonly closeTime: number | undefined;
  /** Undefined where the user has to choose a trader. */
  readonly filter: WhyFilter | undefined;
}

/** Asks why a filter matched a symbol at a close or not. */
export type AskWhy = (symbol: string, interval: Interval, closeTime: number | undefined) => void;

/** The last close of an interval up to a moment. */
export function closeUpTo(interval: Interval, moment: number): UnixMs {
  return (openTimeOf(interval, moment + 1) - 1) as UnixMs;
}

/** The close so many candles later than one; earlier if negative. */
export function closeBeside(interval: Interval, closeTime: number, by: number): UnixMs {
  return closeTimeOf(interval, addCandles(interval, openTimeOf(interval, closeTime), by));
}
