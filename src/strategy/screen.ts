import {
  closeTimeOf,
  INTERVALS,
  type Interval,
  InvalidInput,
  isOpenTime,
  openTimeOf,
  previousOpenTime,
  type StopSignal,
  type Symbol,
  type Ticker,
  type UnixMs,
} from "../core/mod.ts";
import { Calculator } from "./calculator.ts";
import { CloseInputs } from "./close-inputs.ts";
import type { CodePlace, EngineName, Facts, FilterRunner, PreparedFilter } from "./filter.ts";
import { FilterInput } from "./filter-input.ts";
import type { ClosedKlines } from "./kline-window.ts";
import type { MarketView } from "./market-view.ts";
import type { Skip } from "./skip.ts";
import { type Place, type Slice, WHOLE } from "./slice.ts";

/** A screen stops after so many milliseconds; the symbols that it did not reach are errors. */
export const SCREEN_MS = 2_000;

/** A screen stops when this many symbols ran into a bound of time or memory: the others would, too. */
export const MAX_STOPPED_SYMBOLS = 3;

/** So many symbols of a compiled filter are run between two looks at the clock; of one in QuickJS, each is followed by one. */
const SYMBOLS_A_LOOK = 8;

/** What is to be screened. */
export interface ScreenRequest {
  readonly code: string;
  /** The intervals that the filter reads, at least one. */
  readonly timeframes: readonly Interval[];
  /** The interval whose close this is; the shortest of the timeframes unless given. */
  readonly interval?: Interval | undefined;
  /** The close: the last millisecond of a candle of that interval. */
  readonly closeTime: UnixMs;
  /** All unless given. */
  readonly symbols?: readonly Symbol[] | undefined;
  /** Whether matches come with their facts; they do unless it is false. */
  readonly facts?: boolean | undefined;
}

/** A symbol for which the filter is true. */
export interface Match {
  readonly symbol: Symbol;
  readonly facts?: Facts | undefined;
}

/** A symbol for which the filter failed, and where in its code. */
export interface Failure extends Partial<CodePlace> {
  readonly symbol: Symbol;
  readonly message: string;
}

/** What a screen found. */
export interface ScreenResult {
  readonly interval: Interval;
  readonly closeTime: UnixMs;
  readonly matches: readonly Match[];
  /** Symbols for which the filter was run, whatever came of it. */
  readonly checked: number;
  readonly skipped: readonly Skip[];
  readonly errors: readonly Failure[];
  readonly milliseconds: number;
  /** The engine that took the filter and why, and for how many symbols it handed over to the other one. */
  readonly engine: EngineName;
  readonly why: string;
  readonly handedOver: number;
}

/** A part of a screen, and where the next one begins; undefined after the last. `milliseconds` are the part's own. */
export interface ScreenSlice extends ScreenResult {
  readonly next: Omit<Place, "back"> | undefined;
}

/** What a part of a close found, and where the next one begins. */
export type ClosePart = Pick<ScreenSlice, "matches" | "checked" | "skipped" | "errors" | "handedOver" | "next">;

/** Which part of a close is looked at, and until when; times are the stopwatch's. */
export interface CloseScan extends Omit<Place, "back"> {
  /** From here on no symbol is run. */
  readonly deadline: number;
  /** From here on it pauses. */
  readonly pauseAt: number;
  /** The ticker of a past close, for filters that read it; the view's unless given. */
  readonly tickerAt?:
    | ((symbol: Symbol, windows: ReadonlyMap<Interval, ClosedKlines>) => Ticker | undefined)
    | undefined;
  readonly signal?: StopSignal | undefined;
}

/** Screens a market. What the traders and the routes ask of whoever does it, in this process or in another. */
export interface Screener {
  /** Rejects with FilterCodeFault or InvalidInput when the request can't be meant, and with the signal's reason when that is aborted. */
  screen(request: ScreenRequest, signal?: StopSignal): Promise<ScreenResult>;
}

/** What screening is done with. */
export interface ScreeningParts {
  readonly view: MarketView;
  readonly runner: FilterRunner;
  /** Milliseconds that the thread has worked, or that pass where a runtime can't tell: for bounds and figures. */
  readonly stopwatch: () => number;
}

/** Runs filters over a market: one close of all symbols at a time. */
export class Screening {
  readonly parts: ScreeningParts;
  readonly #inputs: CloseInputs;

  constructor(parts: ScreeningParts) {
    this.parts = parts;
    this.#inputs = new CloseInputs(parts.view, new Calculator());
  }

  /** Runs a filter over symbols at one close. Throws as {@link Screener} rejects. */
  screen(request: ScreenRequest, signal?: StopSignal): ScreenResult {
    const { next: _, ...result } = this.slice(request, WHOLE, signal);
    return result;
  }

  /** Runs a part of a screen. `ScreenRun` says which one, and joins the parts. Throws as `screen` does. */
  slice(request: ScreenRequest, { from, spentMs, sliceMs }: Slice, signal?: StopSignal): ScreenSlice {
    const started = this.parts.stopwatch();
    const interval = triggerOf(request);
    checkClose(interval, request.closeTime);
    const filter = this.parts.runner.prepare(request.code);
    try {
      const deadline = started + SCREEN_MS - spentMs;
      const symbols = request.symbols ?? this.parts.view.symbols();
      const { symbol, stopped } = from;
      const found = this.close(filter, request, symbols, request.closeTime, {
        deadline,
        pauseAt: started + sliceMs,
        symbol,
        stopped,
        signal,
      });
      const milliseconds = rounded(this.parts.stopwatch() - started);
      const { engine, why } = filter;
      return { interval, closeTime: request.closeTime, ...found, milliseconds, engine, why };
    } finally {
      filter.close();
    }
  }

  /** One close, whether now or in the past, or a part of it. */
  close(
    filter: PreparedFilter,
    { timeframes, facts }: Pick<ScreenRequest, "timeframes" | "facts">,
    symbols: readonly Symbol[],
    closeTime: UnixMs,
    { deadline, pauseAt, symbol: first, stopped: stoppedBefore, tickerAt, signal }: CloseScan,
  ): ClosePart {
    const { stopwatch, view } = this.parts;
    const matches: Match[] = [];
    const skipped: Skip[] = [];
    const errors: Failure[] = [];
    let [checked, handedOver, stopped] = [0, 0, stoppedBefore];
    let sinceLook = SYMBOLS_A_LOOK;
    let over = false;
    const inputOf = this.#inputs.at(timeframes, closeTime);
    for (let at = first; at < symbols.length; at += 1) {
      const symbol = symbols[at] as Symbol;
      if (signal?.aborted) throw signal.reason;
      // A compiled filter takes microseconds, and the clock nearly as long.
      if (sinceLook >= SYMBOLS_A_LOOK) {
        sinceLook = 0;
        const now = stopwatch();
        over = now > deadline;
        if (now > pauseAt && at > first && !over) {
          return { matches, checked, skipped, errors, handedOver, next: { symbol: at, stopped } };
        }
      }
      if (stopped >= MAX_STOPPED_SYMBOLS || over) {
        errors.push({ symbol, message: notRun(stopped >= MAX_STOPPED_SYMBOLS) });
        continue;
      }
      const seen = inputOf(symbol);
      if (!(seen instanceof FilterInput)) {
        skipped.push(seen);
        continue;
      }
      let input = seen;
      if (filter.readsTicker) {
        // Made from a day of klines where the exchange sent none, so only for filters that read it.
        const ticker = tickerAt === undefined ? view.ticker(symbol) : tickerAt(symbol, seen.windows);
        if (ticker === undefined) {
          skipped.push({ symbol, reason: "no ticker of it has arrived yet" });
          continue;
        }
        input = seen.withTicker(ticker);
      }
      const { outcome, engine } = filter.run(input);
      checked += 1;
      if (engine !== filter.engine) handedOver += 1;
      sinceLook += engine === "compiled" ? 1 : SYMBOLS_A_LOOK;
      switch (outcome.kind) {
        case "match":
          matches.push(facts === false || outcome.facts === undefined ? { symbol } : { symbol, facts: outcome.facts });
          break;
        case "no_match":
          break;
        case "skipped":
          checked -= 1;
          skipped.push({ symbol, reason: outcome.reason, interval: outcome.interval, wanted: outcome.wanted });
          break;
        case "stopped":
          stopped += 1;
          errors.push({ symbol, message: outcome.message });
          break;
        case "error":
          errors.push({ symbol, message: outcome.message, ...outcome.place });
          break;
      }
    }
    return { matches, checked, skipped, errors, handedOver, next: undefined };
  }
}

/** The interval whose closes a request is about. Throws {@link InvalidInput} without any. */
export function triggerOf({ timeframes, interval }: Pick<ScreenRequest, "timeframes" | "interval">): Interval {
  const trigger = interval ?? INTERVALS.find((one) => timeframes.includes(one));
  if (trigger === undefined || timeframes.length === 0) {
    throw new InvalidInput("timeframes is empty: expected the intervals that the filter reads, for example 1m and 1h");
  }
  return trigger;
}

/** Throws {@link InvalidInput} unless a candle of the interval ends with this moment. */
export function checkClose(interval: Interval, closeTime: UnixMs): void {
  if (isOpenTime(interval, closeTime + 1)) return;
  const before = closeTimeOf(interval, previousOpenTime(interval, openTimeOf(interval, closeTime)));
  throw new InvalidInput(
    `${closeTime} is not the close of a ${interval} candle: expected its last millisecond, for example ${before}`,
  );
}

/** Milliseconds as they are told, to the microsecond. */
export function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1_000) / 1_000;
}

function notRun(becauseStopped: boolean): string {
  const why = becauseStopped
    ? `the filter was stopped for ${MAX_STOPPED_SYMBOLS} symbols before this one`
    : `the time for all symbols, ${SCREEN_MS} ms, was over`;
  return `not run: ${why}`;
}
