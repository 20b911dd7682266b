import {
  CHILD_OF,
  type Clock,
  candlesBetween,
  countOf,
  type Interval,
  type Kline,
  type MarketGaps,
  type MarketSink,
  nextOpenTime,
  type OpenTimeRange,
  openTimeOf,
  previousOpenTime,
  type Random,
  reasonOf,
  type Symbol,
  type SymbolTrouble,
  type UnixMs,
} from "../../core/mod.ts";
import { ExchangeError } from "./asking/exchange-error.ts";
import type { Lane } from "./asking/governor.ts";
import type { HistoryAsker } from "./asking/shared-history.ts";
import { Backoff } from "./line/backoff.ts";
import { answeredRanges, type RefusedRow } from "./reading/judged-rows.ts";

/** REST calls that wait for their answer at the same time; their number is bound by the governor anyway. */
const WORKERS = 8;

/** Of the workers, those that never take a warm-up: it may hold the others for a minute, while it waits for weight. */
const REPAIRERS = 2;

/** Symbols whose missing klines are counted at a time: 15 intervals of 50 symbols take 5 ms. */
const MAX_COUNTED_SYMBOLS = 50;

/** How long a symbol whose repair failed waits before it is tried again. */
const RETRY = { firstMs: 2_000, longestMs: 60_000 } as const;

/** How many failures in a row make a symbol one that nobody waits for any more; it is asked again all the same. */
const EXCUSED_AFTER = 3;

/** What the repair needs of the feed that it works for. */
export interface RepairContext {
  readonly rest: HistoryAsker;
  readonly gaps: MarketGaps;
  readonly sink: MarketSink;
  /** The exchange's clock, as far as the feed knows. */
  marketTime(): UnixMs;
  /** Counts the cuts that a symbol's stream has had: an answer to a question from before a cut settles nothing after it. */
  cuts(symbol: Symbol): number;
  /** Counts the closed candles of a symbol that the exchange corrected by itself: an answer to a question from before has the old figures. */
  corrections(symbol: Symbol): number;
  /** Whether the symbol is still asked for: followed, and not delisted. */
  wants(symbol: Symbol): boolean;
  /** A symbol's history was read, as far as the exchange has it now. */
  done(symbol: Symbol): void;
  /** A symbol couldn't be read whole; it will be asked again. */
  failed(symbol: Symbol, reason: string): void;
  /** A symbol fails again and again while others are answered: the start shouldn't wait for it. */
  excuse(symbol: Symbol): void;
  /** The exchange says that it doesn't know the symbol, now or any more. */
  unknown(symbol: Symbol): void;
  readonly clock: Pick<Clock, "sleep">;
  readonly random: Random;
}

/** A symbol that failed, until it is read whole. */
interface Trouble {
  readonly backoff: Backoff;
  reason: string;
  /** Whether it will be asked again by itself; then another failure sets no second timer. */
  isDue: boolean;
  /** How many questions of all symbols had been answered well when it failed first. */
  readonly answeredBefore: number;
}

/**
 * Fills what the memory calls missing by asking REST, symbol by symbol, shorter intervals first: most longer candles
 * follow from those without a question. The first warm-up, the time after a cut and a skipped minute are all this.
 *
 * A symbol that fails is asked again with back-off until it is whole or isn't followed any more, for any reason: no
 * answer, rows that were refused, or a symbol that the exchange doesn't know for the moment. It holds up no other.
 */
export class Repair {
  readonly #context: RepairContext;
  readonly #waiting: Map<Symbol, Lane> = new Map();
  readonly #working: Set<Symbol> = new Set();
  readonly #troubles: Map<Symbol, Trouble> = new Map();
  readonly #wake: Set<() => void> = new Set();
  /** How many questions were asked since the start, and how many symbols had to be tried again. */
  readonly counts: { asked: number; failed: number } = { asked: 0, failed: 0 };
  #answered = 0;

  constructor(context: RepairContext) {
    this.#context = context;
  }

  /** Symbols that wait or are being worked on. */
  get pending(): number {
    return this.#waiting.size + this.#working.size;
  }

  /**
   * About how many questions the symbols that wait or are being worked on still take: longer candles may follow from shorter ones. Of many
   * symbols some are counted, and stand for the others.
   */
  get callsLeft(): number {
    const symbols = [...new Set([...this.#waiting.keys(), ...this.#working])];
    const counted = symbols.filter((_, index) => index % Math.ceil(symbols.length / MAX_COUNTED_SYMBOLS) === 0);
    const calls = counted.reduce((sum, symbol) => sum + this.#callsFor(symbol), 0);
    return Math.ceil((calls * symbols.length) / Math.max(1, counted.length));
  }

  #callsFor(symbol: Symbol): number {
    const { gaps, rest, marketTime } = this.#context;
    const now = marketTime();
    let calls = 0;
    for (const interval of gaps.intervals) {
      const rows = rest.rowsOf(interval);
      for (const range of questions(interval, gaps.missing(symbol, interval, now), rows)) {
        calls += answers(interval, range, rows);
      }
    }
    return calls;
  }

  /** The symbols that couldn't be read whole, with why. */
  get troubles(): readonly SymbolTrouble[] {
    return [...this.#troubles].map(([symbol, { reason }]) => ({ symbol, reason }));
  }

  /** Asks for a symbol to be looked at; again and again costs nothing. */
  want(symbol: Symbol, lane: Lane): void {
    if (lane === "repair" || !this.#waiting.has(symbol)) this.#waiting.set(symbol, lane);
    for (const wake of [...this.#wake]) wake();
  }

  /** A symbol isn't followed any more. */
  forget(symbol: Symbol): void {
    this.#waiting.delete(symbol);
    this.#troubles.delete(symbol);
  }

  /** Works until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(Array.from({ length: WORKERS }, (_, index) => this.#work(index < REPAIRERS, signal)));
  }

  async #work(onlyUrgent: boolean, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const next = this.#take(onlyUrgent);
      if (next === undefined) {
        await this.#sleepUntilWanted(signal);
        continue;
      }
      const [symbol, lane] = next;
      this.#working.add(symbol);
      try {
        const refused: RefusedRow[] = [];
        for (const interval of this.#context.gaps.intervals) {
          refused.push(...(await this.#fill(symbol, interval, lane, signal)));
        }
        // What was refused stays in doubt; all the rest of the history is there, and nobody needs to wait.
        this.#context.done(symbol);
        if (refused.length === 0) this.#troubles.delete(symbol);
        else {
          this.#context.failed(symbol, refusedInWords(refused));
          this.#retry(symbol, lane, refusedInWords(refused), signal);
        }
      } catch (cause) {
        if (signal.aborted) return;
        this.#fail(symbol, lane, cause, signal);
      } finally {
        this.#working.delete(symbol);
      }
    }
  }

  #fail(symbol: Symbol, lane: Lane, cause: unknown, signal: AbortSignal): void {
    // The list says whether it is delisted. While it is listed it is asked again: it may be unknown for seconds only.
    if (cause instanceof ExchangeError && cause.isUnknownSymbol) this.#context.unknown(symbol);
    this.#context.failed(symbol, reasonOf(cause));
    this.#retry(symbol, lane, cause instanceof ExchangeError ? cause.says : "its history can't be read", signal);
    const trouble = this.#troubles.get(symbol);
    if (trouble === undefined || trouble.backoff.failures < EXCUSED_AFTER) return;
    const isItsOwn = cause instanceof ExchangeError && cause.isOfQuestion;
    if (isItsOwn || this.#answered > trouble.answeredBefore) this.#context.excuse(symbol);
  }

  #retry(symbol: Symbol, lane: Lane, reason: string, signal: AbortSignal): void {
    const { clock, random, wants } = this.#context;
    if (!wants(symbol)) return;
    const trouble = this.#troubles.get(symbol) ?? {
      backoff: new Backoff(RETRY, random),
      reason,
      isDue: false,
      answeredBefore: this.#answered,
    };
    trouble.reason = reason;
    this.#troubles.set(symbol, trouble);
    this.counts.failed += 1;
    if (trouble.isDue) return;
    trouble.isDue = true;
    clock.sleep(trouble.backoff.next(), signal).then(
      () => {
        trouble.isDue = false;
        if (this.#troubles.get(symbol) === trouble) this.want(symbol, lane);
      },
      () => {},
    );
  }

  #take(onlyUrgent: boolean): [Symbol, Lane] | undefined {
    for (const urgent of onlyUrgent ? [true] : [true, false]) {
      for (const [symbol, lane] of this.#waiting) {
        if (this.#working.has(symbol) || (urgent && lane !== "repair")) continue;
        this.#waiting.delete(symbol);
        return [symbol, lane];
      }
    }
    return undefined;
  }

  /** Asks for all that is missing of a series. Returns the rows that weren't believed. */
  async #fill(symbol: Symbol, interval: Interval, lane: Lane, signal: AbortSignal): Promise<readonly RefusedRow[]> {
    const { gaps, rest, sink } = this.#context;
    const marketTime = this.#context.marketTime();
    const ranges = questions(interval, gaps.missing(symbol, interval, marketTime), rest.rowsOf(interval));
    const newest = ranges.at(-1)?.to;
    if (newest === undefined) return [];
    const cuts = this.#context.cuts(symbol);
    const refused: RefusedRow[] = [];
    for (const range of ranges) {
      for (let page: OpenTimeRange | undefined = range; page !== undefined; ) {
        this.counts.asked += 1;
        const corrections = this.#context.corrections(symbol);
        const rows = await rest.klines(symbol, interval, page, marketTime, lane, signal);
        this.#answered += 1;
        if (this.#context.marketTime() < marketTime) {
          // The clock was set back meanwhile: which candles are over was judged by a wrong time.
          this.want(symbol, lane);
          return refused;
        }
        if (this.#context.corrections(symbol) !== corrections) continue;
        refused.push(...rows.refused);
        const { from } = rows.answered;
        const answer = { from, to: certainUpTo(interval, rows.answered, rows.klines, marketTime) };
        for (const answered of answeredRanges(interval, answer, rows)) {
          sink({ type: "history", symbol, interval, ...answered, askedAt: marketTime });
        }
        page = restOf(interval, page, rows.answered);
      }
    }
    if (this.#context.cuts(symbol) !== cuts) {
      sink({ type: "gap", symbol, interval, from: newest, reason: "cut while the answer was under way" });
    }
    return refused;
  }

  #sleepUntilWanted(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#wake.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#wake.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
  }
}

/** What of a page an answer left open, on the side that it doesn't speak for; undefined when that is nothing. */
function restOf(interval: Interval, page: OpenTimeRange, answered: OpenTimeRange): OpenTimeRange | undefined {
  if (answered.to < page.to) return { from: nextOpenTime(interval, answered.to), to: page.to };
  if (answered.from > page.from) return { from: page.from, to: previousOpenTime(interval, answered.from) };
  return undefined;
}

/**
 * The last candle that an answer is certain about: one that wasn't over yet and isn't in it may come to be. A longer candle
 * that comes to be is rolled up from its minutes, so only the shortest intervals need that care; else a symbol that doesn't
 * trade would leave its present hour, day and month in doubt for as long as they last.
 */
function certainUpTo(interval: Interval, page: OpenTimeRange, klines: readonly Kline[], marketTime: UnixMs): UnixMs {
  const present = openTimeOf(interval, marketTime);
  const last = klines.at(-1)?.openTime ?? Number.NEGATIVE_INFINITY;
  if (page.to < present || CHILD_OF[interval] !== undefined) return page.to;
  return Math.min(page.to, Math.max(last, previousOpenTime(interval, present))) as UnixMs;
}

function refusedInWords(refused: readonly RefusedRow[]): string {
  const reasons = [...new Set(refused.map(({ reason }) => reason))].join(", ");
  return `${countOf(refused.length, "row")} of its history refused: ${reasons}`;
}

/**
 * The ranges to ask for, oldest first. Neighbours become one, with what is certain between them, where that takes no more
 * answers of so many rows than asking for each.
 */
export function questions(
  interval: Interval,
  missing: readonly OpenTimeRange[],
  rows: number,
): readonly OpenTimeRange[] {
  const asked: OpenTimeRange[] = [];
  for (const range of missing) {
    const before = asked.at(-1);
    const both = before === undefined ? undefined : { from: before.from, to: range.to };
    if (before === undefined || both === undefined) asked.push(range);
    else if (answers(interval, both, rows) > answers(interval, before, rows) + answers(interval, range, rows))
      asked.push(range);
    else asked[asked.length - 1] = both;
  }
  return asked;
}

/** How many answers of so many rows a range takes at most. */
function answers(interval: Interval, { from, to }: OpenTimeRange, rows: number): number {
  return Math.ceil((candlesBetween(interval, from, to) + 1) / rows);
}
