import {
  closeTimeOf,
  type Interval,
  InvalidInput,
  isOpenTime,
  marketsOf,
  openTimeOf,
  previousOpenTime,
  type StopSignal,
  type Symbol,
  type Ticker,
  type UnixMs,
} from "../core/mod.ts";
import { type AskedIntervals, type SeenWindows, windowsOf } from "./asked.ts";
import { Calculator } from "./calculator.ts";
import { CloseInputs } from "./close-inputs.ts";
import type { CodePlace, EngineName, Facts, FilterRun, FilterRunner, PreparedFilter } from "./filter.ts";
import { FilterInput } from "./filter-input.ts";
import type { MarketView } from "./market-view.ts";
import type { Skip } from "./skip.ts";
import { type Place, type Slice, WHOLE } from "./slice.ts";
import { shortWindows, windowFor } from "./windows.ts";

/** A screen stops after so many milliseconds; the symbols that it did not reach are errors. */
export const SCREEN_MS = 2_000;

/** A screen stops when this many symbols ran into a bound of time or memory: the others would, too. */
export const MAX_STOPPED_SYMBOLS = 3;

/** So many symbols of a compiled filter are run between two looks at the clock; of one in QuickJS, each is followed by one. */
const SYMBOLS_A_LOOK = 8;

/** The most runs of one symbol with longer windows: what a first one asks for may show others only when it is there. */
const MAX_WIDER_RUNS = 3;

/** What is to be screened. */
export interface ScreenRequest extends AskedIntervals {
  readonly code: string;
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
  /** What the answer is to be read with: indicators for which too few klines are kept. */
  readonly notes: readonly string[];
}

/** A part of a screen, and where the next one begins; undefined after the last. `milliseconds` are the part's own. */
export interface ScreenSlice extends ScreenResult {
  readonly next: Omit<Place, "back"> | undefined;
}

/** What a part of a close found, and where the next one begins. */
export interface ClosePart
  extends Pick<ScreenSlice, "matches" | "checked" | "skipped" | "errors" | "handedOver" | "next"> {
  /** Symbols of which the filter saw fewer klines than a run at the close did, as older ones are no longer kept. */
  readonly shortened: number;
  /** Symbols for which the filter ran into a bound of time or memory, those of the parts before included. */
  readonly stopped: number;
}

/** Which part of a close is looked at, and until when; times are the stopwatch's. */
export interface CloseScan extends Omit<Place, "back"> {
  /** From here on no symbol is run. */
  readonly deadline: number;
  /** From here on it pauses. */
  readonly pauseAt: number;
  /** It also pauses when its matches are more than so many bytes as JSON; whatever they are unless given. */
  readonly maxBytes?: number;
  /** The ticker of a past close, or why there is none, for filters that read it; the view's unless given. */
  readonly tickerAt?: ((symbol: Symbol) => Ticker | Skip) | undefined;
  readonly signal?: StopSignal | undefined;
}

/** What a match is as JSON besides its symbol and its facts. */
const MATCH_BYTES = 25;

/** What a slice of a screen may bring, in bytes: reading more in one go would hold up the thread that asked. */
const MAX_SCREEN_SLICE_BYTES: number = 128 * 1024;

/** About how many bytes a match is as JSON. */
export function bytesOf({ symbol, facts }: Match): number {
  return MATCH_BYTES + symbol.length + (facts === undefined ? 0 : JSON.stringify(facts).length);
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
    const filter = this.parts.runner.prepare(request.code);
    try {
      const { capacity } = this.parts.view;
      const symbols = request.symbols ?? this.parts.view.symbols();
      const { interval, windows } = windowsOf(filter, request, capacity, marketsOf(symbols));
      checkClose(interval, request.closeTime);
      const deadline = started + SCREEN_MS - spentMs;
      const { symbol, stopped } = from;
      const {
        shortened: _,
        stopped: __,
        ...found
      } = this.close(filter, { ...request, windows }, symbols, request.closeTime, {
        deadline,
        pauseAt: started + sliceMs,
        ...(sliceMs === Number.POSITIVE_INFINITY ? {} : { maxBytes: MAX_SCREEN_SLICE_BYTES }),
        symbol,
        stopped,
        signal,
      });
      const milliseconds = rounded(this.parts.stopwatch() - started);
      const { engine, why } = filter;
      const notes = capacity === undefined ? [] : shortWindows(filter.study.longest, capacity);
      return { interval, closeTime: request.closeTime, ...found, milliseconds, engine, why, notes };
    } finally {
      filter.close();
    }
  }

  /** One close, whether now or in the past, or a part of it. */
  close(
    filter: PreparedFilter,
    { windows, facts }: Pick<SeenWindows, "windows"> & Pick<ScreenRequest, "facts">,
    symbols: readonly Symbol[],
    closeTime: UnixMs,
    {
      deadline,
      pauseAt,
      maxBytes = Number.POSITIVE_INFINITY,
      symbol: first,
      stopped: stoppedBefore,
      tickerAt,
      signal,
    }: CloseScan,
  ): ClosePart {
    const { stopwatch, view } = this.parts;
    const matches: Match[] = [];
    const skipped: Skip[] = [];
    const errors: Failure[] = [];
    let [checked, handedOver, stopped, shortened] = [0, 0, stoppedBefore, 0];
    let sinceLook = SYMBOLS_A_LOOK;
    let bytes = 0;
    let over = false;
    const found = (): Omit<ClosePart, "next"> => ({
      matches,
      checked,
      skipped,
      errors,
      handedOver,
      shortened,
      stopped,
    });
    const inputOf = this.#inputs.at(windows, closeTime);
    for (let at = first; at < symbols.length; at += 1) {
      const symbol = symbols[at] as Symbol;
      if (signal?.aborted) throw signal.reason;
      if (bytes > maxBytes) {
        return { ...found(), next: { symbol: at, stopped } };
      }
      // A compiled filter takes microseconds, and the clock nearly as long.
      if (sinceLook >= SYMBOLS_A_LOOK) {
        sinceLook = 0;
        const now = stopwatch();
        over = now > deadline;
        if (now > pauseAt && at > first && !over) {
          return { ...found(), next: { symbol: at, stopped } };
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
      let ticker: Ticker | undefined;
      if (filter.readsTicker) {
        // Made from a day of klines where the exchange sent none, so only for filters that read it.
        const known = tickerAt === undefined ? (view.ticker(symbol) ?? noTicker(symbol)) : tickerAt(symbol);
        if ("reason" in known) {
          skipped.push(known);
          continue;
        }
        ticker = known;
      }
      const ran = filter.study.mayLookFurther
        ? this.#runWide(filter, seen, ticker, windows)
        : runOnce(filter, seen, ticker);
      if (!("outcome" in ran)) {
        skipped.push(ran);
        continue;
      }
      const { outcome, engine, input } = ran;
      if (input.isShortened) shortened += 1;
      checked += 1;
      if (engine !== filter.engine) handedOver += 1;
      sinceLook += engine === "compiled" ? 1 : SYMBOLS_A_LOOK;
      switch (outcome.kind) {
        case "match": {
          const match = facts === false || outcome.facts === undefined ? { symbol } : { symbol, facts: outcome.facts };
          matches.push(match);
          if (maxBytes !== Number.POSITIVE_INFINITY) bytes += bytesOf(match);
          break;
        }
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
    return { ...found(), next: undefined };
  }

  /**
   * Runs a filter whose indicators have arguments that only a run shows. If one looks back further than its klines reach, it is run
   * anew with a longer window, and only the last run counts: so what it sees depends on nothing but its code and the market.
   */
  #runWide(
    filter: PreparedFilter,
    seen: FilterInput,
    ticker: Ticker | undefined,
    windows: ReadonlyMap<Interval, number>,
  ): Ran | Skip {
    // Other filters share the input, and left what they lacked.
    seen.takeWanted();
    let ran = runOnce(filter, seen, ticker);
    let present = windows;
    for (let turn = 0; turn < MAX_WIDER_RUNS; turn += 1) {
      // One that took too long once isn't given more klines to take longer with.
      if (ran.outcome.kind === "stopped") return ran;
      const wanted = ran.input.takeWanted();
      const wider = wanted === undefined ? undefined : widened(present, wanted, this.parts.view.capacity);
      if (wider === undefined) return ran;
      const input = this.#inputs.at(wider, seen.closeTime)(seen.symbol);
      if (!(input instanceof FilterInput)) return input;
      present = wider;
      input.takeWanted();
      ran = runOnce(filter, input, ticker);
    }
    return ran;
  }
}

/** A run, and what it saw. */
interface Ran extends FilterRun {
  readonly input: FilterInput;
}

function runOnce(filter: PreparedFilter, seen: FilterInput, ticker: Ticker | undefined): Ran {
  const input = ticker === undefined ? seen : seen.withTicker(ticker);
  return { ...filter.run(input), input };
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

function noTicker(symbol: Symbol): Skip {
  return { symbol, reason: "no ticker of it has arrived yet" };
}

function notRun(becauseStopped: boolean): string {
  const why = becauseStopped
    ? `the filter was stopped for ${MAX_STOPPED_SYMBOLS} symbols before this one`
    : `the time for all symbols, ${SCREEN_MS} ms, was over`;
  return `not run: ${why}`;
}

/** The windows with those that are too short made longer; undefined if none can be. */
function widened(
  windows: ReadonlyMap<Interval, number>,
  wanted: ReadonlyMap<Interval, number>,
  capacity: number | undefined,
): ReadonlyMap<Interval, number> | undefined {
  const wider = new Map(windows);
  for (const [interval, klines] of wanted) {
    const before = windows.get(interval);
    if (before !== undefined) wider.set(interval, Math.max(before, windowFor(klines, capacity)));
  }
  return [...wider].some(([interval, klines]) => klines !== windows.get(interval)) ? wider : undefined;
}
