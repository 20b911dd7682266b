import { reasonOf, type Symbol, VyxError } from "../core/mod.ts";
import type { Signal, Trader } from "../wire/mod.ts";
import type { EngineDependencies } from "./engine.ts";
import { type Late, type LateExecution, nameOf, type Schedule } from "./execution.ts";
import { type Found, lateOutcomeOf, NOTHING, type Run, runOf } from "./found.ts";
import { marketAt, screenTrader, storeFound } from "./screen-trader.ts";
import type { OnStoredPart } from "./stored-matches.ts";

/** Late executions that are read in one go, in owners' turn; the rest have their turn at the next close or a minute later. */
const LATE_AT_A_TIME = 500;

/**
 * Owners whose late executions run at the same time, of all intervals together; each owner's run one after the other. With the runs of
 * closes that is well below the screener's places.
 */
const LATE_OWNERS_AT_A_TIME = 64;

/** What late runs are made of. */
export interface LateRunsParts extends Pick<EngineDependencies, "executions" | "market" | "screener" | "log"> {
  /** Adds signals to a run's as each part of it is stored, and publishes them. */
  readonly storing: (trader: Trader, signals: Signal[]) => OnStoredPart;
  /** Called with each run when it has ended. */
  readonly onRun: (run: Run) => void;
}

/** Runs symbols whose candle came after their trader's run: owners beside each other, each owner's executions in order. */
export class LateRuns {
  readonly #parts: LateRunsParts;
  /** Whose late executions of which market and interval run or wait for their turn. */
  readonly #underWay: Set<string> = new Set();
  readonly #turns: (() => void)[] = [];
  #running = 0;

  constructor(parts: LateRunsParts) {
    this.#parts = parts;
  }

  /** Runs late symbols of a market and interval, unless a call before does so already. Adds to `runs` each run that ends. */
  async run(of: Schedule, runs: Run[]): Promise<void> {
    const byOwner = new Map<string, LateExecution[]>();
    for (const late of await this.#parts.executions.late(of, LATE_AT_A_TIME)) {
      const ofOwner = byOwner.get(late.owner) ?? [];
      byOwner.set(late.owner, ofOwner);
      ofOwner.push(late);
    }
    const { market, interval } = of;
    await Promise.all(
      [...byOwner].map(([owner, lates]) => this.#inTurn(`${market} ${interval} ${owner}`, lates, runs)),
    );
  }

  async #inTurn(whose: string, lates: readonly LateExecution[], runs: Run[]): Promise<void> {
    if (this.#underWay.has(whose)) return;
    this.#underWay.add(whose);
    if (this.#running >= LATE_OWNERS_AT_A_TIME) await new Promise<void>((resolve) => this.#turns.push(resolve));
    else this.#running += 1;
    try {
      await this.#runAll(lates, runs);
    } finally {
      this.#underWay.delete(whose);
      // The place goes to the one that waits longest.
      const next = this.#turns.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  /** Runs an owner's late executions, trader by trader, so that each trader is read once and no two are in memory. */
  async #runAll(lates: readonly LateExecution[], runs: Run[]): Promise<void> {
    for (const [traderId, ofTrader] of Map.groupBy(lates, (late) => late.traderId)) {
      try {
        const trader = await this.#parts.executions.trader(traderId);
        if (trader !== undefined) await this.#runTrader(trader, ofTrader, runs);
      } catch (cause) {
        this.#parts.log.warn(`the late symbols of trader ${traderId} can't run yet: ${reasonOf(cause)}`);
      }
    }
  }

  async #runTrader(trader: Trader, lates: readonly LateExecution[], runs: Run[]): Promise<void> {
    const stillPending = new Set<Symbol>();
    for (const late of lates) {
      try {
        const run = await this.#runOne({ ...late, trader }, stillPending);
        if (run !== undefined) runs.push(run);
      } catch (cause) {
        // It waits for the next look, and nobody else's for it.
        this.#parts.log.warn(`${nameOf(late)} can't run its late symbols yet: ${reasonOf(cause)}`);
        for (const symbol of late.pending) stillPending.add(symbol);
      }
    }
  }

  /** Undefined where none of its symbols could be run yet. Rejects where that is to be tried again. */
  async #runOne(late: Late, stillPending: Set<Symbol>): Promise<Run | undefined> {
    const { executions, screener, storing, onRun } = this.#parts;
    const { trader } = late;
    const market = await marketAt(this.#parts, late, trader, late.pending, true);
    const waits = (symbol: Symbol): boolean => trader.cooldownCandles > 0 && stillPending.has(symbol);
    const tried = market.symbols.filter((symbol) => !waits(symbol));
    let screened: Found;
    try {
      screened = await screenTrader(screener, trader, late, market, tried);
    } catch (cause) {
      if (!(cause instanceof VyxError) || cause.retryable) throw cause;
      screened = { ...NOTHING, symbols: tried, errors: tried.map((symbol) => ({ symbol, message: cause.message })) };
    }
    const ran = tried.filter((symbol) => !screened.pending.includes(symbol));
    for (const symbol of late.pending) if (!ran.includes(symbol)) stillPending.add(symbol);
    if (ran.length === 0) return undefined;
    const signals: Signal[] = [];
    const { found } = await storeFound(executions, late, screened, (one) =>
      executions.finishLate(late, lateOutcomeOf(one), ran, storing(trader, signals)),
    );
    const run = runOf(late, "done", found, signals);
    onRun(run);
    return run;
  }
}
