import { type Interval, openTimeOf, previousOpenTime, type Symbol, type UnixMs } from "../core/mod.ts";
import type { Calculator } from "./calculator.ts";
import { FilterInput } from "./filter-input.ts";
import type { ClosedKlines } from "./kline-window.ts";
import type { MarketView } from "./market-view.ts";
import type { Skip } from "./skip.ts";
import { leastWindow } from "./windows.ts";

/** Sets of intervals and window lengths whose inputs are kept for one close; with one more, all are put together anew. */
const MAX_KEPT_SETS = 32;

/**
 * What filters see of each symbol at a close, or why it can't be asked. Filters that read the same windows are given the
 * same, for as long as the view says that nothing in it has moved; of a view that doesn't say so, nothing is kept.
 */
export class CloseInputs {
  readonly #view: MarketView;
  readonly #calculator: Calculator;
  readonly #kept: Map<string, Map<Symbol, FilterInput | Skip>> = new Map();
  #closeTime: number | undefined;
  #version: number | undefined;

  constructor(view: MarketView, calculator: Calculator) {
    this.#view = view;
    this.#calculator = calculator;
  }

  /** Gives back what answers for one symbol after the other. `windows`: how many klines of each interval the filter sees. */
  at(windows: ReadonlyMap<Interval, number>, closeTime: UnixMs): (symbol: Symbol) => FilterInput | Skip {
    const expected = [...windows].map(
      ([interval, klines]): Expected => ({ interval, klines, last: lastOpenTime(interval, closeTime) }),
    );
    const version = this.#view.version?.();
    const read = (symbol: Symbol): FilterInput | Skip => {
      const windows = windowsOf(this.#view, symbol, expected, closeTime);
      return windows instanceof Map
        ? new FilterInput(symbol, closeTime, undefined, windows, this.#calculator)
        : windows;
    };
    if (version === undefined) return read;
    const kept = this.#of([...windows].join(), closeTime, version);
    return (symbol) => {
      let input = kept.get(symbol);
      if (input === undefined) {
        input = read(symbol);
        kept.set(symbol, input);
      }
      return input;
    };
  }

  #of(set: string, closeTime: UnixMs, version: number): Map<Symbol, FilterInput | Skip> {
    if (this.#closeTime !== closeTime || this.#version !== version || this.#kept.size >= MAX_KEPT_SETS) {
      this.#kept.clear();
      this.#closeTime = closeTime;
      this.#version = version;
    }
    let kept = this.#kept.get(set);
    if (kept === undefined) {
      kept = new Map();
      this.#kept.set(set, kept);
    }
    return kept;
  }
}

/** What a filter is to see of an interval: so many klines, the last of which opened then. */
interface Expected {
  readonly interval: Interval;
  readonly klines: number;
  readonly last: UnixMs;
}

/** The open time of the last candle that ends at the close or before it. */
function lastOpenTime(interval: Interval, closeTime: UnixMs): UnixMs {
  return previousOpenTime(interval, openTimeOf(interval, closeTime + 1));
}

/**
 * The symbol's klines, or why it can't be asked. It must have what the close promises: of each interval the last candle
 * that ended by then, and no doubt about those before. Else an answer would change once they are there.
 */
function windowsOf(
  view: MarketView,
  symbol: Symbol,
  expected: readonly Expected[],
  closeTime: UnixMs,
): Map<Interval, ClosedKlines> | Skip {
  const windows = new Map<Interval, ClosedKlines>();
  const least = leastWindow(view.capacity);
  for (const { interval, klines: most, last: openTime } of expected) {
    const klines = view.closed(symbol, interval, closeTime, most);
    if (klines === undefined) return { symbol, reason: `its ${interval} klines are not kept here` };
    const last = klines.length === 0 ? undefined : klines.openTime[klines.length - 1];
    if (last !== openTime) return { symbol, reason: `its ${interval} candle that opened at ${openTime} is not there` };
    if (klines.cut && klines.length < least) {
      const reason = `of its ${interval} klines, older ones that were seen then are no longer kept`;
      return { symbol, reason, isCut: true };
    }
    if (!klines.settled) return { symbol, reason: `its ${interval} klines are not certain yet` };
    windows.set(interval, klines);
  }
  return windows;
}
