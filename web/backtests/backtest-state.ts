import { batch, type Signal, signal } from "@preact/signals";
import type { Clock } from "../../src/core/mod.ts";
import type { BacktestLine, BacktestRequest, WireBacktestResult, WireBacktestSignal } from "../../src/wire/mod.ts";
import { detailOf } from "../traders/trader-book.ts";
import type { TraderDraft } from "../traders/trader-draft.ts";
import { type BacktestChoice, FIRST_CHOICE, readChoice } from "./backtest-choice.ts";
import { NewestSignals } from "./newest-signals.ts";
import { ReturnCounts, type ReturnHistogram } from "./return-counts.ts";

/** How often progress is shown at most, in milliseconds. */
const SHOW_EVERY_MS = 200;

/** How far a backtest is. `minutes` of `of` candles of a minute were looked at; both are 0 until the server says. */
export interface BacktestProgress {
  readonly minutes: number;
  readonly of: number;
  readonly signals: number;
  readonly elapsedMs: number;
}

/** The signals of a backtest, of all that came: the newest, and a histogram of the returns for each horizon. */
export interface BacktestFound {
  readonly interval: WireBacktestResult["interval"];
  readonly count: number;
  readonly newest: readonly WireBacktestSignal[];
  readonly histograms: ReadonlyMap<number, ReturnHistogram>;
}

/** The state of a backtest. */
export type BacktestPhase =
  | { readonly kind: "none" }
  | { readonly kind: "running"; readonly progress: BacktestProgress }
  | { readonly kind: "failed"; readonly detail: string }
  | { readonly kind: "stopped"; readonly progress: BacktestProgress }
  | {
      readonly kind: "done";
      readonly result: WireBacktestResult;
      readonly found: BacktestFound;
      readonly asked: { readonly draft: TraderDraft; readonly choice: BacktestChoice; readonly from: number };
    };

/** What a backtest runs. */
export interface BacktestSource {
  /** Why the trader can't run, in words; undefined if it can. */
  readonly fault: () => Promise<string | undefined>;
  readonly draft: () => TraderDraft;
  /** The moment of the market's newest data, in Unix milliseconds. */
  readonly newest: () => number;
}

/** Dependencies of a backtest. */
export interface BacktestParts {
  readonly ask: (request: BacktestRequest, signal: AbortSignal) => AsyncIterable<BacktestLine>;
  readonly clock: Clock;
}

/** The backtest of one trader. Views read its signals; only this changes them. */
export class BacktestState {
  readonly choice: Signal<BacktestChoice> = signal(FIRST_CHOICE);
  readonly phase: Signal<BacktestPhase> = signal({ kind: "none" });
  /** The horizon whose returns are drawn and listed; undefined for the first one. */
  readonly horizon: Signal<number | undefined> = signal(undefined);
  readonly #parts: BacktestParts;
  #running: AbortController | undefined;

  constructor(parts: BacktestParts) {
    this.#parts = parts;
  }

  change(change: Partial<BacktestChoice>): void {
    this.choice.value = { ...this.choice.peek(), ...change };
  }

  /** Runs a backtest, and stops the one before. Never rejects: the phase says how it ends. */
  async run({ fault, draft, newest }: BacktestSource): Promise<void> {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    const tally = new SignalTally(this.#parts.clock);
    this.phase.value = { kind: "running", progress: tally.progress() };
    const choice = this.choice.peek();
    const mistake = await fault();
    if (running.signal.aborted) return;
    const asked = { draft: draft(), choice };
    const read = readChoice(asked.draft, choice, newest());
    if (mistake !== undefined || "fault" in read) {
      this.phase.value = { kind: "failed", detail: mistake ?? ("fault" in read ? read.fault : "") };
      return;
    }
    const { request } = read;
    try {
      for await (const line of this.#parts.ask(request, running.signal)) {
        if (running.signal.aborted) return;
        tally.take(line);
        if (line.result !== undefined) {
          this.#done(line.result, tally.found(line.result), { ...asked, from: Number(request.from) });
        } else if (tally.isToBeShown()) this.phase.value = { kind: "running", progress: tally.progress() };
      }
    } catch (cause) {
      if (!running.signal.aborted) this.phase.value = { kind: "failed", detail: detailOf(cause) };
    }
  }

  /** Stops a backtest that runs; the server then stops, too. */
  stop(): void {
    const phase = this.phase.peek();
    this.#running?.abort();
    if (phase.kind === "running") this.phase.value = { kind: "stopped", progress: phase.progress };
  }

  #done(
    result: WireBacktestResult,
    found: BacktestFound,
    asked: Extract<BacktestPhase, { readonly kind: "done" }>["asked"],
  ): void {
    batch(() => {
      const chosen = this.horizon.peek();
      if (chosen !== undefined && !result.horizons.includes(chosen)) this.horizon.value = undefined;
      this.phase.value = { kind: "done", result, found, asked };
    });
  }
}

/** Adds up the lines of an answer. */
class SignalTally {
  readonly #clock: Clock;
  readonly #startedAt: number;
  readonly #newest: NewestSignals = new NewestSignals();
  readonly #returns: Map<number, ReturnCounts> = new Map();
  #shownAt: number;
  #signals = 0;
  #minutes = 0;
  #of = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedAt = clock.now();
    this.#shownAt = this.#startedAt;
  }

  take({ progress, signal: found }: BacktestLine): void {
    if (progress !== undefined) {
      this.#minutes = progress.minutes;
      this.#of = progress.of;
    }
    if (found === undefined) return;
    this.#signals += 1;
    this.#newest.add(found);
    for (const { horizon, returnPercent } of found.outcomes) {
      if (returnPercent !== null) this.#returnsAfter(horizon).add(returnPercent);
    }
  }

  /** Whether it is long enough ago that progress was shown. */
  isToBeShown(): boolean {
    const now = this.#clock.now();
    if (now - this.#shownAt < SHOW_EVERY_MS) return false;
    this.#shownAt = now;
    return true;
  }

  progress(): BacktestProgress {
    const elapsedMs = this.#clock.now() - this.#startedAt;
    return { minutes: this.#minutes, of: this.#of, signals: this.#signals, elapsedMs };
  }

  found({ interval }: WireBacktestResult): BacktestFound {
    const drawn = [...this.#returns].flatMap(([horizon, counts]) => {
      const histogram = counts.histogram();
      return histogram === undefined ? [] : [[horizon, histogram] as const];
    });
    return { interval, count: this.#signals, newest: this.#newest.list(), histograms: new Map(drawn) };
  }

  #returnsAfter(horizon: number): ReturnCounts {
    const counts = this.#returns.get(horizon) ?? new ReturnCounts();
    this.#returns.set(horizon, counts);
    return counts;
  }
}
