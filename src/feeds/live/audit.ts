import {
  addCandles,
  type Clock,
  candlesBetween,
  type Interval,
  type MarketGaps,
  type MarketSink,
  millis,
  openTimeOf,
  type Random,
  type Symbol,
  type UnixMs,
} from "../../core/mod.ts";
import type { HistoryAsker } from "./asking/shared-history.ts";
import type { Followed } from "./followed.ts";
import { answeredRanges } from "./reading/judged-rows.ts";

/** A candle is audited when it closed at least this long ago: the exchange may still be settling a younger one. */
const SETTLED_AFTER_MS = 120_000;

/** What one answer reads again: so many klines of a series, after as many younger ones as some pages hold. */
interface Page {
  readonly symbol: Symbol;
  readonly interval: Interval;
  readonly pagesBack: number;
}

/** What the audit needs of the feed that it works for. */
export interface AuditContext {
  readonly rest: HistoryAsker;
  readonly gaps: MarketGaps;
  readonly sink: MarketSink;
  readonly clock: Pick<Clock, "sleep">;
  readonly random: Random;
  /** Between two questions, in local milliseconds. */
  readonly everyMs: number;
  followed(): readonly Followed[];
  /** Counts the closed candles of a symbol that the exchange corrected by itself: an answer to a question from before has the old figures. */
  corrections(symbol: Symbol): number;
  marketTime(): UnixMs;
  failed(cause: unknown): void;
}

/**
 * Reads series again from REST, slowly, in the lane behind all but warm-up: closed klines and roll-ups alike. A round covers all
 * that the store holds, an answer at a time, in another order each time. The answers are history events: the store finds, counts
 * and applies what the exchange restated.
 */
export class Audit {
  readonly #context: AuditContext;
  /** What is left of the present round. */
  #round: Page[] = [];
  /** How often every series was read again since the start. */
  rounds = 0;
  /** How many klines were read again since the start. */
  klines = 0;

  constructor(context: AuditContext) {
    this.#context = context;
  }

  /** Works until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, everyMs, failed } = this.#context;
    while (!signal.aborted) {
      await clock.sleep(millis(everyMs), signal).catch(() => {});
      if (signal.aborted) return;
      await this.#one(signal).catch((cause) => {
        if (!signal.aborted) failed(cause);
      });
    }
  }

  async #one(signal: AbortSignal): Promise<void> {
    const { rest, gaps, sink, marketTime, corrections } = this.#context;
    const next = this.#next();
    if (next === undefined) return;
    const { symbol, interval, pagesBack } = next;
    const held = gaps.span(symbol, interval);
    if (held === undefined) return;
    const askedAt = marketTime();
    const corrected = corrections(symbol);
    const newest = addCandles(interval, openTimeOf(interval, askedAt - SETTLED_AFTER_MS), -1);
    const rowsAtOnce = rest.rowsOf(interval);
    const to = addCandles(interval, Math.min(held.to, newest), -pagesBack * rowsAtOnce);
    const from = Math.max(held.from, addCandles(interval, to, -(rowsAtOnce - 1))) as UnixMs;
    if (from > to) return;
    const rows = await rest.klines(symbol, interval, { from, to }, askedAt, "audit", signal);
    // The clock was set back meanwhile: which candles are over was judged by a wrong time. The next round reads them again.
    if (marketTime() < askedAt || corrections(symbol) !== corrected) return;
    this.klines += rows.klines.length;
    for (const answered of answeredRanges(interval, { from, to }, rows)) {
      sink({ type: "history", symbol, interval, ...answered, askedAt });
    }
  }

  /** Draws one page of this round, or begins the next. */
  #next(): Page | undefined {
    const { rest, gaps, random, followed } = this.#context;
    if (this.#round.length === 0) {
      const warm = followed().filter(({ isWarm, delistedAt }) => isWarm && delistedAt === undefined);
      this.#round = warm.flatMap(({ symbol }) =>
        gaps.intervals.flatMap((interval) => pagesOf(gaps, symbol, interval, rest.rowsOf(interval))),
      );
      if (this.#round.length > 0) this.rounds += 1;
    }
    const at = Math.floor(random() * this.#round.length);
    const last = this.#round.pop();
    if (last === undefined || at >= this.#round.length) return last;
    const drawn = this.#round[at];
    this.#round[at] = last;
    return drawn;
  }
}

/** The pages of a series as it is now, of so many rows, the newest first. */
function pagesOf(gaps: MarketGaps, symbol: Symbol, interval: Interval, rows: number): Page[] {
  const held = gaps.span(symbol, interval);
  if (held === undefined) return [];
  const count = Math.ceil((candlesBetween(interval, held.from, held.to) + 1) / rows);
  return Array.from({ length: count }, (_, pagesBack) => ({ symbol, interval, pagesBack }));
}
