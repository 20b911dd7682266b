import { edenGC, fullGC } from "bun:jsc";
import { Backtest, type BacktestStep, type ScreeningParts } from "../strategy/mod.ts";
import type { BacktestDone, BacktestWork } from "./messages.ts";

/** Backtests that a thread keeps at a time. One more, and the one that began first is dropped: its client is gone. */
export const MAX_THREAD_BACKTESTS = 16;

/** The backtests that a screening thread is at. */
export class BacktestJobs {
  readonly #parts: Omit<ScreeningParts, "view">;
  /** The oldest first. */
  readonly #jobs: Map<string, Backtest> = new Map();

  constructor(parts: Omit<ScreeningParts, "view">) {
    this.#parts = parts;
  }

  /** Throws as {@link Backtest} does; then the backtest is over. */
  do(work: BacktestWork): BacktestDone {
    try {
      return this.#done(work);
    } catch (cause) {
      this.#jobs.delete(work.id);
      throw cause;
    }
  }

  #done(work: BacktestWork): BacktestDone {
    if (work.part === "begin") return this.#begin(work.id, new Backtest(work.request, this.#parts));
    const job = this.#jobs.get(work.id);
    if (job === undefined) return { part: "lost" };
    switch (work.part) {
      case "symbol":
        job.open(work.symbol);
        return { part: "symbol" };
      case "block":
        job.take(work.block);
        return { part: "step", step: stepOf(job, work.sliceMs) };
      case "step":
        return { part: "step", step: stepOf(job, work.sliceMs) };
      case "tally":
        return { part: "tally", tally: job.tally() };
      case "totals":
        return { part: "totals", totals: job.totals(work.others) };
      case "end":
        this.#jobs.delete(work.id);
        return { part: "end" };
    }
  }

  #begin(id: string, job: Backtest): BacktestDone {
    this.#jobs.set(id, job);
    const [oldest] = this.#jobs.keys();
    if (this.#jobs.size > MAX_THREAD_BACKTESTS && oldest !== undefined) this.#jobs.delete(oldest);
    return { part: "begin", plan: job.plan };
  }
}

/**
 * Does a step, and has its garbage collected. By itself the runtime waits until that is a good part of the heap, and it counts little of
 * what typed arrays hold: of 90 days of one symbol after the other a thread kept 490 MB, and 150 MB so, in the same time.
 */
function stepOf(job: Backtest, sliceMs: number): BacktestStep {
  const step = job.step(sliceMs);
  if (step.next === "done") fullGC();
  else edenGC();
  return step;
}
