import { addCandles, closeTimeOf, openTimeOf, reasonOf, type StopSignal, type UnixMs, VyxError } from "../core/mod.ts";
import { SIGNAL_HORIZONS, type SignalOutcome } from "../wire/mod.ts";
import type { Schedule } from "./execution.ts";
import type { DueRun, DueSignal, NextLook, OutcomesTable } from "./outcomes-table.ts";
import type { MarketDataSource, OutcomeSource, TraderLog } from "./ports.ts";

/** Signals whose outcomes are computed and stored together: some milliseconds of the database. */
const SIGNALS_AT_A_TIME = 200;

/** What a filler is made of. */
export interface OutcomeFillerParts {
  readonly table: Pick<OutcomesTable, "waiting" | "due" | "store" | "settle">;
  readonly source: OutcomeSource;
  readonly market: Pick<MarketDataSource, "closes" | "markets">;
  readonly log: TraderLog;
}

/** How a filler works. */
export interface FillOptions {
  /** Times that it takes {@link SIGNALS_AT_A_TIME} signals at most, or a few more: the signals of a run are taken together. */
  readonly most: number;
  /** Awaited before each time: signals go first. */
  readonly turn?: (() => Promise<void>) | undefined;
  readonly signal?: StopSignal | undefined;
}

/**
 * Stores what became of the price after signals, once the candles have closed. All that it knows is in the database: any number of fillers may
 * work on it, and end at any moment; each outcome is stored once. What was missed in an absence is made up for, the oldest first.
 */
export class OutcomeFiller {
  readonly #parts: OutcomeFillerParts;
  /** Outcomes that this filler stored since the start. */
  stored = 0;

  constructor(parts: OutcomeFillerParts) {
    this.#parts = parts;
  }

  /** Stores what is due, within bounds. Gives back whether all of it is done. Rejects where the database or the market can't be reached. */
  async fill(options: FillOptions): Promise<boolean> {
    const { table, market } = this.#parts;
    const waiting = await table.waiting();
    const served = waiting.length === 0 ? [] : await market.markets?.();
    let left = options.most;
    for (const schedule of waiting) {
      if (served?.includes(schedule.market) === false) continue;
      const now = await this.#marketTime(schedule);
      if (now === undefined) continue;
      left = await this.#fillOf(schedule, now, { ...options, most: left });
      if (left <= 0) return false;
    }
    return true;
  }

  /** Stores what is due of one market and interval. Gives back how many times are left; none where there may be more. */
  async #fillOf(schedule: Schedule, now: UnixMs, { most, turn, signal }: FillOptions): Promise<number> {
    const { table } = this.#parts;
    let left = most;
    while (left > 0) {
      await turn?.();
      if (signal?.aborted === true) return 0;
      const due = await table.due(schedule, now, SIGNALS_AT_A_TIME);
      if (due.length === 0) return left;
      left -= await this.#fillRuns(due, now, { turn, signal });
    }
    return 0;
  }

  /** Stores what is known of some runs. Gives back how many times it took. */
  async #fillRuns(
    runs: readonly DueRun[],
    now: UnixMs,
    { turn, signal }: Pick<FillOptions, "turn" | "signal">,
  ): Promise<number> {
    const { table, source } = this.#parts;
    const signals = runs.flatMap((run) => run.signals);
    const nextOf = new Map<number, UnixMs | undefined>();
    for (let first = 0; first < signals.length; first += SIGNALS_AT_A_TIME) {
      if (first > 0) await turn?.();
      const some = signals.slice(first, first + SIGNALS_AT_A_TIME);
      const outcomes = await source.outcomes(some, { signal });
      const found = some.map(({ id }, at) => ({ id, outcomes: (outcomes[at] ?? []).filter(isFinal) }));
      this.stored += await table.store(found);
      for (const [at, one] of some.entries()) nextOf.set(one.id, dueAfter(one, outcomes[at] ?? [], now));
    }
    const looks = runs.map((run): NextLook => {
      const next = run.signals.map(({ id }) => nextOf.get(id)).filter((moment) => moment !== undefined);
      return { id: run.id, dueAt: next.length === 0 ? undefined : (Math.min(...next) as UnixMs) };
    });
    await table.settle(looks);
    return Math.max(1, Math.ceil(signals.length / SIGNALS_AT_A_TIME));
  }

  /** The market's time as its closes tell it; undefined while it can't be read: another market isn't held up by it. */
  async #marketTime({ market, interval }: Schedule): Promise<UnixMs | undefined> {
    try {
      const closes = await this.#parts.market.closes(undefined, market);
      if (closes[interval] === undefined) return undefined;
      return Object.values(closes).reduce<UnixMs | undefined>(
        (latest, close) => (close === undefined || (latest ?? 0) > close.closeTime ? latest : close.closeTime),
        undefined,
      );
    } catch (cause) {
      if (!(cause instanceof VyxError)) throw cause;
      this.#parts.log.warn(`outcomes of ${market} wait, because its closes can't be read now: ${reasonOf(cause)}`);
      return undefined;
    }
  }
}

function isFinal({ state }: SignalOutcome): boolean {
  return state !== "pending";
}

/** When a signal is looked at again: one whose candles should be there and aren't, with the next close of its market. */
function dueAfter({ interval, closeTime }: DueSignal, told: readonly SignalOutcome[], now: UnixMs): UnixMs | undefined {
  const next = told.find((outcome) => !isFinal(outcome))?.horizon;
  if (next === undefined && told.length === SIGNAL_HORIZONS.length) return undefined;
  const last = addCandles(interval, openTimeOf(interval, closeTime), next ?? 1);
  return Math.max(closeTimeOf(interval, last), now + 1) as UnixMs;
}
